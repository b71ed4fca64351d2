"""Whole workflows, run as a user runs them, in temporary folders."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from support import break_cells, logs_with, make_config, runs, stamps

from gdexp.grid.grid import Grid
from gdexp.records.tables import CELLS
from gdexp.stats.exponents import EXPONENTS, POINTS
from gdexp.tracking import database
from gdexp.util.tables import read_table

UNTRACKED = {"tracking": {"mode": "none"}}


def rewritten(before, after):
    return {path for path in after if after[path] != before.get(path)}


def test_a_grid_from_cells_to_figures(workflow):
    """Through each rule, tracked, a study and a cell at the cap among it."""
    config = make_config(studies={"phases": {"dim": 16}})
    config["experiments"]["tiny"]["max_iterations"] = 10
    workflow.configure(config)
    said = workflow.run().stderr
    assert "cell jobs: 12 of 12 (100 %)" in said

    cells = read_table(workflow.results / "tables" / "cells.csv", CELLS)
    assert set(cells["outcome"]) == {"separated", "capped"}
    path = workflow.results / "tables" / "exponents.csv"
    assert set(read_table(path, EXPONENTS)["model"]) == set(cells["model"])
    figures = [f"tiny/{name}" for name in ("scaling", "trajectories", "iterations")]
    for figure in (*figures, "studies/phases"):
        for suffix in ("png", "pdf", "csv", "txt"):
            file = workflow.results / "figures" / f"{figure}.{suffix}"
            assert file.stat().st_size > (5000 if suffix in {"png", "pdf"} else 100)

    tracked = runs(workflow, "tiny")
    assert {run.info.status for run in tracked} == {"FINISHED"}
    keys = {run.data.tags.get("gdexp.cell") for run in tracked}
    assert len(keys) == len(tracked) == 12 + 1
    synced = json.loads((workflow.results / "tracking" / "synced.json").read_text())
    assert synced == {"kept": 12, "added": 0, "removed": 0}
    assert "Nothing to be done" in workflow.run().stderr


NAMES = ["NA", "2e-1", "2025", "None"]


@pytest.mark.slow
def test_names_are_as_written_from_the_configuration_to_the_summary(workflow):
    entry = "{model: linear, algorithm: gd, step: 2e-1, start: gaussian}"
    models = ", ".join(f"{name}: {entry}" for name in NAMES)
    (workflow.folder / "config.yaml").write_text(
        "experiments:\n  NA:\n    {dataset: c1, dims: [8, 16, 32.0], seeds: 1.0,"
        f" max_iterations: 1e4, models: {{{models}}}}}"
    )
    workflow.run()
    folder = workflow.results / "tables"
    for name, types in (
        ("cells", CELLS),
        ("scaling", POINTS),
        ("exponents", EXPONENTS),
    ):
        table = read_table(folder / f"{name}.csv", types)
        assert set(table["experiment"]) == {"NA"}
        assert set(table["model"]) == set(NAMES)
    cells = read_table(folder / "cells.csv", CELLS)
    assert len(cells) == 12
    assert set(cells["step"]) == {"0.2"}
    for figure in ("scaling", "trajectories", "iterations"):
        path = workflow.results / "figures" / "NA" / f"{figure}.csv"
        # the reference slopes of a figure are of no model
        drawn = set(read_table(path, {"model": "str"})["model"]) - {""}
        assert drawn == set(NAMES)
    tracked = runs(workflow, "NA")
    (summary,) = [run for run in tracked if run.info.run_name == "summary"]
    assert set(summary.data.params) >= {f"exponent_mean.{name}" for name in NAMES}
    for name in NAMES:
        assert f"| {name} | mean | " in summary.data.tags["mlflow.note.content"]
    named = [run.data.params["name"] for run in tracked if run is not summary]
    assert sorted(named) == sorted(3 * NAMES)
    before = stamps(workflow, "tables", "figures")
    assert "Nothing to be done" in workflow.run().stderr
    command = [sys.executable, "-m", "gdexp", "collect", "--partial"]
    subprocess.run(command, cwd=workflow.folder, check=True)
    for path in before:
        if path.endswith(".csv") and "claims" not in path:
            partial = workflow.results / "partial" / path
            assert partial.read_bytes() == (workflow.results / path).read_bytes()


@pytest.mark.slow
def test_sync_rebuilds_a_deleted_store(workflow):
    def sync():
        command = [sys.executable, "-m", "gdexp", "sync"]
        done = subprocess.run(
            command, cwd=workflow.folder, capture_output=True, text=True, check=True
        )
        assert ("runs uploaded (100 %)" in done.stderr) == (
            "0 added" not in done.stdout
        )
        return done.stdout

    workflow.run()
    shutil.rmtree(workflow.results / "tracking")
    assert sync() == "0 runs kept, 12 added, 0 removed\n"
    assert sync() == "12 runs kept, 0 added, 0 removed\n"
    kinds = [run.data.tags["gdexp.kind"] for run in runs(workflow, "tiny")]
    assert sorted(kinds) == 12 * ["cell"] + ["summary"]
    before = stamps(workflow, "cells")
    workflow.run()
    assert len(runs(workflow, "tiny")) == 13
    assert stamps(workflow, "cells") == before


def test_untracked_workflow(single):
    assert not database(single.results).exists()
    assert len(single.records()) == 12
    # five joined tables, four of the experiment, and three figures
    assert len(products(single)) == 5 + 4 + 3 * 4


def products(workflow):
    return {
        path.relative_to(workflow.results): path.read_bytes()
        for folder in ("tables", "figures")
        for path in (workflow.results / folder).rglob("*.*")
    }


@pytest.mark.slow
def test_chunks_and_cores_change_no_byte(workflow, single):
    workflow.configure(make_config(**UNTRACKED, cells_per_job=2))
    workflow.run(cores=1)
    alone, chunked = single.records(), workflow.records()
    assert len(chunked) == 6
    for path, lines in chunked.items():
        stem = path.removesuffix("s0-1.jsonl")
        assert lines == alone[f"{stem}s0.jsonl"] + alone[f"{stem}s1.jsonl"]
    assert products(workflow) == products(single)


@pytest.mark.slow
def test_cold_cells_in_another_order_change_no_byte(workflow, single):
    """Each in a process of its own, by hand: the last seed first, dims 8, 32, 16."""
    config = make_config(**UNTRACKED)
    config["experiments"]["tiny"]["dims"] = [16, 32, 8]
    workflow.configure(config)
    for job in reversed(list(Grid.of(config).jobs())):
        words = [job.experiment, job.name, str(job.dim), str(job.seeds[0])]
        command = [sys.executable, "-m", "gdexp", "cell", *words]
        subprocess.run(command, cwd=workflow.folder, check=True)
    assert workflow.records() == single.records()
    before = stamps(workflow, "cells")
    workflow.run()
    assert stamps(workflow, "cells") == before
    assert products(workflow) == products(single)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"extra": 1}, "unknown key 'extra'"),
        ({"experiments": {}}, "experiments: {}; allowed: one entry or more"),
        ({"cells_per_job": "x"}, "cells_per_job"),
    ],
)
def test_a_wrong_configuration_writes_nothing(workflow, change, words):
    workflow.configure(make_config() | change)
    done = workflow.run(check=False)
    assert done.returncode != 0
    mistakes = [line for line in done.stderr.splitlines() if words in line]
    assert len(mistakes) == 1
    assert mistakes[0].startswith("gdexp: configuration: ")
    assert "Traceback" not in done.stderr
    assert [path.name for path in workflow.folder.iterdir() if path.is_file()] == [
        "config.yaml"
    ]
    assert not workflow.results.exists()


def compiled(workflow):
    """When Numba wrote each file of a copied workflow's loops."""
    files = workflow.snakefile.parent.rglob("*.nb[ci]")
    return {path.name: path.stat().st_mtime_ns for path in files}


