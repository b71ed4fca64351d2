"""The MLflow store: create it once, then open it from any number of processes."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gdexp.tracking.connect import connect
from gdexp.util.address import check_disk, file_of
from gdexp.util.errors import TrackingError
from gdexp.util.files import alone, identity, inode_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

PATIENCE = 120  # seconds to wait for a store that is locked or restarts
PAUSE = 60  # seconds without tracking once a store did not answer: cells go on

# The UI shows an experiment's runs first, not traces of language models.
KIND = {"mlflow.experimentKind": "custom_model_development"}

T = TypeVar("T")


def database(results: str | Path) -> Path:
    """Return the path of the store's sqlite file below a results folder."""
    path = file_of("", results)
    assert path is not None
    return path


def create_store(
    results: str | Path, experiments: Iterable[str], uri: str = ""
) -> "Store":
    """Create the store and its experiments; what exists is left as it is.

    One process at a time does this, before others log: eight that first touch an empty
    sqlite store at once all try to create its tables, and seven of them fail.

    Parameters
    ----------
    results : str or Path
    experiments : iterable of str
    uri : str
        Tracking server or database, see `gdexp.util.address`; by default an sqlite file
        below the results.

    Raises
    ------
    TrackingError
        If the store cannot be written or an experiment was deleted in it.
    """
    check_disk(results, uri)
    path = file_of(uri, results)
    if path is None:
        return Store.open(results, experiments, uri)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path.with_name(".lock")):
            # WAL: the UI reads while cells write, and a commit costs one disk write
            with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            return Store.open(results, experiments, uri)
    except (OSError, sqlite3.Error) as error:
        raise TrackingError(f"cannot create the MLflow store {path}: {error}") from None


class Store:
    """An open store.

    Parameters
    ----------
    client : mlflow.MlflowClient
    experiments : mapping of str to str
        Name and id of each experiment.
    place : str
        Where it is, for people.
    results : str
        The id of the results folder whose runs these are, `gdexp.util.files.identity`.
    path : Path or None
        The sqlite file, if it is one.
    inode : int or None
        Which file that is.
    """

    def __init__(
        self,
        client: "MlflowClient",
        experiments: Mapping[str, str],
        place: str,
        results: str,
        path: Path | None,
        inode: int | None,
    ) -> None:
        self.client = client
        self.experiments = experiments
        self.results = results
        self._place = place
        self._path = path
        self._inode = inode
        self._away = 0.0

    @classmethod
    def open(
        cls, results: str | Path, experiments: Iterable[str], uri: str = ""
    ) -> "Store":
        """Open a store that was created before; make experiments that it lacks.

        Raises
        ------
        TrackingError
            If there is no store (making one here would be the race of
            `create_store`), it cannot be used, or an experiment was deleted in it.
        """
        check_disk(results, uri)
        path = file_of(uri, results)
        inode = None
        if path is not None:
            inode = inode_of(path)
            if inode is None:
                raise TrackingError(f"no MLflow store at {path}")
        place = str(path or uri)
        client = connect(path or uri, PATIENCE)
        store = cls(client, {}, place, identity(results), path, inode)
        store.check()  # it may have been deleted in these seconds
        store.experiments = {name: store._experiment(name) for name in experiments}
        return store

    def check(self) -> None:
        """Raise TrackingError at once if it is of no use to log now.

        That is for a minute after the store did not answer; and once its file was
        deleted, when open connections would write to a file that nobody finds.
        """
        if self._away and time.monotonic() < self._away + PAUSE:
            raise TrackingError(f"{self._place} did not answer a moment ago")
        if self._path is not None and inode_of(self._path) != self._inode:
            raise TrackingError(f"the MLflow store {self._path} was deleted")

    def call(
        self, function: Callable[..., T], *arguments: object, **named: object
    ) -> T:
        """Call a method of the client, again for a while if the store is locked.

        Raises
        ------
        TrackingError
            If the store does not take it, with the reason in one line.
        """
        from mlflow.exceptions import MlflowException

        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = function(*arguments, **named)
                self._away = 0.0
                return answer
            except MlflowException as error:
                # MLflow itself tries again over HTTP; a database says this at once
                passing = error.error_code == "TEMPORARILY_UNAVAILABLE"
                if not passing or time.monotonic() > end:
                    # a run that it refuses says nothing about the next one
                    status: int = error.get_http_status_code()  # type: ignore[no-untyped-call]
                    if status >= 500:
                        self._away = time.monotonic()
                    raise TrackingError(f"{self._place}: {_reason(error)}") from None
            time.sleep(0.2)

    def _experiment(self, name: str) -> str:
        """Return the id of an experiment, made if it is not there yet."""
        from mlflow.exceptions import MlflowException

        found = self.call(self.client.get_experiment_by_name, name)
        if found is None:
            try:
                made = self.client.create_experiment(name, self._artifacts(name), KIND)
                return str(made)
            except MlflowException:  # another process was faster
                found = self.call(self.client.get_experiment_by_name, name)
        if found is None or found.lifecycle_stage != "active":
            raise TrackingError(
                f"experiment {name!r} was deleted in {self._place}; restore it with"
                " 'mlflow experiments restore', or delete the store and call 'gdexp"
                " sync'"
            )
        return str(found.experiment_id)

    def _artifacts(self, name: str) -> str | None:
        """Return where figures go: beside a file; a server has a place for them."""
        if self._path is not None:
            return (self._path.parent / "artifacts" / name).as_uri()
        if self._place.startswith("http"):
            return None
        return (Path.cwd() / "artifacts" / name).as_uri()


def _reason(error: Exception) -> str:
    """Return the line of an error's text that says what happened."""
    lines = [line.strip() for line in str(error).splitlines()]
    # SQLAlchemy puts a remark before the line with the driver's own error
    telling = [line for line in lines if "Error)" in line] or lines
    return telling[0]
