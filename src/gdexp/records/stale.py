"""Records that are to be made: they are not there, or would not be made so again.

Snakemake knows what made a file as long as its own folder ``.snakemake`` is there,
which results outlive: it gets deleted, or they are moved. Records say it themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gdexp.grid.grid import Grid
from gdexp.grid.job import Job
from gdexp.records.looks import Looks
from gdexp.util.errors import OldError


@dataclass(frozen=True)
class Survey:
    """What the record files of a grid are like.

    Attributes
    ----------
    absent, stale : list of Job
        Those of jobs that have none, and those of another configuration, program or
        data. Damaged ones are left to who reads them, which says so.
    contents : mapping of str to bytes
        As of `gdexp.records.looks.Looks`.
    """

    absent: list[Job]
    stale: list[Job]
    contents: Mapping[str, bytes]

    @classmethod
    def of(cls, grid: Grid) -> "Survey":
        """Look at the record files of all jobs.

        Raises
        ------
        OldError
            If there are records of an older gdexp.
        """
        looks = Looks(grid)
        found: dict[str, list[Job]] = {"absent": [], "stale": []}
        for job in grid.jobs():
            seen = looks.at(job)
            if seen.state == "old":
                raise OldError(seen.reason)
            if seen.state in found:
                found[seen.state].append(job)
        return cls(found["absent"], found["stale"], looks.contents)
