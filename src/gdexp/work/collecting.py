"""The table of an experiment of many cells, put together by several workers.

To read a record takes a tenth of a millisecond, and a row of a table in the making some
kilobytes: of 100,000 cells ten seconds and half a gigabyte, in one process. So each
worker reads the records of some model entries, and these are joined as text.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from gdexp.grid.grid import Grid
from gdexp.work.workers import Workers

MANY = 10_000  # cells


def collect(
    workers: Workers,
    grid: Grid,
    experiment: str,
    records: Sequence[str],
    output: str,
    *,
    log: str,
    cores: int,
) -> None:
    """Make the table of the cells of an experiment, see `gdexp.work.tasks.tables`.

    Raises
    ------
    JobError
        As `Workers.do`.
    """
    asked = {"experiment": experiment, "output": output}
    if sum(len(job.seeds) for job in grid.jobs(experiment)) < MANY:
        workers.do("table", log=log, records=list(records), **asked)
        return
    entries: dict[str, list[str]] = {}
    for path in records:
        entries.setdefault(grid.job(path).name, []).append(path)
    with TemporaryDirectory(dir=Path(output).parents[3]) as folder:
        # in the order of the rows of a table
        parts = {name: f"{folder}/{k}.csv" for k, name in enumerate(sorted(entries))}

        def read(name: str) -> None:
            own = str(Path(log).with_suffix(f".{Path(parts[name]).stem}.log"))
            workers.do("rows", log=own, records=entries[name], output=parts[name])

        with ThreadPoolExecutor(cores) as pool:
            list(pool.map(read, parts))
        workers.do("table", log=log, parts=list(parts.values()), **asked)
