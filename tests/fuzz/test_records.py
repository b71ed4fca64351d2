"""Any damage of a record file: all readers agree, and none takes it for good."""

import json
import os
import random
from pathlib import Path

import pytest
from mutations import SEED, damaged, limited, one_line, seeds
from support import make_config, stale_records

from gdexp.cli.main import main
from gdexp.grid.grid import Grid
from gdexp.records.checked import checked, whole_records
from gdexp.records.draft import read_draft
from gdexp.records.examine import examine
from gdexp.records.looks import Looks
from gdexp.records.record import Record
from gdexp.records.status import Status
from gdexp.records.tables import cells_table, trajectories_table
from gdexp.tracking.run import Run
from gdexp.util.errors import OldError, RecordError
from gdexp.work.jobs import run_job
from gdexp.work.partial import Partial


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    config = make_config(
        results=str(tmp_path_factory.mktemp("records")),
        cells_per_job=2,
        tracking={"mode": "none"},
    )
    tiny = config["experiments"]["tiny"]
    tiny["dims"] = [8]
    tiny["models"]["seen"] = tiny["models"]["linear-gd"] | {"observe": "gradient_norm"}
    tiny["models"]["capped"] = tiny["models"]["linear-gd"] | {
        "start": "zero",
        "stop": "cap",
    }
    tiny["max_iterations"] = 40
    return Grid.of(config)


@pytest.fixture(scope="module")
def files(grid):
    """The good record files, by job."""
    made = {}
    for job in grid.jobs():
        path = Path(grid.results, "cells", job.path)
        run_job(grid, job, path)
        made[job] = path.read_bytes()
    return made


@pytest.mark.slow
@pytest.mark.parametrize("part", range(5))
def test_damage(grid, files, part):
    many(grid, files, seeds(400), part)


def test_some_damage(grid, files):
    many(grid, files, range(40), "short")


def many(grid, files, numbers, part):
    states = set()
    looks = Looks(grid)  # one that knows how good ones end
    assert all(looks.at(job).state == "good" for job in files)
    for number in numbers:
        rng = random.Random(f"{SEED} {part} {number}")
        job = rng.choice([*files])
        path = Path(grid.results, "cells", job.path)
        raw = damaged(files[job], rng, rng.choice([*files.values()]))
        path.write_bytes(raw)
        with limited():
            state = compare(grid, job, path, looks)
            assert state == compare(grid, job, path, Looks(grid))
        states.add(state)
        if state == "good":
            assert raw.removesuffix(b"\n") == files[job].removesuffix(b"\n")
            states.discard("good")
        path.write_bytes(files[job])
    assert "damaged" in states
    assert "good" not in states  # a sum is wrong as soon as a byte is


def compare(grid, job, path, looks):
    """Ask all readers of a record file; return the state that they agree on."""
    found, seen = examine(grid, job), looks.at(job)
    assert (seen.state, seen.reason) == (found.state, found.reason)
    counts = None
    try:
        counts = Status.of(grid, [job]).cells
        list(stale_records(grid))
    except OldError:
        assert found.state == "old"
    good = found.state == "good"
    if counts:
        assert counts["stale"] == (0 if good else len(job.seeds))
    if good:
        records = list(checked(grid, [path]))
        assert [end[:2] for end in seen.ends] == [
            (each.outcome["outcome"], each.outcome["iterations"]) for each in records
        ]
        table = cells_table(records)
        assert len(table) == len(trajectories_table(records).groupby("seed"))
        assert all(Run.of(record, "results", "").metrics for record in records)
        return "good"
    assert one_line(found.reason)
    assert str(path) in found.reason or found.state == "old"
    assert found.reason in Partial.of(grid).refused
    with pytest.raises(RecordError) as caught:
        list(checked(grid, [path]))
    assert str(caught.value) == found.reason
    if found.state != "stale":
        with pytest.raises(RecordError):
            whole_records(grid, path)
    return found.state


@pytest.mark.slow
def test_drafts(grid, files, tmp_path):
    some_drafts(files, tmp_path, seeds(300))


def test_some_drafts(files, tmp_path):
    some_drafts(files, tmp_path, range(20))


def some_drafts(files, tmp_path, numbers):
    """What is whole before the damage is gone on from, and the rest is cut off."""
    for number in numbers:
        rng = random.Random(f"{SEED} draft {number}")
        raw = rng.choice([*files.values()])
        path = tmp_path / "draft.jsonl"
        path.write_bytes(damaged(raw, rng, rng.choice([*files.values()])))
        with limited():
            kept = read_draft(path)
        assert all(isinstance(each, Record) for each in kept)
        assert read_draft(path) == kept


def text_of(record, **parts):
    return json.dumps({**record, **parts}, separators=(",", ":"))


def changed(part, **values):
    return lambda record: text_of(record, **{part: record[part] | values})


# what JSON, or Python's reader of it, lets pass
KINDS = {
    "NaN": lambda r: text_of(r).replace(
        f'"loss":[{r["trajectory"]["loss"][0]}', '"loss":[NaN'
    ),
    "beyond float": changed("outcome", margin_over_bound=10**400),
    "a float without end": lambda r: text_of(r).replace(
        '"gradients":', '"gradients":1e999,"x":'
    ),
    "a key twice": lambda r: text_of(r).replace(
        '"unclear":0', '"unclear":0,"unclear":0'
    ),
    "deep": lambda r: text_of(r).replace(
        '"trajectory":{', '"trajectory":{"a":' + "[" * 10**5
    ),
    "another end": changed("outcome", final_loss=0.125),
    "another count": changed("outcome", updates=7),
    "a byte that is no text": lambda r: text_of(r).replace('"norm"', '"n\udcffrm"'),
    "a line within": lambda r: text_of(r).replace('"norm":[', '"norm":[\u2028'),
    "something else": lambda r: '{"iterations": 1}',
    "format of text": lambda r: text_of(r, format="\n" * 1000),
    "format of 400 digits": lambda r: text_of(r, format=10**400),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_reader_lets_pass(grid, files, kind):
    job = next(iter(files))
    path = Path(grid.results, "cells", job.path)
    looks = Looks(grid)
    assert looks.at(job).state == "good"
    first, *rest = files[job].decode().splitlines()
    line = KINDS[kind](json.loads(first))
    assert line != first
    text = "".join(f"{each}\n" for each in [line, *rest])
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    try:
        assert compare(grid, job, path, looks) == "damaged"
        assert compare(grid, job, path, Looks(grid)) == "damaged"
    finally:
        path.write_bytes(files[job])


def pipe(path):
    os.mkfifo(path)


def loop(path):
    path.symlink_to(path)


def endless(path):
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [pipe, Path.mkdir, loop, endless])
def test_no_file_in_the_place_of_a_record(grid, files, make):
    job = next(iter(files))
    path = Path(grid.results, "cells", job.path)
    path.unlink()
    make(path)
    try:
        with limited(5):
            assert compare(grid, job, path, Looks(grid)) == "damaged"
    finally:
        path.rmdir() if make is Path.mkdir else path.unlink()
        path.write_bytes(files[job])


def test_status_says_how_many_are_damaged(grid, files, tmp_path, capsys):
    path = Path(grid.results, "cells", next(iter(files)).path)
    path.write_bytes(b"\0")
    config = tmp_path / "config.yaml"
    tree = make_config(results=grid.results, cells_per_job=2, tracking={"mode": "none"})
    config.write_text(json.dumps(tree))
    assert main(["status", "--config", str(config)]) == 0
    path.write_bytes(files[next(iter(files))])
    said = capsys.readouterr()
    assert said.err == ""
    assert "the record is damaged or of another" in said.out
