"""Tables and figures of a grid with missing and damaged cells."""

import shutil

import pytest
from support import IMAGES, make_config, needs_images

from gdexp.cli.main import main
from gdexp.grid.grid import Grid
from gdexp.records.tables import CELLS
from gdexp.stats.exponents import EXPONENTS
from gdexp.util.tables import read_table
from gdexp.work.jobs import run_job
from gdexp.work.notes import leftover, outdated, shown
from gdexp.work.partial import collect_partial


@pytest.fixture
def torn(finished, monkeypatch, capsys):
    """A grid that lost three of twelve cells, and one more to damage."""
    cells = finished.results / "cells" / "tiny"
    for path in ("linear-gd/d8/s0", "linear-gd/d32/s0", "linear-gd/d32/s1"):
        (cells / f"{path}.jsonl").unlink()
    (cells / "conv2-perceptron" / "d16" / "s1.jsonl").write_text("{}\n")
    monkeypatch.chdir(finished.folder)
    return finished


def test_what_is_there_is_shown_and_marked(torn, capsys):
    assert main(["collect"]) == 1
    said = capsys.readouterr().err
    assert "8 cells, 3 missing, 1 record files refused; run the workflow" in said
    assert main(["collect", "--partial"]) == 0
    said = capsys.readouterr()
    assert "8 cells, 3 missing, 1 record files refused; see results/partial" in said.out
    assert "d16/s1.jsonl" in said.err
    folder = torn.results / "partial"
    assert len(read_table(folder / "tables" / "cells.csv", CELLS)) == 8
    for figure in ("scaling", "iterations", "trajectories"):
        file = folder / "figures" / "tiny" / f"{figure}.txt"
        assert "PARTIAL: 8 cells, 3 missing" in file.read_text()
        assert file.with_suffix(".png").stat().st_size > 5000
    # the whole is left as it was
    assert len(read_table(torn.results / "tables" / "cells.csv", CELLS)) == 12


def test_a_model_without_any_cell(torn, capsys):
    for path in (torn.results / "cells" / "tiny" / "linear-gd").rglob("*.jsonl"):
        path.unlink()
    assert main(["collect", "--partial"]) == 0
    path = torn.results / "partial" / "tables" / "exponents.csv"
    table = read_table(path, EXPONENTS)
    assert set(table["model"]) == {"conv2-perceptron"}


def test_nothing_at_all(torn, capsys):
    for path in torn.results.rglob("*.jsonl"):
        path.unlink()
    assert main(["collect", "--partial"]) == 1
    assert "no good record" in capsys.readouterr().err


def computed(folder, data="data", **changes):
    """A grid below a folder, its records computed here, without any workflow."""
    config = make_config(results=str(folder), data=data, tracking={"mode": "none"})
    config["experiments"]["tiny"] |= changes
    grid = Grid.of(config)
    for job in grid.jobs():
        run_job(grid, job, folder / "cells" / job.path)
    return grid


def test_a_complete_grid_is_not_marked(tmp_path):
    grid = computed(tmp_path)
    assert collect_partial(grid).summary == "12 of 12 cells, 0 missing"
    said = [path.read_text() for path in (tmp_path / "partial").rglob("*.txt")]
    assert len(said) == 4
    assert "PARTIAL" not in "".join(said)


@pytest.mark.slow
def test_later_seeds_alone_at_the_middle_dim(tmp_path):
    grid = computed(tmp_path, seeds=12)
    for path in (tmp_path / "cells").rglob("d16/s?.jsonl"):
        path.unlink()
    assert collect_partial(grid).missing == 20
    path = tmp_path / "partial" / "figures" / "tiny" / "trajectories.csv"
    curves = read_table(path, {"seed": "int64"})
    assert set(curves["seed"]) == {10, 11}
    readme = (tmp_path / "partial" / "README.txt").read_text()
    assert readme == "PARTIAL: 52 of 72 cells, 20 missing.\n"


def test_it_is_outdated_once_the_grid_has_moved_on(tmp_path):
    grid = computed(tmp_path)
    folder = tmp_path / "cells" / "tiny" / "linear-gd"
    folder.rename(tmp_path / "aside")
    collect_partial(grid)
    assert outdated(grid, {}) == leftover(grid, shown(grid)) == []
    (tmp_path / "aside").rename(folder)
    assert [each.again for each in outdated(grid, {})] == [
        "call 'gdexp collect --partial'"
    ]
    collect_partial(grid)
    assert outdated(grid, {}) == []
    fewer = make_config(results=str(tmp_path))
    fewer["experiments"]["tiny"]["dims"] = [8]
    assert {"partial"} == {each.rule for each in outdated(Grid.of(fewer), {})}


def test_no_old_figure_stays_in_it(tmp_path):
    config = make_config(results=str(tmp_path), tracking={"mode": "none"})
    tiny = config["experiments"]["tiny"]
    config["experiments"]["other"] = tiny
    grid = Grid.of(config)
    for job in grid.jobs():
        run_job(grid, job, tmp_path / "cells" / job.path)
    collect_partial(grid)
    figure = tmp_path / "partial" / "figures" / "other" / "scaling.png"
    own = figure.with_name("mine.png")
    own.touch()
    assert figure.exists()
    shutil.rmtree(tmp_path / "cells" / "other")
    collect_partial(grid)
    assert not figure.exists()
    assert leftover(grid, shown(grid)) == ["partial/figures/other/mine.png"]


def test_a_copied_record_refuses_its_file_only(tmp_path):
    grid = computed(tmp_path)
    folder = tmp_path / "cells" / "tiny" / "linear-gd" / "d8"
    shutil.copy(folder / "s1.jsonl", folder / "s0.jsonl")
    found = collect_partial(grid)
    assert (found.cells, found.missing, len(found.refused)) == (11, 0, 1)
    readme = (tmp_path / "partial" / "README.txt").read_text()
    assert "d8/s0.jsonl has cell 'tiny/linear-gd/d8/s1'" in readme


@needs_images
def test_images_in_part(tmp_path):
    step = {"model": "linear", "algorithm": "gd", "step": 0.1, "start": "zero"}
    grid = computed(
        tmp_path,
        data=str(IMAGES),
        dataset="cifar10",
        samples=20,
        dims=[3072],
        seeds=1,
        max_iterations=5,
        models={"a": step, "b": step | {"step": 1}},
    )
    (tmp_path / "cells" / "tiny" / "a" / "d3072" / "s0.jsonl").unlink()
    assert collect_partial(grid).summary == "1 of 2 cells, 1 missing"
    caption = tmp_path / "partial" / "figures" / "images" / "cifar10.txt"
    assert "PARTIAL: 1 of 2 cells" in caption.read_text()
