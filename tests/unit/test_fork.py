"""Forks: the same settings end as the whole run, others go on from the parameters."""

import json
import shutil
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import yaml
from support import make_config, make_spec, signed

from gdexp.cli.main import main
from gdexp.core.fork import go_on
from gdexp.core.forms.compiled import Compiled
from gdexp.core.forms.direct import Direct, iterates
from gdexp.core.forms.rows import Rows
from gdexp.core.kept import keep
from gdexp.core.observables import OBSERVABLES
from gdexp.core.run import run
from gdexp.records.record import read_records

CONV = {"model": "conv", "kernel": 2, "start": "gaussian", "step": "0.02/sqrt(d)"}


@pytest.mark.parametrize("form", [Direct, Compiled, Rows])
@pytest.mark.parametrize(
    ("settings", "seed"),
    [(CONV, 8), (CONV | {"algorithm": "perceptron"}, 8), ({}, 0)],
    ids=["conv", "perceptron", "linear"],
)
def test_the_same_settings_end_as_the_whole_run(form, settings, seed, monkeypatch):
    """To the last bit, wherever it is cut, also where the run is chaotic."""
    monkeypatch.setattr("gdexp.core.run.form_of", lambda *_: form)
    monkeypatch.setattr("gdexp.core.kept.form_of", lambda *_: form)
    monkeypatch.setattr("gdexp.core.fork.form_of", lambda *_: form)
    spec = make_spec(**settings)
    cap = 5000

    def problem():
        return spec.problem(256, seed)

    whole = run(problem(), cap)
    assert whole.iterations > 20
    for at in (0, 1, whole.iterations // 2, whole.iterations - 1, whole.iterations):
        kept = keep(problem(), cap, at)
        rest = go_on(kept, problem(), cap - at)
        assert rest.status == whole.status
        assert rest.iterations + at == whole.iterations, at
        assert rest.updates == rest.iterations
        assert rest.unclear + kept.state.unclear == whole.unclear
        assert rest.sample_gradients == 2 * rest.iterations
        assert rest.certificate == whole.certificate
        path = rest.trajectory
        assert path.iteration[0] == 0
        assert path.loss[-1] == whole.trajectory.loss[-1]
        assert path.norm[-1] == whole.trajectory.norm[-1]
        assert kept.rows[-1, 0] == at


def test_a_perceptron_from_zero_in_other_units():
    spec = make_spec(algorithm="perceptron", step=3)
    whole = spec.run(64, 0)
    kept = keep(spec.problem(64, 0), 1000, 20)
    assert go_on(kept, spec.problem(64, 0), 999).iterations + 20 == whole.iterations
    # twice as long a step is another unit: from the parameters, whole numbers still
    rest = go_on(kept, spec.but(step=6).problem(64, 0), 999)
    by_hand = run(replace(spec.but(step=6).problem(64, 0), start=kept.w), 999)
    assert rest.iterations == by_hand.iterations
    assert np.array_equal(kept.w % 1.5, np.zeros(64))  # multiples of step / n


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm": "nag", "momentum": 0.9, "step": 0.1},
        {"algorithm": "adam", "step": 0.01},
        {"loss": "huber"},
        {"step": 0.3, "form": "direct"},
    ],
    ids=["nag", "adam", "huber", "direct"],
)
def test_other_settings_go_on_from_the_parameters(changes):
    spec = make_spec(dataset="gaussian", samples=12, start="gaussian", step=0.1)
    at = 25
    each = next(islice(iterates(spec.problem(24, 3)), at, None))
    kept = keep(spec.problem(24, 3), 1000, at)
    np.testing.assert_allclose(kept.w, each.w, rtol=1e-12)
    new = spec.but(**changes)
    rest = go_on(kept, new.problem(24, 3), 2000, form=new.form)
    fresh = run(replace(new.problem(24, 3), start=kept.w), 2000, form=new.form)
    assert rest.iterations == fresh.iterations > 2
    assert rest.trajectory.loss[0] == pytest.approx(fresh.trajectory.loss[0], rel=1e-9)
    assert rest.loss == fresh.loss


def test_observables_begin_at_the_fork():
    """Those with a memory too, whichever way the run goes on."""
    spec = make_spec(**CONV)
    names = ["averaged_risk", "sharpness"]
    kept = keep(spec.problem(256, 8), 5000, 10)
    found = [
        go_on(
            kept,
            spec.problem(256, 8),
            5000,
            form=form,
            full=True,
            observe=[OBSERVABLES[name]() for name in names],
        ).trajectory
        for form in (None, "direct")
    ]
    assert len(found[0].loss) == len(found[1].loss) > 10
    for name in names:
        one, other = (each.observed[name] for each in found)
        np.testing.assert_allclose(one, other, rtol=1e-7)
    assert found[0].observed["averaged_risk"][0] == pytest.approx(found[0].loss[0])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forks")
    config = make_config(
        results=str(folder / "results"), tracking={"mode": "none"}, seed=3
    )
    models = config["experiments"]["tiny"]["models"]
    models["nag"] = models["linear-gd"] | {"algorithm": "nag", "momentum": 0.5}
    models["capped"] = models["linear-gd"] | {"step": 1e-9}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    for entry in models:
        command = ["cell", "tiny", entry, "32", "0-1", "--config"]
        assert main([*command, str(folder / "config.yaml")]) == 0
    return folder


