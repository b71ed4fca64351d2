import shutil
import sqlite3

import pytest
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.records.record import Record
from gdexp.tracking import ClientStore, create_store, database, open_store


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A store made once; making it takes seconds, a copy nothing."""
    results = tmp_path_factory.mktemp("migrated")
    create_store(results, ["tiny"])
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


@pytest.fixture(params=["rows", "client"])
def writer(request):
    return request.param


@pytest.fixture
def store(results, writer):
    """The store by each of its writers."""
    return open_store(results, ["tiny"], writer=writer)


@pytest.fixture
def view(results):
    """The same store, as MLflow's client sees it."""
    return ClientStore(results, ["tiny"])


@pytest.fixture(scope="session")
def records():
    grid = Grid.of(make_config())
    return [
        Record.of(cell, cell.spec.run(cell.dim, cell.seed))
        for job in grid.jobs()
        for cell in grid.cells(job)
    ]