@pytest.mark.slow
def test_a_failing_cell_fails_alone_and_says_why(copied_workflow):
    workflow = copied_workflow
    break_cells(workflow, {16: "raise RuntimeError('a bug')"})
    loops = compiled(workflow)
    done = workflow.run(check=False)
    assert done.returncode != 0
    assert compiled(workflow) == loops != {}  # of another place, but as they were
    assert len(workflow.records()) == 10
    log = workflow.results / "logs/cells/tiny/linear-gd/d16/s1.log"
    assert "RuntimeError: a bug" in log.read_text()
    # of a file of one's own there is a line, which names its place
    assert logs_with(workflow, "Traceback") == set()
    assert logs_with(workflow, "breaking.py, line") == {
        f"cells/tiny/{model}/d16/s1.log" for model in ("linear-gd", "conv2-perceptron")
    }
    assert "RuntimeError: a bug" in done.stderr

    before = stamps(workflow, "cells")
    break_cells(workflow, {})
    (resume,) = re.findall("; to go on: (snakemake .+)$", done.stderr, re.MULTILINE)
    command = [sys.executable, "-m", *shlex.split(resume)]
    copied = {"PYTHONPATH": str(workflow.snakefile.parent / "src")}
    subprocess.run(command, env=os.environ | copied, check=True, capture_output=True)
    assert len(workflow.records()) == 12
    assert (workflow.results / "tables" / "cells.csv").exists()
    # the program is another than the one that failed, so all cells are new
    assert rewritten(before, stamps(workflow, "cells")) == set(
        stamps(workflow, "cells")
    )