def fork(place, capsys, *words):
    command = ["run", "--config", str(place / "config.yaml"), "--from", *words]
    return main(command), *capsys.readouterr()


def of(place, entry, seed=0):
    path = place / "results" / "cells" / "tiny" / entry / "d32" / "s0-1.jsonl"
    return list(read_records([path]))[seed]


@pytest.mark.parametrize("entry", ["linear-gd", "conv2-perceptron"])
def test_a_kept_cell(entry, place, capsys):
    record = of(place, entry, 1)
    total = record.outcome["iterations"]
    at = total // 2
    status, out, err = fork(place, capsys, record.key, "--at", str(at))
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert answer["iterations_in_all"] == total
    assert answer["iterations"] == total - at
    assert answer["final_loss"] == record.outcome["final_loss"]
    assert answer["from"] == {
        "cell": record.key,
        "record": record.digest,
        "at": at,
        "memory": "fresh",
        "repeats": True,
    }
    assert answer["cell"]["start"] == f"{record.key} at {at}"


def test_other_methods(place, capsys):
    key = of(place, "linear-gd").key
    path = str(place / "results" / "cells" / "tiny" / "linear-gd" / "d32" / "s0.jsonl")
    words = ["--at=5", "--algorithm=nag", "--momentum=0.5", "--trajectory=log"]
    status, out, _ = fork(place, capsys, path, *words)
    answer = json.loads(out)
    assert status == 0
    assert answer["from"]["cell"] == key
    assert answer["cell"]["momentum"] == 0.5
    assert answer["trajectory"]["iteration"][0] == 0
    # and back: the momentum of nag is no setting of gd, and its memory is gone
    status, out, _ = fork(place, capsys, "tiny/nag/d32/s0", "--at=3", "--algorithm=gd")
    assert (status, "momentum" in json.loads(out)["cell"]) == (0, False)


def test_beyond_the_cap(place, capsys):
    status, _, err = fork(place, capsys, "tiny/capped/d32/s0", "--at=end")
    assert status == 1
    assert "--max-iterations" in err
    more = ["--at=end", "--max-iterations=3000", "--step=1"]
    status, out, _ = fork(place, capsys, "tiny/capped/d32/s0", *more)
    answer = json.loads(out)
    assert answer["outcome"] == "separated"
    assert answer["iterations_in_all"] == 10_000 + answer["iterations"]


def test_a_run_that_is_not_repeated_is_told(place, tmp_path, capsys):
    shutil.copytree(place / "results", tmp_path / "results")
    path = tmp_path / "results/cells/tiny/linear-gd/d32/s0-1.jsonl"
    text = path.read_text()
    norm = of(place, "linear-gd").trajectory["norm"][1]
    path.write_text(signed(text.replace(f",{norm},", f",{norm + 1e-9},", 1)))
    words = [str(path.with_name("s0.jsonl")), "--at=5"]
    status, out, err = fork(place, capsys, *words)
    assert (status, json.loads(out)["from"]["repeats"]) == (0, False)
    assert err.count("\n") == 1
    assert "not repeated" in err


