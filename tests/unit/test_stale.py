import pytest
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.records.stale import stale_records
from gdexp.work.jobs import run_job


def made(folder, **changes):
    """A grid whose cells are all there."""
    config = make_config(results=str(folder), tracking={"mode": "none"}, **changes)
    grid = Grid.of(config)
    for job in grid.jobs():
        run_job(grid, job, folder / "cells" / job.path, None)
    return config, grid


@pytest.mark.parametrize("size", [1, 2])
def test_what_is_stale_is_what_changed(tmp_path, size):
    config, grid = made(tmp_path, cells_per_job=size)
    assert list(stale_records(grid)) == []
    config["experiments"]["tiny"]["models"]["linear-gd"]["step"] = 5
    stale = list(stale_records(Grid.of(config)))
    assert len(stale) == 6 // size
    assert all("/cells/tiny/linear-gd/d" in path for path in stale)
    config["seed"] = 8
    assert len(list(stale_records(Grid.of(config)))) == 12 // size


def test_records_of_another_program(tmp_path, monkeypatch):
    _, grid = made(tmp_path)
    monkeypatch.setattr("gdexp.core.spec.code_of", lambda *things: "0" * 12)
    assert len(list(stale_records(grid))) == 12


def test_good_records_are_not_read_as_a_whole(tmp_path, monkeypatch):
    """The beginning that is expected is that which is written."""
    config, grid = made(tmp_path)
    monkeypatch.setattr("gdexp.records.stale.job_records", None)
    assert list(stale_records(grid)) == []
    config["experiments"]["tiny"]["models"]["linear-gd"]["step"] = 5
    with pytest.raises(TypeError):
        list(stale_records(Grid.of(config)))


@pytest.mark.parametrize("content", ["", "x", "{}", '{"format":1,"key":"a/b/c/d"}'])
def test_damaged_and_missing_records_are_left_to_who_reads_them(tmp_path, content):
    _, grid = made(tmp_path)
    paths = sorted((tmp_path / "cells").rglob("*.jsonl"))
    paths[0].write_text(content)
    paths[1].unlink()
    assert list(stale_records(grid)) == []
