"""Tracking: cells as MLflow runs. The only importer of mlflow.

The store is a view of the record files. Deleting it loses nothing: `sync` rebuilds
it, and leaves a store alone that agrees with the records.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from gdexp.records.record import Record
from gdexp.tracking.client import ClientStore, create_store
from gdexp.tracking.connect import serving
from gdexp.tracking.moved import follow, state
from gdexp.tracking.rows import BATCH, RowStore, UnknownTables
from gdexp.tracking.run import Run
from gdexp.tracking.store import PAUSE, NotYet, Store, in_one_line
from gdexp.tracking.summary import log_summary
from gdexp.tracking.sync import sync
from gdexp.tracking.views import Views
from gdexp.util.address import file_of
from gdexp.util.errors import TrackingError
from gdexp.util.identity import identity

__all__ = [
    "BATCH",
    "PAUSE",
    "ClientStore",
    "NotYet",
    "RowStore",
    "Store",
    "Views",
    "create_store",
    "database",
    "log_cell",
    "log_summary",
    "make_store",
    "needs",
    "open_store",
    "server",
    "state",
    "sync",
]


def open_store(
    results: str | Path, experiments: Iterable[str], uri: str = "", writer: str = "rows"
) -> Store:
    """Open a store by rows in its tables if they are known, else by MLflow's client.

    Parameters
    ----------
    results : str or Path
    experiments : iterable of str
    uri : str
        As of `gdexp.tracking.store.Store`.
    writer : {"rows", "client"}

    Raises
    ------
    NotYet
        If it is not there, or, by rows, one of the experiments is not.
    TrackingError
        If it cannot be used.
    """
    names = list(experiments)
    with in_one_line(uri, results):
        if _by_rows(uri, writer):
            try:
                return RowStore(results, names, uri)
            except UnknownTables as reason:
                why = " ".join(str(reason).split())  # names of columns are in it
                print(f"gdexp: logged by MLflow's client: {why}", file=sys.stderr)
        return ClientStore(results, names, uri)


def make_store(
    results: str | Path, experiments: Iterable[str], uri: str = "", writer: str = "rows"
) -> Store:
    """Open a store as `open_store`; make it, or experiments, if they are not there."""
    names = list(experiments)
    try:
        return open_store(results, names, uri, writer)
    except NotYet:
        with in_one_line(uri, results):
            create_store(results, names, uri)
    return open_store(results, names, uri, writer)


def log_cell(store: Store, record: Record, config_digest: str) -> str:
    """Log a record as a finished run and return the run's id; see `Store.log`."""
    with in_one_line(store.uri, store.folder):
        (run,) = store.log([Run.of(record, store.results, config_digest)])
    return run


def needs(uri: str, writer: str) -> str:
    """Return the module that takes longest to import of those that log a run."""
    return "sqlalchemy" if _by_rows(uri, writer) else "mlflow"


def _by_rows(uri: str, writer: str) -> bool:
    return writer == "rows" and not uri.startswith("http")


def server(results: str | Path, uri: str = "") -> tuple[list[str], dict[str, str]]:
    """Return the command that serves MLflow's UI of a store, and its environment.

    Raises
    ------
    TrackingError
        If there is none, or it is a server itself.
    """
    path = file_of(uri, results)
    if uri.startswith("http"):
        raise TrackingError(f"{uri} has a UI already: open it in a browser")
    if path is not None and not path.exists():
        raise TrackingError(f"no MLflow store at {path}; 'gdexp sync' makes it")
    if path is not None and not uri:
        follow(path, results, identity(results))
    return serving(path or uri)


def database(results: str | Path) -> Path:
    """Return the path of the store's sqlite file below a results folder."""
    path = file_of("", results)
    assert path is not None
    return path
