from dataclasses import replace
from pathlib import Path

import pytest
from support import make_config, signed, stale_records

from gdexp.grid.grid import Grid
from gdexp.records.checked import whole_records
from gdexp.records.examine import examine
from gdexp.records.looks import Looks
from gdexp.records.status import Status
from gdexp.util.digests import files_digest
from gdexp.util.errors import OldError
from gdexp.work.jobs import run_job
from gdexp.work.partial import Partial


def made(folder, **changes):
    """A grid whose cells are all there."""
    config = make_config(results=str(folder), tracking={"mode": "none"}, **changes)
    grid = Grid.of(config)
    for job in grid.jobs():
        run_job(grid, job, folder / "cells" / job.path)
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
    config, _ = made(tmp_path)
    monkeypatch.setattr("gdexp.core.spec.code_of", lambda *things: "0" * 12)
    assert len(list(stale_records(Grid.of(config)))) == 12


def test_of_good_records_one_is_examined_for_each_entry_and_dim(tmp_path, monkeypatch):
    """The others begin, go on and end as it does."""
    config, grid = made(tmp_path)
    jobs = []

    def counted(grid, job):
        jobs.append(job)
        return examine(grid, job)

    monkeypatch.setattr("gdexp.records.looks.examine", counted)
    assert list(stale_records(grid)) == []
    assert len(jobs) == len({(job.name, job.dim) for job in grid.jobs()}) < 12
    jobs.clear()
    config["experiments"]["tiny"]["models"]["linear-gd"]["step"] = 5
    assert len(list(stale_records(Grid.of(config)))) == 6
    assert len([job for job in jobs if job.name == "linear-gd"]) == 6


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"outcome":"separated"', '"outcome":"capped"'),
        ('"certificate":"bound"', '"certificate":null'),
        ('"unclear":0', '"unclear":-1'),
        ('"unclear":0', '"unclear":00'),
        ('"iterations":', '"iterations":"x",'),
        ('"format":3', '"format":4'),
        ('"dim":', '"dim":1'),
        ("/s0", "/s1"),
        ('"code":"', '"code":"f'),
        ('"}\n', "}\n"),
        ('"}\n', '"}\n\n{}'),
    ],
)
def test_a_look_finds_what_an_examination_finds(tmp_path, old, new):
    """Also where all the others are good, and were looked at before."""
    _, grid = made(tmp_path)
    changed = 0
    for job in grid.jobs():
        path = tmp_path / "cells" / job.path
        text = path.read_text()
        looks = Looks(grid)
        assert all(looks.at(each).state == "good" for each in grid.jobs())
        path.write_text(text.replace(old, new, 1))
        found = examine(grid, job)
        same = text == path.read_text()
        changed += not same
        assert (found.state == "good") == same
        assert looks.at(job)[:2] == (found.state, found.reason)
        path.write_text(text)
        # and where somebody has seen to its sum
        if new.startswith('"code"') or new.startswith('"dim"'):
            path.write_text(signed(text.replace(old, new, 1)))
            found = examine(grid, job)
            assert found.state == "stale"
            assert looks.at(job)[:2] == (found.state, found.reason)
            path.write_text(text)
    assert changed


@pytest.mark.parametrize("content", ["", "x", "{}", '{"format":3,"key":"a/b/c/d"}'])
def test_damaged_and_missing_records_are_left_to_who_reads_them(tmp_path, content):
    _, grid = made(tmp_path)
    paths = sorted((tmp_path / "cells").rglob("*.jsonl"))
    paths[0].write_text(content)
    paths[1].unlink()
    assert list(stale_records(grid)) == []


OLD = (Path(__file__).parent / "record-0.1.0.jsonl").read_text("utf-8")


def test_records_of_an_older_gdexp_are_one_line(tmp_path):
    _, grid = made(tmp_path)
    paths = sorted((tmp_path / "cells").rglob("*.jsonl"))
    for path in paths:
        path.write_text(OLD)
    with pytest.raises(OldError, match="made by an older gdexp") as caught:
        list(stale_records(grid))
    line = str(caught.value)
    assert f"delete or move the folder {tmp_path}" in line
    assert {examine(grid, job).state for job in grid.jobs()} == {"old"}
    found = Partial.of(grid)
    assert (found.cells, found.refused) == (0, [line])
    status = Status.of(grid)
    assert status.cells["stale"] == 12
    assert sum(line in each for each in status.lines) == 1
    with pytest.raises(OldError, match="older"):
        whole_records(grid, paths[0])


def test_changed_data_files_are_stale(tmp_path, monkeypatch):
    """Wherever it is looked at; files that are not there say nothing."""
    _, grid = made(tmp_path)
    job = next(iter(grid.jobs()))
    path = tmp_path / "cells" / job.path
    file = tmp_path / "images.bin"
    file.write_bytes(b"one")
    digest = files_digest((file,))
    added = path.read_text().replace('},"sum"', f',"data":"{digest}"}},"sum"')
    path.write_text(signed(added))
    expected = replace(grid.expected(job), files=(file,))
    monkeypatch.setitem(grid._expected, (job.experiment, job.name, job.dim), expected)
    here = str(path)
    assert examine(grid, job).state == "good"
    assert here not in list(stale_records(grid))
    file.write_bytes(b"another")
    found = examine(grid, job)
    assert (found.state, "other data files" in found.reason) == ("stale", True)
    assert here in list(stale_records(grid))
    file.unlink()
    assert examine(grid, job).state == "good"
    assert here not in list(stale_records(grid))
