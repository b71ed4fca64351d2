import shutil
import sqlite3

import pytest
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.records.record import Record
from gdexp.tracking import Store, create_store, database


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A store made once; making it takes seconds, a copy nothing."""
    results = tmp_path_factory.mktemp("migrated")
    create_store(results, [])
    with sqlite3.connect(database(results)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return database(results)


@pytest.fixture
def results(migrated, tmp_path):
    folder = tmp_path / "results"
    database(folder).parent.mkdir(parents=True)
    shutil.copy(migrated, database(folder))
    return folder


@pytest.fixture
def store(results):
    return Store.open(results, ["tiny"])


@pytest.fixture(scope="session")
def records():
    grid = Grid.of(make_config())
    return [
        Record.of(cell, cell.spec.run(cell.dim, cell.seed))
        for job in grid.jobs()
        for cell in grid.cells(job)
    ]
