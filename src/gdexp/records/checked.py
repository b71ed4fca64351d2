"""Record files that are what a grid asks for: whole, of its cells and this program."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from gdexp.grid.grid import Grid
from gdexp.grid.job import Job
from gdexp.records.examine import examine
from gdexp.records.record import Record
from gdexp.util.errors import ConfigError, RecordError


def checked(grid: Grid, paths: Iterable[str | Path]) -> Iterator[Record]:
    """Yield the records of record files; RecordError unless each is good."""
    for path in paths:
        yield from examine(grid, _job_of(grid, path)).good()


def whole_records(grid: Grid, path: str | Path) -> list[Record]:
    """Read a record file that another program or configuration may have made.

    Raises
    ------
    RecordError
        If it is neither good nor stale, see `examine`.
    """
    return examine(grid, _job_of(grid, path)).known("good", "stale")


def _job_of(grid: Grid, path: str | Path) -> Job:
    """Return the job that a record file is named after."""
    try:
        return grid.job(str(path))
    except ConfigError as error:
        raise RecordError(f"record file {path} is none of this grid: {error}") from None
