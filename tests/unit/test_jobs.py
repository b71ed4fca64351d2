"""Jobs of many cells: what a job that was cut short had finished is not lost."""

from dataclasses import replace
from pathlib import Path

import pytest
from support import make_config

from gdexp.core.spec import Spec
from gdexp.grid.grid import Grid
from gdexp.records import tracked
from gdexp.records.record import write_records
from gdexp.records.status import Status
from gdexp.util.errors import TrackingError
from gdexp.work.jobs import Tracker, run_job
from gdexp.work.making import check_store
from gdexp.work.notes import Notes
from gdexp.work.products import products


@pytest.fixture
def grid(tmp_path):
    config = make_config(results=str(tmp_path), cells_per_job=5)
    config["experiments"]["tiny"]["seeds"] = 5
    return Grid.of(config)


@pytest.fixture
def seeds(monkeypatch):
    """The seeds that are run; the fourth run ends like a job at its time limit."""
    run, done = Spec.run, []

    def cut(spec, dim, seed, *, checkpoint):
        done.append(seed)
        if len(done) == 4:
            raise KeyboardInterrupt
        return run(spec, dim, seed, checkpoint=checkpoint)

    monkeypatch.setattr(Spec, "run", cut)
    return done


def files(folder):
    return sorted(path.name for path in Path(folder).rglob("*") if path.is_file())


def test_goes_on_where_it_was_cut_short(grid, seeds, tmp_path):
    job = grid.job("tiny/conv2-perceptron/d16/s0-4")
    output = tmp_path / "cells" / job.path
    with pytest.raises(KeyboardInterrupt):
        run_job(grid, job, output)
    assert files(tmp_path) == ["s0-4.jsonl"]  # the draft
    assert not output.exists()
    run_job(grid, job, output)
    assert seeds == [0, 1, 2, 3, 3, 4]
    whole = output.read_bytes()
    assert files(tmp_path) == ["s0-4.jsonl"]  # the records
    run_job(grid, job, output)
    assert output.read_bytes() == whole


def test_not_from_a_draft_of_another_configuration(grid, seeds, tmp_path):
    job = grid.job("tiny/conv2-perceptron/d16/s0-4")
    with pytest.raises(KeyboardInterrupt):
        run_job(grid, job, tmp_path / "cells" / job.path)
    config = make_config(results=str(tmp_path), cells_per_job=5, seed=8)
    config["experiments"]["tiny"]["seeds"] = 5
    run_job(Grid.of(config), job, tmp_path / "cells" / job.path)
    assert seeds == [0, 1, 2, 3, 0, 1, 2, 3, 4]


def test_records_are_the_same_bytes_however_many_share_a_job(tmp_path):
    lines = {}
    for size in (1, 3, 50):
        config = make_config(results=str(tmp_path / str(size)), cells_per_job=size)
        config["experiments"]["tiny"] |= {"seeds": 7, "dims": [8, 64]}
        grid = Grid.of(config)
        jobs = list(grid.jobs())
        assert len(jobs) == 4 * -(-7 // size)
        for job in jobs:
            output = Path(grid.results, "cells", job.path)
            run_job(grid, job, output)
            place = size, job.name, job.dim
            lines[place] = lines.get(place, b"") + output.read_bytes()
    for (_, name, dim), content in lines.items():
        assert content == lines[1, name, dim]
        assert content.count(b"\n") == 7


@pytest.fixture
def tracker(grid, monkeypatch):
    """What logs to a store that takes all runs."""
    monkeypatch.setattr("gdexp.work.jobs.open_store", lambda *_: None)
    monkeypatch.setattr("gdexp.work.jobs.log_cell", lambda *_: "")
    return Tracker(grid)


def test_where_no_notes_can_be_cells_are_computed_and_it_is_said_once(
    grid, tracker, tmp_path, capsys
):
    (tmp_path / "tracking").write_text("a file in the place of the folder\n")
    jobs = [*grid.jobs()][:2]
    for job in jobs:
        tracker.track(job, run_job(grid, job, tmp_path / "cells" / job.path))
    said = capsys.readouterr().err
    assert said.count("\n") == said.count("cannot note which cells have a run") == 1
    status = Status.of(grid, jobs)
    assert status.done == 10
    assert status.untracked == [key for job in jobs for key in job.keys]
    other = replace(grid, tracking_uri=f"sqlite:///{tmp_path}/elsewhere.db")
    with pytest.raises(TrackingError, match=r"no files can be in .*tracking, where"):
        check_store(other, tried=True)


def test_a_record_made_anew_has_not_the_run_of_the_one_before(grid, tracker, tmp_path):
    job = grid.job("tiny/linear-gd/d8/s0-4")
    output = tmp_path / "cells" / job.path
    records = run_job(grid, job, output)
    tracker.track(job, records)
    assert Status.of(grid, [job]).untracked == []
    records[1] = replace(records[1], made_by=records[1].made_by | {"python": "3.99"})
    write_records(output, records)  # by a worker that was killed before it logged
    assert Status.of(grid, [job]).untracked == [records[1].key]


@pytest.mark.parametrize("uri", ["", "http://localhost:5000", "postgresql://host/name"])
def test_a_cell_that_is_run_again_may_have_two_runs(tmp_path, uri):
    """Its record is the same as before; no server is asked how many runs it has."""
    grid = Grid.of(make_config(results=str(tmp_path), tracking={"uri": uri}))
    (sync,) = (each for each in products(grid) if each.rule == "sync")
    for job in grid.jobs():
        run_job(grid, job, tmp_path / "cells" / job.path)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/cells.csv").touch()
    (tmp_path / "tracking").mkdir(exist_ok=True)
    with Notes(str(tmp_path)).making(sync):
        (tmp_path / "tracking/synced.json").touch()
    assert not Notes(str(tmp_path)).stale(sync)
    before = (tmp_path / "cells" / job.path).read_bytes()
    run_job(grid, job, tmp_path / "cells" / job.path)
    assert (tmp_path / "cells" / job.path).read_bytes() == before
    assert Notes(str(tmp_path)).stale(sync)
    with Notes(str(tmp_path)).making(sync):
        run_job(grid, job, tmp_path / "cells" / job.path)  # by 'gdexp cell' beside it
    assert Notes(str(tmp_path)).stale(sync)


@pytest.mark.parametrize("text", ["", "[]", '{"tracked": 5}', "[" * 10**5])
def test_a_note_of_runs_that_is_damaged_says_nothing(tmp_path, text):
    job = next(iter(Grid.of(make_config()).jobs("tiny")))
    path = tmp_path / "tracking" / "cells" / f"{job.text}.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert tracked.noted(str(tmp_path), job) == {}
