"""Any command line: status 0, 1 or 2, and one line of what is wrong."""

import contextlib
import io
import json
import random
import shutil

import pytest
import yaml
from mutations import SEED, limited, seeds
from support import make_config

from gdexp.cli.main import main
from gdexp.core.datasets import DATASETS
from gdexp.core.losses import LOSSES
from gdexp.core.models import MODELS
from gdexp.core.observables import OBSERVABLES
from gdexp.core.settled import algorithms

IMAGES = {"mnist", "fashion_mnist", "cifar10"}  # would be downloaded
NAMES = {
    "--dataset": [*sorted({*DATASETS} - IMAGES), "table:t.csv", "c1:rotated", "c1:x"],
    "--model": sorted({*MODELS} - {"mlp", "deep", "random_features"}),
    "--algorithm": algorithms(),
    "--loss": [*LOSSES],
    "--observe": [*OBSERVABLES],
    "--init": ["zero", "gaussian", "gaussian:0.1", "gaussian:-1", "gaussian:1e400"],
    "--step": ["1", "0.1", "1/d", "0.5/sqrt(d)", "1/(d-16)", "-1", "d**d**d", "1e999"],
    "--form": ["direct", "reduced", "rows"],
    "--stop": ["separated", "cap", "zero_loss"],
    "--precision": ["float64", "float32"],
    "--trajectory": ["none", "log", "full"],
    "--dim": ["16", "8", "2", "1", "0", "-1", "1e1", "1_0", "16.5"],
    "--samples": ["2", "10", "7", "1e8", "0"],
    "--test-samples": ["1", "4", "0"],
    "--seed": ["0", "5", "-1", str(2**63)],
    "--root-seed": ["0", "1e5"],
    "--kernel": ["2", "3", "0", "17", "1.5"],
    "--momentum": ["0.9", "1", "-1", ".nan"],
    "--alpha": ["0.5", "0", "[1]"],
    "--width": ["4", "0", "1e9"],
    "--bias": [None],
    "--plot": ["x.gif", "no/x.png", ""],
    "--data": ["data", ""],
    "--own": ["", "no", "."],
}
ODD = (
    *("", " ", "nan", "\0", "\udcff", "x" * 3000, "9" * 5000, "-", "--", "../x", "*a"),
    *("{a: 1}", "[[1]]", "&a [*a]", "!!binary x", "\U0001f600", "null", "-0", "1e400"),
    *("[" * 3000, "0-99999999999999999999", "9" * 30, "1:30", "a\nb", "%s", "{0}"),
)
GOOD = {
    **{"--dataset": "c1", "--model": "linear", "--algorithm": "gd", "--step": "1"},
    **{"--dim": "16", "--init": "gaussian"},
}
CONFIG = ("config.yaml", "no.yaml", ".", "t.csv", "", "/dev/null", "/dev/zero", "\0")
CELL = (
    *("tiny", "linear-gd", "8", "0", "0-1", "1-0", "9", "-1", "01", "8.0", "conv2"),
    *("tiny/linear-gd", "..", "0-99999999999999999999", "9" * 5000, "0-" + "9" * 5000),
)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = make_config(tracking={"mode": "none"})
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "t.csv").write_text("a,b,label\n0,1,x\n1,0,y\n1,1,y\n")
    return tmp_path


def run_line(rng):
    options = dict(GOOD)
    for name in rng.sample(sorted(NAMES), rng.randrange(1, 5)):
        options[name] = rng.choice(NAMES[name] if rng.random() < 0.8 else ODD)
    for name in rng.sample(sorted(GOOD), rng.choice([0, 0, 0, 1])):
        options.pop(name, None)
    own = options.pop("--own", None)
    words = [] if own is None else [f"--own={own}"]
    return [
        *words,
        "run",
        "--max-iterations=200",
        *(name if x is None else f"{name}={x}" for name, x in options.items()),
    ]


def other_line(rng):
    command = rng.choice(["cell", "cell", "status", "collect", "sync", "list"])
    words = [command]
    if command == "cell":
        words += ["tiny", "linear-gd", "8", "0"]
        for place in range(1, 5):
            if rng.random() < 0.3:
                words[place] = rng.choice(CELL + ODD)
    if command != "list" and rng.random() < 0.6:
        words.append(f"--config={rng.choice(CONFIG + ODD[:6])}")
    if command == "collect" and rng.random() < 0.5:
        words.append("--partial")
    if command == "sync" and rng.random() < 0.5:
        words.append(f"--cores={rng.choice(['0', '-1', 'x', '1e3', '9' * 5000])}")
    if rng.random() < 0.1:
        words.insert(rng.randrange(len(words) + 1), rng.choice(ODD))
    return words


def answer(words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(words)
        except SystemExit as end:  # argparse
            status = end.code
    return status, out.getvalue(), err.getvalue()


def some_lines(lines, make, elsewhere):
    done = 0
    for number in lines:
        words = make(random.Random(f"{SEED} {make.__name__} {number}"))
        if "sync" in words:  # with records it would start workers, for seconds
            shutil.rmtree(elsewhere / "results", ignore_errors=True)
        with limited(30, 4):
            status, out, err = answer(words)
        assert status in {0, 1, 2}, words
        assert "Traceback" not in err
        if status == 0:
            done += 1
            if "run" in words[:2]:
                assert json.loads(out)["outcome"] in {"separated", "capped", "diverged"}
        if status == 1:
            assert err.startswith("gdexp: "), (words, err)
            assert err.count("\n") == 1, (words, err)
            assert len(err) < 1000, (words, err)
            assert out == "", words
        if status == 2:
            assert err.startswith("usage: "), (words, err)
            assert "gdexp" in err.splitlines()[-1], (words, err)
        if "run" in words[:2]:
            names = {path.name for path in elsewhere.iterdir()}
            assert names == {"config.yaml", "t.csv"}, words
    assert done > len(lines) / 20


@pytest.mark.slow
def test_run(elsewhere):
    some_lines(seeds(500), run_line, elsewhere)


def test_some_of_run(elsewhere):
    some_lines(range(25), run_line, elsewhere)


@pytest.mark.slow
def test_other_commands(elsewhere):
    some_lines(seeds(300), other_line, elsewhere)


def test_some_of_other_commands(elsewhere):
    some_lines(range(1000, 1020), other_line, elsewhere)


@pytest.mark.parametrize("option", ["--dim", "--kernel", "--alpha", "--seed"])
@pytest.mark.parametrize("text", ["--", "&a [*a]", "&a {b: *a}", "[" * 3000, "{a: 1}"])
def test_a_value_that_is_no_plain_one(elsewhere, option, text):
    words = [f"{name}={x}" for name, x in (GOOD | {option: text}).items()]
    status, _, err = answer(["run", *words])
    assert status in {1, 2}
    assert option.strip("-") in err.splitlines()[-1]


@pytest.mark.parametrize(
    "seeds", ["0-99999999999999999999", "9" * 5000, "0-" + "9" * 5000]
)
def test_seeds_of_many_digits(elsewhere, seeds):
    status, _, err = answer(["cell", "tiny", "linear-gd", "8", seeds])
    assert status == 1
    assert err.count("\n") == 1
    assert "allowed: EXPERIMENT/ENTRY/dDIM/sSEEDS" in err
