"""Record files that are what a grid asks for: whole, of its cells and this program."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gdexp.core.outcome import KINDS, STATUSES
from gdexp.grid.experiments import Job
from gdexp.grid.grid import Grid
from gdexp.grid.names import slug, unslug
from gdexp.records.record import SERIES, Record, read_records
from gdexp.util.errors import ConfigError, RecordError, StaleError, shown

NAMES = {"experiment", "name", "dim", "seed"}
COUNTS = ("unclear", "updates", "sample_gradients")
ORIGIN = {"gdexp", "code", "commit", "dirty"}


def job_records(
    grid: Grid, job: Job, read: Callable[[Path], Iterable[Record]] | None = None
) -> list[Record]:
    """Read the record file of a job and look whether it is what this grid asks for.

    Parameters
    ----------
    grid : Grid
    job : Job
    read : callable
        `gdexp.records.record.read_ends`, or by default `read_records`.

    Raises
    ------
    RecordError
        If it has other cells than the job, or a record of another configuration,
        another program or other data; and as `read_records`.
    """
    path = Path(grid.results, "cells", job.path)
    records = _records(path, job, read)
    cell, origin = grid.expected(job)
    for record, seed in zip(records, job.seeds, strict=True):
        # as text: 1, 1.0 and true are equal, and the order of keys counts
        same = {"configuration": repr(record.cell) == repr(cell | {"seed": seed})}
        for key, kind in (("code", "program"), ("data", "data file")):
            same[kind] = key not in origin or record.made_by.get(key) == origin[key]
        what = next((kind for kind, holds in same.items() if not holds), None)
        if what:
            raise StaleError(
                f"the record of cell {record.key} in {path} is of another {what};"
                f" {_hint(path)}"
            )
    return records


def checked(grid: Grid, paths: Iterable[str | Path]) -> Iterator[Record]:
    """Yield the records of record files; RecordError as `job_records`."""
    for path in paths:
        yield from job_records(grid, _job_of(grid, Path(path)))


def whole_records(grid: Grid, path: str | Path) -> list[Record]:
    """Read a record file that another program or configuration may have made.

    Raises
    ------
    RecordError
        If it has other cells than those it is named after; and as `read_records`.
    """
    return _records(Path(path), _job_of(grid, Path(path)), None)


def _job_of(grid: Grid, path: Path) -> Job:
    """Return the job that a record file is named after."""
    experiment, name, dim, _ = path.parts[-4:]
    try:
        return grid.job(experiment, unslug(name), int(dim[1:]), path.stem[1:])
    except (ConfigError, ValueError) as error:
        raise RecordError(f"record file {path} is none of this grid: {error}") from None


def _records(
    path: Path, job: Job, read: Callable[[Path], Iterable[Record]] | None
) -> list[Record]:
    records = list(read(path) if read else read_records([path]))
    start = f"{job.experiment}/{slug(job.name)}/d{job.dim}/s"
    wanted = [f"{start}{seed}" for seed in job.seeds]
    found = [record.key for record in records]
    if found != wanted:
        odd = next((key for key in found if key not in wanted), None)
        what = f"has cell {shown(odd)}, which is another"
        if odd is None:
            what = f"has {len(found)} records, not the {len(wanted)} of its cells"
        raise RecordError(f"record file {path} {what}; {_hint(path)}")
    for record in records:
        if not _well_formed(record, whole=read is None):
            raise RecordError(
                f"the record of cell {record.key} in {path} is damaged; {_hint(path)}"
            )
    return records


def _well_formed(record: Record, whole: bool) -> bool:
    """Return whether the values are of the kinds that tables and figures count on."""
    parts = (record.cell, record.outcome, record.trajectory, record.made_by)
    if not all(isinstance(part, dict) for part in parts):
        return False
    cell, end = record.cell, record.outcome
    if not cell.keys() >= NAMES:
        return False
    place = f"{cell['experiment']}/{slug(str(cell['name']))}"
    if f"{place}/d{cell['dim']}/s{cell['seed']}" != record.key:
        return False
    if not record.made_by.keys() >= ORIGIN:
        return False
    if end.get("outcome") not in STATUSES.values():
        return False
    # none where steps are not compared, or after an overflow
    some = (end.get(name) for name in ("rising_steps", "final_misclassified"))
    if not all(x is None or _is_count(x) for x in some):
        return False
    if not _is_count(end.get("iterations")):
        return False
    numbers = [*(f"final_{name}" for name in SERIES[1:]), "margin_over_bound"]
    if not all(_is_number(end.get(name, "")) for name in numbers):
        return False
    # an end without certificate is no separation
    if (end.get("certificate") in KINDS) != (end["outcome"] == "separated"):
        return False
    if not all(map(_is_count, map(end.get, COUNTS))):
        return False
    if not whole:
        return True
    names = [*SERIES, *str(cell.get("observe") or "").split()]
    series = [record.trajectory.get(name) for name in names]
    return (
        all(isinstance(values, list) and values for values in series)
        and len({len(values) for values in series if values}) == 1
        and all(_is_number(x) for values in series if values for x in values)
        and all(map(_is_count, series[0] or []))
    )


def _is_count(x: object) -> bool:
    return type(x) is int and 0 <= x < 2**63


def _is_number(x: object) -> bool:
    return x is None or type(x) in (int, float)


def _hint(path: Path) -> str:
    return f"delete {path} and run the workflow again"
