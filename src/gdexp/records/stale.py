"""Records that this configuration and program would not make again.

Snakemake knows what made a file as long as its own folder ``.snakemake`` is there,
which results outlive: it gets deleted, or they are moved. Records say it themselves.
"""

from collections.abc import Iterator

from gdexp.grid.grid import Grid
from gdexp.records.looks import Looks
from gdexp.util.errors import OldError


def stale_records(grid: Grid) -> Iterator[str]:
    """Yield the record files of another configuration, program or data.

    Damaged ones are left to who reads them, which says so.

    Raises
    ------
    OldError
        If there are records of an older gdexp.
    """
    looks = Looks(grid)
    for job in grid.jobs():
        seen = looks.at(job)
        if seen.state == "old":
            raise OldError(seen.reason)
        if seen.state == "stale":
            yield f"{grid.results}/cells/{job.path}"
