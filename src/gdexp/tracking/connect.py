"""Connections to MLflow: set up once per process, refused early and in one line."""

import logging
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from gdexp.tracking.store import reason
from gdexp.util.address import CREDENTIALS
from gdexp.util.errors import TrackingError
from gdexp.util.files import inode_of

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from sqlalchemy import Engine

_opened: dict[Path, list[int]] = {}  # the files that each path has named so far

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    # it would ask the server for the names of run and experiment to print them
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # 4 tries in half a minute: a server that restarts is waited for, one that is gone
    # does not hold up the cells
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
}


# uvicorn would look for its app in the working folder, before all other modules
APP = f"--app-dir {os.devnull}"


def connect(place: Path | str, patience: int) -> "MlflowClient":
    """Return a client of an sqlite file, a tracking server or a database.

    Parameters
    ----------
    place : Path or str
        The sqlite file, or the address.
    patience : int
        Seconds to wait for another process that locks an sqlite file.

    Raises
    ------
    TrackingError
        If it is damaged, a driver is missing, or nobody answers.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    uri = place if isinstance(place, str) else ""
    if isinstance(place, Path):
        _look(place, patience)
        uri = _address(place)
    elif place.startswith("postgresql"):
        engine_of(place, patience).dispose()
    else:
        _server(place)
    _relax_connections()
    from mlflow import MlflowClient

    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # it would print the traceback of every error that it raises
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    try:
        return MlflowClient(uri)
    # SQLAlchemy's errors too, of a file that was deleted a moment ago say; it is not
    # there in every environment, so they have no name here
    except Exception as error:
        why = reason(error)
        raise TrackingError(f"cannot open the MLflow store {place}: {why}") from None


def engine_of(place: Path | str, patience: int) -> "Engine":
    """Return what connects to an sqlite file or a database, which answered.

    Raises
    ------
    TrackingError
        As `connect`.
    """
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import SQLAlchemyError

    if isinstance(place, Path):
        _look(place, patience)
        # not made anew if it was deleted a moment ago
        existing = f"{place.as_uri()}?mode=rw"
        engine = create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(
                existing,
                timeout=patience,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            ),
        )
        # one that reads first and then writes would not be waited for
        event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    else:
        try:
            engine = create_engine(place, pool_pre_ping=True)  # it may restart
            engine.connect().close()  # MLflow would try a wrong password for a minute
        except ImportError as error:
            raise TrackingError(
                f"no driver for {place}: {error}; install gdexp[postgresql], or let"
                " tracking.uri name a tracking server"
            ) from None
        except SQLAlchemyError as error:
            why = reason(error)
            raise TrackingError(f"{place}: {why}; set {CREDENTIALS}") from None
    event.listen(engine, "connect", _relax)
    return engine


def _look(path: Path, patience: int) -> None:
    """Look at an sqlite file.

    MLflow would try a damaged one again and again for a minute, and would make anew one
    that was deleted a moment ago.
    """
    existing = f"{path.as_uri()}?mode=rw"
    try:
        with closing(
            sqlite3.connect(existing, timeout=patience, uri=True)
        ) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        raise TrackingError(f"the MLflow store {path}: {error}") from None


def _address(path: Path) -> str:
    """Return the address of an sqlite file for MLflow.

    MLflow keeps its connections by address. A file that replaces a deleted one is given
    by another way of writing its path, to be opened and filled with tables anew.
    """
    known = _opened.setdefault(path, [])
    inode = inode_of(path)
    if inode is None:
        raise TrackingError(f"the MLflow store {path} was deleted")
    if inode not in known:
        known.append(inode)
    return sqlite_address(path, "./" * known.index(inode))


def sqlite_address(path: Path, detour: str = "") -> str:
    """Return the address of an sqlite file for SQLAlchemy, which MLflow asks.

    A question mark in a path begins the options of an address, however it is written;
    sqlite itself reads addresses of its own, where it can be written. MLflow would take
    these for paths and make their folders here, unless the driver is named.
    """
    place = f"{path.parent}/{detour}{path.name}"
    if "?" not in place:
        return f"sqlite:///{place}"
    return f"sqlite+pysqlite:///file:{quote(place)}?uri=true"


def serving(place: Path | str) -> tuple[list[str], dict[str, str]]:
    """Return the command that serves the UI of a store, and its environment."""
    # eight more processes, for the jobs of language models
    idle = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    # what lies in the working folder is no module of it, nor of its processes
    environment = SETTINGS | idle | os.environ | {"PYTHONSAFEPATH": "1"}
    uri = place if isinstance(place, str) else sqlite_address(place)
    command = [sys.executable, "-P", "-m", "mlflow", "server", "--host", "127.0.0.1"]
    return [*command, "--backend-store-uri", uri, "--uvicorn-opts", APP], environment


def _server(uri: str) -> None:
    """Ask once whether anybody answers, and to this name.

    MLflow's client would ask a server that is away for half a minute. MLflow's server
    answers to no other names than those that it was started with.
    """
    import requests

    try:
        answer = requests.get(uri, timeout=10, allow_redirects=False)
    except requests.exceptions.SSLError:
        return  # somebody does; MLflow has its own settings for certificates
    except requests.RequestException as error:
        reason = type(error).__name__
        raise TrackingError(
            f"no tracking server answers at {uri} ({reason}); start it, or set"
            " tracking.mode to deferred"
        ) from None
    # credentials, which MLflow knows, are asked for with the same number
    if answer.status_code == 403 and "Host header" in answer.text:
        raise TrackingError(
            f"the tracking server at {uri} does not know this name; start it with"
            f" --allowed-hosts {urlsplit(uri).netloc}, see docs/cluster.md"
        )


def _relax_connections() -> None:
    """Wait for no disk at the end of a run: a lost tail is rebuilt from the records."""
    try:
        from sqlalchemy import Engine, event
    except ImportError:  # a compute node that logs to a server
        return
    if not event.contains(Engine, "connect", _relax):
        event.listen(Engine, "connect", _relax)


def _relax(connection: Any, _: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=NORMAL")  # at checkpoints only
    elif type(connection).__module__.startswith("psycopg"):
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")
        connection.commit()