@pytest.mark.parametrize(
    ("cell", "more", "words"),
    [
        ("tiny/linear-gd/d32/s9", ["--at=1"], ["allowed: a seed"]),
        ("tiny/linear-gd/d16/s0", ["--at=1"], ["no record of cell"]),
        ("tiny/linear-gd", ["--at=1"], ["is no cell"]),
        ("tiny/linear-gd/d32/s0", [], ["--at is missing"]),
        ("tiny/linear-gd/d32/s0", ["--at=9999"], ["--at 9999", "ends at iteration"]),
        ("tiny/linear-gd/d32/s0", ["--at=x"], ["--at x", "or end"]),
        ("tiny/linear-gd/d32/s0", ["--at=1", "--model=conv", "--kernel=2"], ["fit"]),
        ("tiny/conv2-perceptron/d32/s0", ["--at=1", "--kernel=3"], ["fit"]),
        ("tiny/linear-gd/d32/s0", ["--at=1", "--dim=64"], ["--dim with --from"]),
        ("tiny/linear-gd/d32/s0", ["--at=1", "--seed=1"], ["--seed with --from"]),
        ("tiny/linear-gd/d32/s0", ["--at=1", "--momentum=1"], ["momentum"]),
        (
            "tiny/linear-gd/d32/s0",
            ["--at=1", "--algorithm=dual_acceleration"],
            ["starts at zero"],
        ),
    ],
)
def test_mistakes(cell, more, words, place, capsys):
    status, out, err = fork(place, capsys, cell, *more)
    assert (status, out) == (1, "")
    assert err.startswith("gdexp: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


def test_what_a_run_needs_is_named(capsys):
    assert main(["run", "--dataset=c1", "--model=linear"]) == 1
    assert "--algorithm is missing" in capsys.readouterr().err


def test_of_a_run_that_goes_on_the_first_separation_counts(tmp_path, capsys):
    config = make_config(results=str(tmp_path / "results"), tracking={"mode": "none"})
    config["experiments"]["tiny"] |= {"dims": [32], "max_iterations": 300}
    config["experiments"]["tiny"]["models"]["linear-gd"] |= {"stop": "cap"}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    command = ["cell", "tiny", "linear-gd", "32", "0", "--config"]
    assert main([*command, str(tmp_path / "config.yaml")]) == 0
    path = tmp_path / "results" / "cells" / "tiny" / "linear-gd" / "d32" / "s0.jsonl"
    (record,) = read_records([path])
    t = record.outcome["iterations"]
    assert (record.outcome["outcome"], t < 100) == ("separated", True)
    capsys.readouterr()
    for at, rest in ((0, t), (t - 1, 1), (t, 0), (t + 1, 0), (100, 0)):
        status, out, err = fork(tmp_path, capsys, record.key, "--at", str(at))
        answer = json.loads(out)
        assert (status, err, answer["iterations"]) == (0, "", rest)
        assert answer["iterations_in_all"] == t, at


@pytest.fixture
def fruit(tmp_path, monkeypatch, capsys):
    """A folder with the results of a run on a table, named relative to it."""
    folder = tmp_path / "proj"
    folder.mkdir()
    (folder / "fruit.csv").write_text("label,x\na,-1\na,-2\nb,1\nb,3\n")
    monkeypatch.chdir(folder)
    config = make_config(tracking={"mode": "none"})
    tiny = config["experiments"]["tiny"] | {"dataset": "table:fruit.csv"}
    del tiny["dims"], tiny["models"]["conv2-perceptron"]
    tiny["models"]["linear-gd"] |= {"start": "zero"}
    config["experiments"]["tiny"] = tiny
    text = yaml.safe_dump(config)
    (folder / "config.yaml").write_text(text)
    assert main(["cell", "tiny", "linear-gd", "1", "0"]) == 0
    (folder / "results" / "config.json").write_text(json.dumps(config))
    capsys.readouterr()
    return folder


CELL = "results/cells/tiny/linear-gd/d1/s0.jsonl"


def test_data_start_where_the_run_was(fruit, tmp_path, monkeypatch, capsys):
    """Also where another file of that name is at hand."""
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    for text in (None, "label,x\na,-5\na,-2\nb,1\nb,3\n"):
        if text is not None:
            (tmp_path / "else" / "fruit.csv").write_text(text)
        for at in ("0", "end"):
            command = ["run", "--from", f"../proj/{CELL}", f"--at={at}"]
            assert main(command) == 0
            out, err = capsys.readouterr()
            assert (json.loads(out)["from"]["repeats"], err) == (True, "")


def test_other_data_do_not_repeat_a_run(fruit, capsys):
    """At zero all data are alike, and only their digest tells."""
    (fruit / "fruit.csv").write_text("label,x\na,-5\na,-2\nb,1\nb,3\n")
    assert main(["run", "--from", CELL, "--at=0"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["from"]["repeats"] is False
    assert "not repeated" in err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"loss":"logistic"', '"loss":"mine"', "loss 'mine' is unknown"),
        ('"observe":null', '"observe":"mine"', "observe 'mine' is unknown"),
        ('"dataset":"c1"', '"dataset":"mine"', "dataset 'mine' is unknown"),
        ('"model":"linear"', '"model":"mine"', "model 'mine' is unknown"),
        ('"algorithm":"gd"', '"algorithm":"mine"', "algorithm 'mine' is unknown"),
    ],
)
def test_a_member_that_is_gone(old, new, said, place, tmp_path, capsys):
    path = place / "results/cells/tiny/linear-gd/d32/s0-1.jsonl"
    line = path.read_text().splitlines()[0]
    assert old in line
    (tmp_path / "one.jsonl").write_text(signed(line.replace(old, new)))
    status, out, err = fork(place, capsys, str(tmp_path / "one.jsonl"), "--at=1")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert said in err


def test_at_without_from(capsys):
    words = ["--dataset=c1", "--model=linear", "--algorithm=gd", "--step=1", "--dim=64"]
    assert main(["run", *words, "--at=10"]) == 1
    assert "--at '10' without --from" in capsys.readouterr().err