@pytest.mark.slow
def test_what_a_change_reruns(copied_workflow):
    workflow = copied_workflow
    package = workflow.snakefile.parent / "src" / "gdexp"
    workflow.run()
    folders = ("cells", "tables", "figures")
    first = stamps(workflow, *folders)

    # a comment, even in the numerics: nothing
    loop = package / "core" / "forms" / "_loop.py"
    loop.write_text(loop.read_text() + "\n# a remark\n")
    assert "Nothing to be done" in workflow.run().stderr

    # a figure module: its figure and nothing else
    module = package / "figures" / "iterations.py"
    module.write_text(module.read_text() + "\nUNUSED = 1\n")
    workflow.run()
    second = stamps(workflow, *folders)
    assert rewritten(first, second) == {
        f"figures/tiny/iterations.{suffix}" for suffix in ("png", "pdf", "csv", "txt")
    }

    # the fits: their tables, and all that reads these
    fits = package / "stats" / "exponents.py"
    fits.write_text(fits.read_text() + "\nUNUSED = 1\n")
    planned = workflow.run("--dry-run").stdout
    rules = {line.removeprefix("rule ")[:-1] for line in planned.splitlines()}
    assert {"exponents", "figure"} < rules
    assert not {"cell", "table"} & rules
    assert "figure=tiny/scaling" in planned
    assert "figure=tiny/trajectories" not in planned
    assert "figure=tiny/iterations" not in planned
    workflow.run()
    second = stamps(workflow, *folders)

    # the step of one model: its cells, and what is made of them
    config = make_config(**UNTRACKED)
    config["experiments"]["tiny"]["models"]["linear-gd"]["step"] = 2
    workflow.configure(config)
    workflow.run()
    third = stamps(workflow, *folders)
    cells = {path for path in rewritten(second, third) if path.startswith("cells")}
    assert cells == {path for path in third if "cells/tiny/linear-gd/" in path}

    # a model: its cells
    model = package / "core" / "models" / "conv.py"
    model.write_text(model.read_text() + "\nUNUSED = 1\n")
    workflow.run()
    fourth = stamps(workflow, *folders)
    cells = {path for path in rewritten(third, fourth) if path.startswith("cells")}
    assert cells == {path for path in fourth if "cells/tiny/conv2-perceptron/" in path}

    # a new entry in a registry: nothing
    registry = package / "core" / "methods" / "__init__.py"
    registry.write_text(registry.read_text() + "\nUNUSED = 1\n")
    assert "Nothing to be done" in workflow.run().stderr

    # what all cells use: everything
    weights = package / "core" / "run.py"
    weights.write_text(weights.read_text() + "\nUNUSED = 1\n")
    workflow.run()
    assert rewritten(fourth, stamps(workflow, *folders)) == set(fourth)


@pytest.mark.slow
def test_a_missing_store_does_not_hide_stale_cells(copied_workflow):
    """As it would, were it an input of the cells; see workflow/rules/cells.smk."""
    workflow = copied_workflow
    workflow.configure(make_config())
    workflow.run()
    first = stamps(workflow, "cells")
    shutil.rmtree(workflow.results / "tracking")
    weights = workflow.snakefile.parent / "src" / "gdexp" / "core" / "run.py"
    weights.write_text(weights.read_text() + "\nUNUSED = 1\n")
    config = make_config()
    config["experiments"]["more"] = config["experiments"]["tiny"]
    workflow.configure(config)
    workflow.run()
    assert rewritten(first, stamps(workflow, "cells")) >= set(first)
    assert len(runs(workflow, "tiny")) == len(runs(workflow, "more")) == 13


def test_lost_memory_of_snakemake_does_not_hide_stale_cells(finished):
    workflow = finished
    first = stamps(workflow, "cells")
    table = workflow.results / "tables" / "cells.csv"
    before = table.read_text()
    shutil.rmtree(workflow.folder / ".snakemake")
    config = make_config(**UNTRACKED)
    config["experiments"]["tiny"]["models"]["linear-gd"]["step"] = 5
    workflow.configure(config)
    workflow.run("collect", cores=1)
    assert table.read_text() != before
    steps = read_table(table, CELLS).set_index("model").loc["linear-gd", "step"]
    assert set(steps) == {"5"}
    rerun = rewritten(first, stamps(workflow, "cells"))
    assert rerun == {path for path in first if "cells/tiny/linear-gd/" in path}
