"""A store through MLflow's client: any store that MLflow knows, a request per call."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gdexp.tracking.connect import connect
from gdexp.tracking.moved import artifacts_of
from gdexp.tracking.run import CELL, CURRENT, RECORD, RESULTS, Run
from gdexp.tracking.store import PATIENCE, Logged, Store, mark_of, reason
from gdexp.util.address import check_disk, file_of
from gdexp.util.disks import journal
from gdexp.util.errors import TrackingError
from gdexp.util.files import alone

if TYPE_CHECKING:
    import mlflow.entities

# The UI shows an experiment's runs first, not traces of language models.
KIND = {"mlflow.experimentKind": "custom_model_development"}
NAME = "gdexp.experiment"  # a tag: it is found by it after it was renamed in the UI
PAGE = 5000

T = TypeVar("T")


def create_store(
    results: str | Path, experiments: Iterable[str], uri: str = ""
) -> "ClientStore":
    """Create the store and its experiments; what exists is left as it is.

    Parameters
    ----------
    results : str or Path
    experiments : iterable of str
    uri : str
        As of `gdexp.tracking.store.Store`.

    Raises
    ------
    TrackingError
        If the store cannot be written or an experiment was deleted in it.
    """
    check_disk(results, uri)
    path = file_of(uri, results)
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with alone(path.with_name(".lock")) as certain:
                _create_file(path, certain)
        return ClientStore(results, experiments, uri)
    except (OSError, sqlite3.Error) as error:
        raise TrackingError(f"cannot create the MLflow store {path}: {error}") from None


def _create_file(path: Path, certain: bool) -> None:
    """Make an sqlite file with MLflow's tables, if it is not there, whole."""
    making = mark_of(path)
    if certain and making.exists():
        # whoever made it was killed, and MLflow cannot go on with some of its tables
        if not _has_runs(path):
            path.unlink(missing_ok=True)
        making.unlink()
    fresh = not path.exists()
    if fresh:  # what a deleted one has left would be read into it
        for end in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        making.touch()
    # WAL, if the disk has what it needs: the UI reads while cells write, and a commit
    # costs one disk write
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal(path.parent)}")
    if fresh:
        connect(path, PATIENCE)
        making.unlink()


