"""Records that this configuration and program would not make again.

Snakemake knows what made a file as long as its own folder ``.snakemake`` is there,
which results outlive: it gets deleted, or they are moved. Records say it themselves.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gdexp.grid.grid import Grid
from gdexp.grid.job import Job
from gdexp.records.examine import examine
from gdexp.records.record import FORMAT, read_ends

TAIL = 1000  # bytes at the end of a record that hold what made it


def stale_records(grid: Grid) -> Iterator[str]:
    """Yield the record files of another configuration, program or data.

    Damaged ones are left to who reads them, which says so. As each start of the
    workflow waits for this, only files that do not begin and end as is expected of them
    are examined as a whole: 10,000 take 0.3 s instead of 2 s.

    Raises
    ------
    OldError
        If there are records of an older gdexp.
    """
    looks = _Looks(grid)
    for job in grid.jobs():
        path = f"{grid.results}/cells/{job.path}"
        if not looks.right(path, job):
            found = examine(grid, job, read_ends)
            if found.state == "old":
                found.good()
            if found.state == "stale":
                yield path


class _Looks:
    """How the record files of a grid begin and end, by what is expected of them."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._ends = cache(self._made)

    def right(self, path: str, job: Job) -> bool:
        """Return whether a file begins and ends as it should, or is not there."""
        text, tails = self._ends(job.experiment, job.name, job.dim)
        seed = job.seeds[0]
        text = text.replace('/s-1"', f'/s{seed}"', 1)
        start = text.replace('"seed":-1,', f'"seed":{seed},', 1).encode()
        try:
            with Path(path).open("rb") as file:
                if file.read(len(start)) != start:
                    return False
                file.seek(max(0, file.seek(0, 2) - TAIL))
                end = file.read()
        except OSError:
            return True
        return all(tail in end for tail in tails)

    def _made(self, experiment: str, name: str, dim: int) -> tuple[str, list[bytes]]:
        """Return the beginning, of the seed -1, and what is in the end."""
        job = Job(experiment, name, dim, range(-1, 0))
        expected = self._grid.expected(job)
        cell = expected.cell | {"seed": -1}
        fields = {"format": FORMAT, "key": job.keys[0], "cell": cell}
        text = json.dumps(fields, separators=(",", ":"))[:-1] + ","
        origin = {"code": expected.code, "data": expected.data}
        return text, [f'"{key}":"{x}"'.encode() for key, x in origin.items() if x]
