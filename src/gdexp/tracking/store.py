"""A store of runs, whoever writes it: MLflow's client or rows in its tables."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gdexp.tracking.moved import follow
from gdexp.tracking.run import Run
from gdexp.util.address import check_disk, file_of
from gdexp.util.errors import TrackingError, line_of
from gdexp.util.files import inode_of
from gdexp.util.identity import identity

PATIENCE = 120  # seconds to wait for a store that is locked or restarts
PAUSE = 60  # seconds without tracking once a store did not answer: cells go on


class NotYet(TrackingError):  # noqa: N818  # no error: it may be there in a moment
    """There is no store, or not all of it."""


@dataclass(frozen=True)
class Logged:
    """A run that a store has of a cell.

    Attributes
    ----------
    id : str
    cell, record : str
        The key of the cell and the digest of the record.
    finished : bool
        Otherwise it was cut short.
    current : bool
        Whether it is said to be that of a record of the present grid.
    """

    id: str
    cell: str
    record: str
    finished: bool
    current: bool


class Store(ABC):
    """An open store.

    Parameters
    ----------
    results : str or Path
        The results folder whose runs these are.
    uri : str
        Tracking server or database, see `gdexp.util.address`; by default an sqlite
        file below the results.

    Attributes
    ----------
    folder, uri : str or Path, and str
        As given.
    results : str
        The id of that folder, see `gdexp.util.identity`.
    experiments : dict of str to str
        Name and id of each experiment.

    Raises
    ------
    NotYet
        If the sqlite file is not there. Making one here would be the race of
        `gdexp.tracking.client.create_store`.
    TrackingError
        If it would be on a network file system.
    """

    experiments: dict[str, str]

    def __init__(self, results: str | Path, uri: str = "") -> None:
        check_disk(results, uri)
        self.folder, self.uri = results, uri
        self._path = file_of(uri, results)
        self._inode = self._path and inode_of(self._path)
        self._place = str(self._path or uri)
        self._away = 0.0
        if self._path is not None and self._inode is None:
            raise NotYet(f"no MLflow store at {self._path}")
        if self._path is not None and mark_of(self._path).exists():
            raise NotYet(
                f"the MLflow store {self._path} is being made; if nobody makes it,"
                f" delete it and {mark_of(self._path).name}"
            )
        who = identity(results)
        self.results, self._was = who.id, who.was
        if self._path is not None and not uri:
            follow(self._path, results, who)

    @abstractmethod
    def log(self, runs: Sequence[Run]) -> list[str]:
        """Log runs, each whole or not at all; return their ids.

        Raises
        ------
        TrackingError
            If the store does not take them, with the reason in one line.
        """

    @abstractmethod
    def logged(self) -> Iterator[Logged]:
        """Yield the runs of cells that it has of these results, newest first.

        Those of experiments too that the configuration has no more.
        """

    @abstractmethod
    def gather(self) -> None:
        """Make runs that these results logged under ids that they gave up theirs."""

    @abstractmethod
    def mark(self, runs: Sequence[str], current: bool) -> None:
        """Say of runs whether they are those of records of the present grid."""

    @abstractmethod
    def delete(self, run: str) -> None:
        """Delete a run, as in MLflow's UI."""

    def check(self) -> None:
        """Raise TrackingError at once if it is of no use to log now.

        That is for a minute after the store did not answer; and once its file was
        deleted, when open connections would write to a file that nobody finds.
        """
        if self._away and time.monotonic() < self._away + PAUSE:
            raise TrackingError(f"{self._place} did not answer a moment ago")
        if self._path is not None and inode_of(self._path) != self._inode:
            raise TrackingError(f"the MLflow store {self._path} was deleted")


def mark_of(path: Path) -> Path:
    """Return the file that says that an sqlite file is not whole yet."""
    return path.with_name(f".{path.name}.making")


@contextmanager
def in_one_line(uri: str, results: str | Path) -> Iterator[None]:
    """Make whatever is raised about a store a TrackingError.

    One that is damaged, or is something else, fails in any way; a cell whose run cannot
    be logged is untracked, not lost.
    """
    try:
        yield
    except TrackingError:
        raise
    except Exception as error:
        place = file_of(uri, results) or uri
        raise TrackingError(f"the MLflow store {place}: {line_of(error)}") from None


def reason(error: Exception) -> str:
    """Return the line of an error's text that says what happened."""
    lines = [line.strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line] or [type(error).__name__]
    # SQLAlchemy puts a remark before the line with the driver's own error
    telling = [line for line in lines if "Error)" in line] or lines
    return telling[0]
