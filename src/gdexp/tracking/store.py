"""The MLflow store: create it once, then open it from any number of processes."""

import logging
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gdexp.errors import TrackingError

if TYPE_CHECKING:
    from mlflow import MlflowClient

FOLDER = "tracking"
PATIENCE = 120  # seconds to wait for another process that locks the store

_opened: dict[Path, list[int]] = {}  # the files that each path has named so far


def database(results: str | Path) -> Path:
    """Return the path of the store's sqlite file below a results folder."""
    return Path(results).resolve() / FOLDER / "mlflow.db"


def create_store(results: str | Path, experiments: Iterable[str]) -> "Store":
    """Create the store and its experiments; what exists is left as it is.

    One process has to do this before others log: eight that first touch an empty
    sqlite store at once all try to create its tables, and seven of them fail.

    Raises
    ------
    TrackingError
        If the store cannot be written or an experiment was deleted in it.
    """
    path = database(results)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # WAL: the UI reads while cells write, and a commit costs one disk write
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except (OSError, sqlite3.Error) as error:
        raise TrackingError(f"cannot create the MLflow store {path}: {error}") from None
    return Store.open(results, experiments)


class Store:
    """An open store.

    Parameters
    ----------
    client : mlflow.MlflowClient
    experiments : mapping of str to str
        Name and id of each experiment.
    """

    def __init__(
        self, client: "MlflowClient", experiments: Mapping[str, str], path: Path
    ) -> None:
        self.client = client
        self.experiments = experiments
        self._path = path
        self._inode = path.stat().st_ino

    def check(self) -> None:
        """Raise TrackingError if the file was deleted or replaced since.

        Its open connections would go on to write to a file that nobody finds.
        """
        try:
            same = self._path.stat().st_ino == self._inode
        except OSError:
            same = False
        if not same:
            raise TrackingError(f"the MLflow store {self._path} was deleted")

    @classmethod
    def open(cls, results: str | Path, experiments: Iterable[str]) -> "Store":
        """Open a store that was created before; make experiments that it lacks.

        Raises
        ------
        TrackingError
            If there is no store (making one here would be the race of
            `create_store`), it cannot be used, or an experiment was deleted in it.
        """
        path = database(results)
        if not path.exists():
            raise TrackingError(f"no MLflow store at {path}")
        try:  # MLflow would try a damaged file again and again for a minute
            with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
                connection.execute("PRAGMA schema_version")
        except sqlite3.Error as error:
            raise TrackingError(f"the MLflow store {path}: {error}") from None
        client = _client(path)
        found = {name: _experiment(client, path, name) for name in experiments}
        return cls(client, found, path)


def _experiment(client: "MlflowClient", path: Path, name: str) -> str:
    """Return the id of an experiment, made if it is not there yet."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        place = (path.parent / "artifacts" / name).as_uri()
        try:
            return str(client.create_experiment(name, artifact_location=place))
        except MlflowException:  # another process was faster
            found = client.get_experiment_by_name(name)
    if found is None or found.lifecycle_stage != "active":
        raise TrackingError(
            f"experiment {name!r} was deleted in {path}; restore it with 'mlflow"
            " experiments restore', or delete the store and run 'gdexp sync'"
        )
    return str(found.experiment_id)


def _client(path: Path) -> "MlflowClient":
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy import Engine, event

    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    if not event.contains(Engine, "connect", _relax):
        event.listen(Engine, "connect", _relax)
    # MLflow keeps its connections by URI. A file that replaces a deleted one is given
    # by another way of writing its path, to be opened and filled with tables anew.
    known = _opened.setdefault(path, [])
    inode = path.stat().st_ino
    if inode not in known:
        known.append(inode)
    other = "./" * known.index(inode)
    try:
        return MlflowClient(f"sqlite:///{path.parent}/{other}{path.name}")
    except MlflowException as error:
        raise TrackingError(f"cannot open the MLflow store {path}: {error}") from None


def _relax(connection: Any, _: Any) -> None:
    """Wait for locks, and sync the disk at checkpoints only: records rebuild a tail."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute(f"PRAGMA busy_timeout={1000 * PATIENCE}")
        connection.execute("PRAGMA synchronous=NORMAL")
