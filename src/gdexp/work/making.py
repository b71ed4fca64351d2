"""The MLflow store in the making, while cells already run."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from gdexp.grid.grid import Grid
from gdexp.util.address import check_disk, file_of
from gdexp.util.disks import journal
from gdexp.util.errors import JobError, TrackingError
from gdexp.util.files import has_room
from gdexp.work.upload import upload
from gdexp.work.workers import Workers


def check_store(grid: Grid, tried: bool) -> str:
    """Look whether the disk for the store takes one.

    Parameters
    ----------
    grid : Grid
    tried : bool
        Whether to try an sqlite file, for which something is written.

    Returns
    -------
    str
        What is lost on it, "" if nothing is.

    Raises
    ------
    TrackingError
        If it takes none, with what to do.
    """
    check_disk(grid.results, grid.tracking_uri)
    path = file_of(grid.tracking_uri, grid.results)
    folder = Path(grid.results, "tracking")
    if not tried:
        return ""
    if not has_room(folder):
        raise TrackingError(
            f"no files can be in {folder}, where it is noted what has a run; delete it,"
            " or let it be a folder that takes files"
        )
    if path is None:
        return ""
    try:
        mode = journal(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise TrackingError(
            f"no MLflow store can be at {path}: {error}; set tracking.uri to a server,"
            " or call 'gdexp sync --uri sqlite:///PATH' with a path on another disk"
        ) from None
    if mode == "wal":
        return ""
    return (
        f"no shared memory on the disk of {path}: MLflow's UI and the cells wait for"
        " each other"
    )


class Making:
    """The task that makes the store, and the cells that end before it has.

    MLflow takes seconds to import and to fill an empty store with its tables. Cells
    that are done before are tracked as soon as it is there.

    Parameters
    ----------
    workers : Workers
    say : callable
        Called with the error, in a line, if it cannot be made.
    """

    def __init__(self, workers: Workers, say: Callable[[str], None]) -> None:
        self._workers = workers
        self._say = say
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._early: list[tuple[str, str]] = []
        self._log = ""
        self._over = True

    def start(self, log: str) -> None:
        """Begin; what is printed goes to a log."""
        self._log, self._over = log, False
        self._thread = threading.Thread(target=self._make, daemon=True)
        self._thread.start()

    def cell(self, *, log: str, job: str, output: str) -> None:
        """Do the task of a cell. Safe to call from threads.

        Its runs are logged once the job is said to be done, while Snakemake looks for
        the next: by the worker, or by the one that makes the store if it is not there.

        Raises
        ------
        JobError
            As `Workers.do`.
        """
        track = "then" if self._over else ""
        if self._thread is None:  # a job on a cluster: this process ends with it
            track = "now"
        self._workers.do("cell", log=log, job=job, output=output, track=track)
        if track:
            return
        with self._lock:
            self._early.append((job, output))
            over = self._over
        if over:  # meanwhile
            self._track_early()

    def upload(
        self, files: Sequence[str | Path], *, log: str, cores: int
    ) -> dict[str, int]:
        """Make the store agree with record files, see `gdexp.work.upload.upload`."""
        self.join()
        return upload(self._workers, files, log=log, cores=cores)

    def join(self) -> None:
        """Wait until it is made, or cannot be, and cells that ended are tracked."""
        if self._thread is not None:
            self._thread.join()
        self._workers.rest()

    def _make(self) -> None:
        try:
            self._workers.do("store", log=self._log)
        except JobError as error:
            self._say(str(error))
        finally:
            with self._lock:
                self._over = True
        self._track_early()

    def _track_early(self) -> None:
        with self._lock:
            early, self._early = self._early, []
        if early:
            try:
                self._workers.do("late", log=self._log, jobs=early)
            except JobError as error:
                self._say(str(error))