def _has_runs(path: Path) -> bool:
    """Return whether an sqlite file is somebody's, put in the place of a new one."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
        try:
            return connection.execute("SELECT 1 FROM runs").fetchone() is not None
        except sqlite3.Error as error:
            return "no such table" not in str(error)


class ClientStore(Store):
    """A store that was created before; experiments that it lacks are made.

    Parameters
    ----------
    results : str or Path
    experiments : iterable of str
    uri : str
        As of `gdexp.tracking.store.Store`.

    Attributes
    ----------
    client : mlflow.MlflowClient

    Raises
    ------
    TrackingError
        If it cannot be used, or an experiment was deleted in it.
    """

    def __init__(
        self, results: str | Path, experiments: Iterable[str], uri: str = ""
    ) -> None:
        super().__init__(results, uri)
        # One process at a time: eight that first touch an empty sqlite store at once
        # all try to create its tables, and seven of them fail.
        with alone(self._path.with_name(".lock")) if self._path else nullcontext():
            self.client = connect(self._path or uri, PATIENCE)
            self.check()  # it may have been deleted in these seconds
            self.experiments = {name: self._experiment(name) for name in experiments}

    def log(self, runs: Sequence[Run]) -> list[str]:
        """As `Store.log`, three calls for each run."""
        from mlflow.entities import Metric, Param

        ids = []
        for run in runs:
            self.check()
            made = self.call(
                self.client.create_run,
                self.experiments[run.experiment],
                start_time=run.time,
                tags=run.tags,
                run_name=run.name,
            )
            ids.append(str(made.info.run_id))
            metrics = [
                Metric(key, value, run.time, step) for key, value, step in run.metrics
            ]
            params = [Param(key, value) for key, value in run.params.items()]
            self.call(self.client.log_batch, ids[-1], metrics=metrics, params=params)
            self.call(self.client.set_terminated, ids[-1], status="FINISHED")
        return ids

    def logged(self) -> Iterator[Logged]:
        """As `Store.logged`."""
        for run in self.search(*self._everywhere()):
            tags = run.data.tags
            if CELL in tags:
                finished = run.info.status == "FINISHED"
                current = tags.get(CURRENT) == "true"
                cell, record = tags[CELL], tags[RECORD]
                yield Logged(run.info.run_id, cell, record, finished, current)

    def gather(self) -> None:
        """As `Store.gather`, a call for each run."""
        for was in self._was:
            for run in list(self.search(*self._everywhere(), results=was)):
                self.call(self.client.set_tag, run.info.run_id, RESULTS, self.results)

    def mark(self, runs: Sequence[str], current: bool) -> None:
        """As `Store.mark`, a call for each run."""
        for run in runs:
            self.call(self.client.set_tag, run, CURRENT, str(current).lower())

    def delete(self, run: str) -> None:
        """As `Store.delete`."""
        self.call(self.client.delete_run, run)

    def search(
        self, *experiments: str, condition: str = "", results: str = ""
    ) -> "Iterator[mlflow.entities.Run]":
        """Yield the runs of experiments and of these results, page by page."""
        own = f"tags.`{RESULTS}` = '{results or self.results}'"
        condition = f"{own} and {condition}" if condition else own
        token = None
        while True:
            page = self.call(
                self.client.search_runs,
                list(experiments),
                condition,
                max_results=PAGE,
                page_token=token,
            )
            yield from page
            token = page.token
            if not token:
                return

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
                # MLflow itself tries again over HTTP; a database says this at once, and
                # MLflow of a file in which a table is missing too
                passing = error.error_code == "TEMPORARILY_UNAVAILABLE"
                passing &= self._path is None or "locked" in str(error)
                if not passing or time.monotonic() > end:
                    # a run that it refuses says nothing about the next one
                    status: int = error.get_http_status_code()  # type: ignore[no-untyped-call]
                    if status >= 500:
                        self._away = time.monotonic()
                    raise TrackingError(f"{self._place}: {reason(error)}") from None
            time.sleep(0.2)

    def _everywhere(self) -> list[str]:
        return [each.experiment_id for each in self._all()]

    def _all(self, condition: str = "") -> "Sequence[mlflow.entities.Experiment]":
        """Return the experiments that the store has, whatever they are called."""
        found: list[mlflow.entities.Experiment] = []
        token = None
        while True:
            page = self.call(
                self.client.search_experiments,
                filter_string=condition,
                page_token=token,
            )
            found += page
            token = page.token
            if not token:
                return found

    def _experiment(self, name: str) -> str:
        """Return the id of an experiment, made if it is not there yet."""
        from mlflow.exceptions import MlflowException

        found = self.call(self.client.get_experiment_by_name, name)
        if found is None:
            found = next(iter(self._all(f"tags.`{NAME}` = '{name}'")), None)
        if found is None:
            try:
                made = self.client.create_experiment(
                    name, self._artifacts(name), KIND | {NAME: name}
                )
                return str(made)
            except MlflowException:  # another process was faster
                found = self.call(self.client.get_experiment_by_name, name)
        if found is None or found.lifecycle_stage != "active":
            raise TrackingError(deleted(name, self._place))
        return str(found.experiment_id)

    def _artifacts(self, name: str) -> str | None:
        """Return where figures go: beside a file; a server has a place for them."""
        if self._path is not None:
            return artifacts_of(self._path, name)
        if self._place.startswith("http"):
            return None
        return (Path.cwd() / "artifacts" / name).as_uri()


def deleted(experiment: str, place: str) -> str:
    """Return what to do about an experiment that was deleted."""
    return (
        f"experiment {experiment!r} was deleted in {place}; restore it with"
        " 'mlflow experiments restore', or delete the store and call 'gdexp sync'"
    )
