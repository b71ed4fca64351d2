"""Records that this configuration and program would not make again.

Snakemake knows what made a file as long as its own folder ``.snakemake`` is there,
which results outlive: it gets deleted, or they are moved. Records say it themselves.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from gdexp.grid.experiments import Job
from gdexp.grid.grid import Grid
from gdexp.records.checked import job_records
from gdexp.records.record import FORMAT, read_ends
from gdexp.util.errors import RecordError, StaleError

TAIL = 1000  # bytes at the end of a record that hold what made it


def stale_records(grid: Grid) -> Iterator[str]:
    """Yield the record files of another configuration, program or data.

    Damaged ones are left to who reads them, which says so. As each start of the
    workflow waits for this, only files that do not begin and end as expected are read
    as a whole: 10,000 take 0.3 s instead of 2 s.
    """
    head = _heads(grid)
    for job in grid.jobs():
        path = f"{grid.results}/cells/{job.path}"
        start = head(job.experiment, job.name, job.dim, job.seeds[0])
        _, origin = grid.expected(job)
        ends = [f'"{key}":"{value}"'.encode() for key, value in origin.items()]
        if not _looks_right(path, start, ends) and _is_stale(grid, job):
            yield path


def _heads(grid: Grid) -> Callable[[str, str, int, int], bytes]:
    """Return what gives the beginning of the record of a cell."""

    @cache
    def any_seed(experiment: str, name: str, dim: int) -> str:
        cell = grid.experiments[experiment].cell(name, dim, -1)
        fields = {"format": FORMAT, "key": cell.key, "cell": cell.parameters()}
        return json.dumps(fields, separators=(",", ":"))[:-1] + ","

    def head(experiment: str, name: str, dim: int, seed: int) -> bytes:
        text = any_seed(experiment, name, dim)
        text = text.replace('/s-1"', f'/s{seed}"', 1)
        return text.replace('"seed":-1,', f'"seed":{seed},', 1).encode()

    return head


def _looks_right(path: str, start: bytes, ends: list[bytes]) -> bool:
    """Return whether a record file begins and ends as it should, or is not there."""
    try:
        with Path(path).open("rb") as file:
            if file.read(len(start)) != start:
                return False
            file.seek(max(0, file.seek(0, 2) - TAIL))
            tail = file.read()
            return all(end in tail for end in ends)
    except OSError:
        return True


def _is_stale(grid: Grid, job: Job) -> bool:
    """Return whether it is a good record, but of something else."""
    try:
        job_records(grid, job, read_ends)
    except StaleError:
        return True
    except RecordError:
        return False
    return False
