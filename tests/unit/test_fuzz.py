"""Hostile and silly input: one line and status 1 or 2, never a traceback."""

import contextlib
import io
import json
import math

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from support import BATCH, make_config, make_problem, make_spec, often

from gdexp.cli.main import main
from gdexp.core.datasets import Dataset
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear
from gdexp.core.run import run
from gdexp.grid.config import read
from gdexp.grid.grid import Grid
from gdexp.util.errors import ConfigError, GdexpError

STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        [
            *("", " ", "/", "..", "../../etc/passwd", "a b", "a'b", 'a"b', "a.b", "\0"),
            *("1/0", "d**d**d", "9" * 400, "(" * 500, "d+" * 5000 + "d", "__import__"),
            *("lambda: 1", "nan", "inf", "-1", "0", "1e309", "d if d else n", "0x10"),
        ]
    ),
    st.lists(st.integers(-5, 5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def paths(tree, here=()):
    """Yield the path of every value in a nested mapping."""
    for key, value in tree.items():
        yield (*here, key)
        if isinstance(value, dict):
            yield from paths(value, (*here, key))


TREE = make_config(
    data="data",
    results="results",
    statistic="mean",
    cells_per_job=1,
    tracking={"mode": "inline"},
    studies={"tail": {"starts": 10}, "edge": {"dims": [16]}},
)
TREE["experiments"]["tiny"] |= {"precision": "float64", "full_trajectory": False}


@often(15, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(paths(TREE))), STRANGE, st.sampled_from("=-+"))
@example(("experiments", "tiny", "models", "conv2-perceptron", "start"), "9" * 400, "=")
def test_any_change_of_the_configuration_is_taken_or_refused(path, value, change):
    tree = json.loads(json.dumps(TREE))
    place = tree
    for key in path[:-1]:
        place = place[key]
    if change == "=":
        place[path[-1]] = value
    elif change == "-":
        del place[path[-1]]
    else:
        place[str(value)] = place[path[-1]]
    grid, said = None, ""
    try:
        grid = Grid.of(tree)
    except ConfigError as error:
        said = str(error)
    if grid is None:
        assert 5 < len(said) < 500
        assert "\n" not in said
        return
    for job in grid.jobs():
        assert job.path.count("/") == 3
        assert ".." not in job.path


@often(5, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=200))
@example("a: &x [*x]")
@example("a: !!python/object/apply:os.system ['echo pwned']")
@example("experiments: !!python/name:os.system")
@example("&a [*a, *a]")
@example("experiments: {<<: *nothing}")
@example("a: 1\na: 2")
@example("\t")
@example("? [a, b] : c")
def test_any_text_as_configuration(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("fuzz", numbered=True) / "config.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with contextlib.suppress(ConfigError):
        Grid.of(read(path))


WORDS = st.sampled_from(
    [
        *("run", "cell", "sync", "collect", "--dataset", "--model", "--algorithm"),
        *(
            "--step",
            "--init",
            "--dim",
            "--samples",
            "--kernel",
            "--seed",
            "--root-seed",
        ),
        *("--max-iterations", "--precision", "--trajectory", "--partial", "--help"),
        *("--config", "--data", "linear", "conv", "gd", "c1", "gaussian", "zero", "2"),
        *("0", "-1", "nan", "1e400", "gaussian:-1", "gaussian:", "cifar10:9-9", "16"),
        *("../x", "", "a b", "None", "mnist", "999999999999999999999", "0.25/sqrt(d)"),
        *("--bias", "--test-samples", "table:config.yaml", "table:", "table:../x"),
        *("worst_case", "perceptron", "d", "1/(d-16)", "sqrt(-1)", "float32", "full"),
    ]
)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A folder with a configuration and nothing else, to work in."""
    monkeypatch.chdir(tmp_path)
    config = make_config(tracking={"mode": "none"})
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    return tmp_path


def answer(arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(arguments)
        except SystemExit as end:  # argparse
            status = end.code
    return status, out.getvalue(), err.getvalue()


@often(6, suppress_health_check=list(HealthCheck))
@given(st.lists(WORDS, max_size=6))
@example(["run", "--plot", "x.png", "--dataset", "c1", "--model", "none"])
def test_any_command_line(elsewhere, arguments):
    status, out, err = answer(arguments)
    assert [path.name for path in elsewhere.iterdir()] == ["config.yaml"]
    assert status in {0, 1, 2}
    assert "Traceback" not in err
    if status == 1:
        assert err.startswith("gdexp: ")
        assert err.count("\n") == 1
        assert out == ""


GOOD = {
    "dataset": "c1",
    "model": "linear",
    "algorithm": "gd",
    "step": "1",
    "init": "gaussian",
    "dim": "16",
    "max-iterations": "100",
}


@often(6, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(st.sampled_from([*GOOD, "kernel", "samples"]), WORDS, max_size=3)
)
def test_any_option_of_run(elsewhere, changes):
    # a cap keeps the test short: huge numbers are refused or clipped elsewhere
    if changes.get("max-iterations", "1").isdigit():
        changes.pop("max-iterations", None)
    if len(changes.get("dim", "")) > 6 or len(changes.get("samples", "")) > 6:
        return
    options = GOOD | changes
    status, out, err = answer(["run", *(f"--{k}={v}" for k, v in options.items())])
    assert [path.name for path in elsewhere.iterdir()] == ["config.yaml"]
    assert status in {0, 1, 2}
    assert "Traceback" not in err
    if status == 0:
        assert json.loads(out)["outcome"] in {"separated", "capped", "diverged"}


@pytest.mark.parametrize("step", [math.nan, math.inf, -1.0, 0.0, "nan", "-d", "0*d"])
def test_steps_that_are_no_step(step):
    with pytest.raises(ConfigError, match="step"):
        make_spec(step=step).check(16)


def test_extreme_cells():
    with pytest.raises(ConfigError, match="dim 1"):
        make_spec().check(1)
    with pytest.raises(ConfigError, match="kernel 17"):
        make_spec(model="conv", kernel=17).check(16)
    with pytest.raises(ConfigError, match="samples 1 "):
        make_spec(dataset="gaussian", samples=1).check(16)
    with pytest.raises(ConfigError, match=r"too long|characters"):
        make_spec(step="+".join(["d"] * 5000)).check(16)


@pytest.mark.parametrize("model", [Linear(), Conv(2)])
@pytest.mark.parametrize("algorithm", BATCH)
def test_degenerate_samples_end_as_outcomes(model, algorithm):
    start = np.random.default_rng(0).standard_normal(model.parameters(4))
    zero = Dataset(np.zeros((3, 4)), np.ones(3))
    twice = Dataset(np.array([[1.0, 0, 0, 0]] * 2), np.array([1.0, -1.0]))
    for data in (zero, twice):
        problem = make_problem(data, model, algorithm, 1.0, start)
        outcome = run(problem, 50)
        assert outcome.status in {"capped", "diverged"}  # no separator exists


def test_labels_are_minus_or_plus_one():
    for labels in ([0.0, 1.0], [1.0, np.nan], [2.0, -1.0]):
        with pytest.raises(GdexpError, match="labels"):
            Dataset(np.ones((2, 3)), np.array(labels))
