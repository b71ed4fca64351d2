"""A store that is damaged, or is something else: one line, and cells go on."""

import os
import random
import shutil
import sqlite3
from contextlib import suppress

import pytest
from mutations import SEED, damaged, limited, seeds
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.tracking import database, make_store
from gdexp.tracking.run import Run
from gdexp.util.errors import TrackingError
from gdexp.util.identity import identity
from gdexp.work.jobs import Tracker


@pytest.fixture
def grid(results):
    return Grid.of(make_config(results=str(results)))


@pytest.fixture(scope="module")
def filled(migrated, tmp_path_factory, records):
    """A store with runs in it."""
    results = tmp_path_factory.mktemp("filled")
    database(results).parent.mkdir(parents=True)
    shutil.copy(migrated, database(results))
    store = make_store(results, ["tiny"])
    store.log([Run.of(record, store.results, "") for record in records])
    with sqlite3.connect(database(results)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return database(results)


def tables(connection):
    asked = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    return [name for (name,) in connection.execute(asked)]


def altered(path, rng):
    """Alter what is in a database, as another program or version might."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys=OFF")
    ours = ["experiments", "runs", "tags", "params", "metrics", "latest_metrics"]
    table = rng.choice([*ours * 3, *tables(connection)])
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    column = rng.choice(columns)
    statement = rng.choice(
        [
            f"DROP TABLE {table}",
            f"ALTER TABLE {table} RENAME TO other",
            f"ALTER TABLE {table} RENAME COLUMN {column} TO [a\nb]",
            f"ALTER TABLE {table} ADD COLUMN [new\nline] TEXT",
            f"DELETE FROM {table}",
            f"UPDATE {table} SET {column} = NULL",
            f"UPDATE {table} SET {column} = x'ff00'",
            f"UPDATE {table} SET {column} = 'x'",
            "UPDATE alembic_version SET version_num = 'ffffffffffff'",
            "DELETE FROM alembic_version",
            f"CREATE TRIGGER t BEFORE INSERT ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'no' || char(10) || 'room'); END",
            f"DROP TABLE {table}; CREATE TABLE {table} (x)",
            f"DROP TABLE {table}; CREATE VIEW {table} AS SELECT 1",
            f"PRAGMA user_version = {rng.randrange(2**31)}",
        ]
    )
    with suppress(sqlite3.Error):  # a value that a rule forbids
        connection.executescript(statement)
    connection.close()
    return statement


def tracked(grid, records, capsys):
    """Log records as a job does; return what was said."""
    tracker = Tracker(grid)
    capsys.readouterr()
    with limited(60, 4):
        for record in records[:2]:
            tracker.track(grid.job(record.key), [record])
    said = capsys.readouterr().err.splitlines()
    # of two cells, and of what is opened
    assert len(said) <= 4, said
    assert all(line.startswith("gdexp: ") for line in said), said
    assert all(len(line) < 1200 for line in said), said
    return said


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_bytes(grid, filled, records, capsys):
    path = database(grid.results)
    failed = 0
    for number in seeds(250):
        rng = random.Random(f"{SEED} bytes {number}")
        raw = filled.read_bytes()
        if rng.random() < 0.5:  # a page or two alone: SQLite opens it
            for _ in range(rng.choice([1, 3, 10])):
                at = rng.randrange(100, len(raw))
                raw = raw[:at] + rng.randbytes(rng.choice([1, 50])) + raw[at:]
                raw = raw[: filled.stat().st_size]
        else:
            raw = damaged(raw, rng, raw)
        for each in path.parent.glob("mlflow.db*"):
            each.unlink()
        path.write_bytes(raw)
        failed += any("untracked" in line for line in tracked(grid, records, capsys))
    assert failed


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_contents(grid, filled, records, capsys):
    path = database(grid.results)
    for number in seeds(150):
        rng = random.Random(f"{SEED} contents {number}")
        for each in path.parent.glob("mlflow.db*"):
            each.unlink()
        shutil.copy(filled, path)
        altered(path, rng)
        tracked(grid, records, capsys)


def other_program(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE experiments (name TEXT)")
    connection.close()


PLACES = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a loop": lambda path: path.symlink_to(path),
    "nothing": lambda path: path.symlink_to("nowhere"),
    "a text": lambda path: path.write_text("no database\n" * 1000),
    "an empty file": lambda path: path.write_text(""),
    "another program's": other_program,
}


@pytest.mark.parametrize("place", PLACES)
def test_what_stands_in_its_place(grid, records, capsys, place):
    path = database(grid.results)
    path.unlink()
    PLACES[place](path)
    said = tracked(grid, records, capsys)
    assert any("not tracked: " in line for line in said)
    assert sum("untracked tiny/" in line for line in said) == 2


@pytest.mark.parametrize("content", ["", "x", "' or 1 = 1", "\udcff", "a" * 10**6])
def test_an_id_of_the_results_that_is_none(grid, records, capsys, content):
    path = database(grid.results).parents[1] / ".id"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert tracked(grid, records, capsys) == []
    # the same one for whoever reads it next
    assert identity(grid.results) == identity(grid.results)
    assert len(identity(grid.results).id) == 32


@pytest.mark.parametrize("column", ["name", "experiment_id", "artifact_location"])
def test_experiments_that_are_not_as_known(grid, records, capsys, column):
    with sqlite3.connect(database(grid.results)) as connection:
        connection.execute(f"ALTER TABLE experiments RENAME COLUMN {column} TO other")
    connection.close()
    said = tracked(grid, records, capsys)
    assert "experiments" in said[0]


def test_whatever_a_store_raises_is_one_line(grid, records, capsys, monkeypatch):
    class OddError(Exception):
        def __str__(self):
            return ""

    def fail(*_):
        raise OddError

    monkeypatch.setattr("gdexp.tracking.rows.RowStore._open", fail)
    assert "OddError" in tracked(grid, records, capsys)[0]
    with pytest.raises(TrackingError, match=r"mlflow\.db: OddError"):
        make_store(grid.results, ["tiny"])
