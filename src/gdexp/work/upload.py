"""Upload: a sync with several workers at once, and a bar that shows how far it is.

Most of a run's cost is MLflow's own computing, so a process per core is what helps. It
may be cut short at any time: the next one goes on with what is missing.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gdexp.figures import summary_files
from gdexp.grid.grid import Grid
from gdexp.tracking import BATCH
from gdexp.util.address import check_disk
from gdexp.util.errors import ConfigError, JobError
from gdexp.util.files import hold, write_json
from gdexp.work.notes import Notes
from gdexp.work.products import products
from gdexp.work.progress import bar, say
from gdexp.work.workers import Workers


def upload(
    workers: Workers, files: Sequence[str | Path], *, log: str, cores: int
) -> dict[str, int]:
    """Make the store agree with record files, see `gdexp.tracking.sync`.

    Parameters
    ----------
    workers : Workers
        Of the configuration that says where the store is.
    files : sequence of str or Path
        Record files.
    log : str
        File for what the workers print; each has its own, numbered.
    cores : int
        How many workers log at once.

    Returns
    -------
    dict of str to int
        Runs that were ``kept``, ``added`` and ``removed``.

    Raises
    ------
    JobError
        If the store does not take a run; those before it are kept.
    """
    paths = [str(file) for file in files]
    done = workers.do("plan", log=log, records=paths)
    missing = done.pop("missing")
    total = sum(len(keys) for _, keys in missing)
    chunks = _chunks(missing)
    failed: list[JobError] = []

    def send(slot: int) -> None:
        own = str(Path(log).with_suffix(f".{slot}.log"))
        for some in chunks[slot::cores]:
            if failed:
                return
            try:
                workers.do("track", log=own, missing=some)
            except JobError as error:
                failed.append(error)
                return
            progress.update(sum(len(keys) for _, keys in some))

    with bar(total, "runs uploaded") as progress, ThreadPoolExecutor(cores) as pool:
        list(pool.map(send, range(min(cores, len(chunks)))))
    if failed:
        say(f"{progress.n} of {total} runs uploaded")
        raise failed[0]
    return {"kept": done["kept"], "added": total, "removed": done["removed"]}


def _chunks(missing: Sequence[tuple[str, list[str]]]) -> list[list[Any]]:
    """Return files and keys in parts of about as many runs as a transaction has."""
    chunks: list[list[Any]] = [[]]
    size = 0
    for path, keys in missing:
        if size >= BATCH:
            chunks.append([])
            size = 0
        chunks[-1].append((path, keys))
        size += len(keys)
    return [chunk for chunk in chunks if chunk]


def sync_results(
    config: Mapping[str, Any], cores: int, uri: str | None = None
) -> dict[str, int]:
    """Make the store agree with all records that a configuration has, outside a run.

    The summary runs too, of experiments whose tables and figures are there.

    Parameters
    ----------
    config : mapping
        A configuration, as read.
    cores : int
    uri : str or None
        Another store than the configuration's: then nothing below the results says
        that its own was made to agree.

    Returns
    -------
    dict of str to int
        As `upload`.

    Raises
    ------
    ConfigError
        If the configuration is wrong, there are no records, or the workflow or another
        sync is at work on them.
    TrackingError
        If an sqlite store would be on a network file system.
    JobError
        As `upload`.
    """
    own = uri is None or uri == Grid.of(config).tracking_uri
    if not own:
        config = {**config, "tracking": {**config.get("tracking", {}), "uri": uri}}
    grid = Grid.of(config)
    paths = (Path(grid.results, "cells", job.path) for job in grid.jobs())
    files = [path for path in paths if path.exists()]
    if not files:
        raise ConfigError(
            f"no records of this configuration below {grid.results}/cells"
        )
    check_disk(grid.results, grid.tracking_uri)
    # runs that are not finished are deleted: not those of cells that just log theirs
    with (
        closing(hold(grid.results)),
        closing(Workers(config)) as workers,
        TemporaryDirectory() as elsewhere,
    ):
        tracking = Path(grid.results, "tracking") if own else Path(elsewhere)
        known = {(each.rule, each.name): each for each in products(grid)} if own else {}
        log = f"{grid.results}/logs/sync.log"
        with Notes(grid.results).making_if_ready(known.get(("sync", ""))):
            done = upload(workers, files, log=log, cores=cores)
            write_json(done, tracking / "synced.json")
        for name in grid.experiments:
            below = summary_files(grid, name)
            named = [f"{grid.results}/{file}" for file in below]
            if all(Path(file).exists() for file in named):
                with Notes(grid.results).making_if_ready(known.get(("summary", name))):
                    workers.do(
                        "summary",
                        log=f"{grid.results}/logs/summary/{name}.log",
                        experiment=name,
                        exponents=f"{grid.results}/tables/exponents.csv",
                        files=named,
                        output=str(tracking / "summary" / f"{name}.json"),
                    )
    return done
