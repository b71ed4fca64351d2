"""`gdexp.load`: the tables of a folder, whatever has happened to it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from support import make_config, signed

import gdexp
from gdexp.grid.grid import Grid
from gdexp.records.tables import CELLS
from gdexp.util.errors import ConfigError, RecordError
from gdexp.util.tables import read_table
from gdexp.work.jobs import run_job

KEYS = ["experiment", "model", "dim", "seed"]


def computed(folder, **changes):
    """A results folder below a folder, of a run that has not come to its tables."""
    config = make_config(tracking={"mode": "none"})
    config["experiments"]["tiny"] |= changes
    grid = Grid.of(config | {"results": str(folder / "results")})
    for job in grid.jobs():
        run_job(grid, job, Path(grid.results, "cells", job.path))
    text = json.dumps(config | {"tables": "."})
    Path(grid.results, "config.json").write_text(text)
    return folder / "results"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return computed(tmp_path_factory.mktemp("made"))


@pytest.fixture
def results(made, tmp_path):
    shutil.copytree(made, tmp_path / "results")
    return tmp_path / "results"


def test_every_cell_and_every_iteration(results, capsys):
    found = gdexp.load(results)
    assert len(found.cells) == 12
    assert list(found.cells)[:4] == KEYS
    curves = found.trajectories
    observables = ["loss", "accuracy", "misclassified", "min_margin", "norm"]
    assert list(curves) == [*KEYS, "step_size", "iteration", *observables]
    ends = curves.groupby(KEYS, as_index=False).last()
    both = ends.merge(found.cells, "inner", KEYS, suffixes=("", "_name"))
    assert len(both) == 12
    assert (both["iteration"] == both["iterations"]).all()
    assert (both["loss"] == both["final_loss"]).all()
    assert repr(found) == f"<Results {results}: 12 record files>"
    assert capsys.readouterr().err == ""
    run = gdexp.Spec(
        **{"dataset": "c1", "model": "linear", "algorithm": "gd", "step": 1},
        **{"start": "gaussian", "max_iterations": 10_000, "root_seed": 7},
    ).run(16, 1)
    where = (curves["model"] == "linear-gd") & (curves["dim"] == 16)
    own = curves[where & (curves["seed"] == 1)]
    assert own["loss"].tolist() == run.trajectory.loss.tolist()
    assert own["iteration"].tolist() == run.trajectory.iteration.tolist()


def test_a_run_that_is_under_way(results, capsys):
    (results / "cells" / "tiny" / "linear-gd" / "d8" / "s0.jsonl").unlink()
    found = gdexp.load(results)
    assert len(found.cells) == 11
    assert found.missing == 1
    assert found.left_out == []
    assert capsys.readouterr().err == f"gdexp: {results}: cells without a record: 1\n"
    for name in ("exponents", "claims"):
        with pytest.raises(RecordError, match=f"no .*{name}.csv: no run has come so"):
            getattr(found, name)


def test_damaged_records_are_named(results, capsys):
    cells = results / "cells" / "tiny" / "linear-gd"
    (cells / "d8" / "s0.jsonl").write_text("{}\n")
    shutil.copy(cells / "d16" / "s0.jsonl", cells / "d16" / "s1.jsonl")
    found = gdexp.load(results)
    assert len(found.cells) == 10
    assert len(found.trajectories.groupby(KEYS)) == 10
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "record files left out: 2, see left_out; the first: record file" in said
    damaged, foreign = found.left_out
    assert "d8/s0.jsonl is damaged" in damaged
    assert "d16/s1.jsonl has cell 'tiny/linear-gd/d16/s0', which is another" in foreign


def test_stale_records_are_taken_on_request_only(results, capsys):
    path = results / "cells" / "tiny" / "linear-gd" / "d8" / "s0.jsonl"
    code = json.loads(path.read_text())["made_by"]["code"]
    path.write_text(signed(path.read_text().replace(code, "0" * len(code))))
    found = gdexp.load(results)
    assert len(found.cells) == 11
    assert "is of another program" in found.left_out[0]
    with_it = gdexp.load(results, stale=True)
    assert len(with_it.cells) == 12
    assert with_it.cells["code"].nunique() == 3  # of two models, and this


@pytest.mark.parametrize("name", ["results", "of a colleague"])
def test_the_same_answer_in_a_folder_of_any_name(made, tmp_path, capsys, name):
    """A configuration names no such folder; where it lies it says nothing of."""
    folder = shutil.copytree(made, tmp_path / "a bé" / name)
    config = json.loads((folder / "config.json").read_text())
    config["experiments"]["tiny"]["models"]["linear-gd"]["step"] = 5
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "cells/tiny/conv2-perceptron/d8/s0.jsonl").unlink()
    found = gdexp.load(folder)
    assert (len(found.cells), found.missing, len(found.left_out)) == (5, 1, 6)
    said = capsys.readouterr().err
    assert "without a record: 1; record files left out: 6" in said
    config["data"] = "a bé"  # as it is written it is checked
    (folder / "config.json").write_text(json.dumps(config))
    assert gdexp.load(folder).missing == 0
    assert 'data: "a b' in capsys.readouterr().err


def test_of_what_the_configuration_asks_no_more_nothing_is_shown(results):
    path = results / "config.json"
    config = json.loads(path.read_text())
    config["experiments"]["tiny"]["dims"] = [8]
    path.write_text(json.dumps(config))
    assert set(gdexp.load(results).cells["dim"]) == {8}


@pytest.mark.parametrize("text", [None, "{", "[]", '{"experiments": 1}'])
def test_without_a_configuration(results, capsys, text):
    path = results / "config.json"
    path.unlink()
    if text is not None:
        path.write_text(text)
    (results / "cells" / "tiny" / "linear-gd" / "d8" / "s0.jsonl").write_text("{}\n")
    foreign = results / "cells" / "tiny" / "linear-gd" / "d8" / "s1.jsonl"
    foreign.rename(foreign.with_name("s5.jsonl"))
    found = gdexp.load(results)
    assert len(found.cells) == 10
    assert len(found.left_out) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert said[0].startswith(f"gdexp: compared with no configuration: {path}")


def test_a_cell_that_two_files_have_is_not_counted_twice(results, capsys):
    (results / "config.json").unlink()
    folder = results / "cells" / "tiny" / "linear-gd" / "d8"
    files = [folder / f"s{seeds}.jsonl" for seeds in ("0", "0-1", "1")]
    files[1].write_text(files[0].read_text() + files[2].read_text())
    found = gdexp.load(results)
    assert len(found.cells) == 10
    assert len(found.left_out) == 3
    pairs = ((1, 0), (1, 0), (1, 2))
    for line, (one, other) in zip(found.left_out, pairs, strict=True):
        assert f"in two record files, {files[one]} and {files[other]}" in line
    capsys.readouterr()
    files[1].unlink()
    assert len(gdexp.load(results).cells) == 12


def test_no_folder_of_results(tmp_path):
    with pytest.raises(ConfigError, match=r"there are no results in .*allowed"):
        gdexp.load(tmp_path)


def test_from_any_working_folder_and_moved(tmp_path, monkeypatch, capsys):
    """A table is found beside the results, and not missed where they were moved."""
    (tmp_path / "fruit.csv").write_text("label,x\na,-1\na,-2\nb,1\nb,3\n")
    table = {"dataset": "table:fruit.csv", "dims": [1]}
    monkeypatch.chdir(tmp_path)
    config = make_config(tracking={"mode": "none"})
    config["experiments"]["tiny"] |= table
    del config["experiments"]["tiny"]["dims"]
    del config["experiments"]["tiny"]["models"]["conv2-perceptron"]
    grid = Grid.of(config)
    for job in grid.jobs():
        run_job(grid, job, Path(grid.results, "cells", job.path))
    Path("results", "config.json").write_text(json.dumps(config))
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    found = gdexp.load("../results")
    assert len(found.cells) == 2
    assert capsys.readouterr().err == ""
    # another's file of that name would make them stale
    (tmp_path / "fruit.csv").write_text("label,x\na,-1\na,-3\nb,1\nb,3\n")
    assert len(gdexp.load("../results").left_out) == 2
    capsys.readouterr()
    shutil.move(tmp_path / "results", tmp_path / "of a colleague")
    found = gdexp.load(tmp_path / "of a colleague")
    assert len(found.cells) == 2
    assert "compared with no configuration" in capsys.readouterr().err


def test_tables_of_a_finished_run(finished, capsys, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(finished.results, moved)
    for folder in (finished.results, moved):
        found = gdexp.load(folder)
        expected = read_table(folder / "tables" / "cells.csv", CELLS)
        pd.testing.assert_frame_equal(found.cells[list(CELLS)], expected)
        whole = pd.read_csv(folder / "tables" / "cells.csv")
        assert list(found.cells) == list(whole)
        assert set(found.exponents["model"]) == {"linear-gd", "conv2-perceptron"}
        assert {"claim", "verdict"} <= {*found.claims}
        assert capsys.readouterr().err == ""
    (moved / "cells" / "tiny" / "linear-gd" / "d8" / "s0.jsonl").unlink()
    assert len(gdexp.load(moved).exponents)
    said = capsys.readouterr().err
    assert said.startswith(f"gdexp: {moved}/tables/exponents.csv is of other records")


def test_tables_of_a_run_without_images_that_could_not_be_had(finished, capsys):
    path = finished.results / "config.json"
    config = json.loads(path.read_text())
    tiny = config["experiments"]["tiny"]
    more = {key: tiny[key] for key in ("seeds", "max_iterations", "models")}
    more["models"] = {"linear-gd": more["models"]["linear-gd"]}
    config["experiments"]["cifar"] = more | {"dataset": "cifar10", "samples": 10}
    path.write_text(json.dumps(config))
    found = gdexp.load(finished.results)
    assert len(found.exponents)
    assert len(found.claims)
    assert capsys.readouterr().err == ""
    assert found.missing == 2


def test_what_is_not_asked_for_is_not_imported():
    heavy = "{'pandas', 'mlflow', 'matplotlib', 'jsonschema'}"
    program = f"import sys, gdexp; print({heavy} & {{*sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
