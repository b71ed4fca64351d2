"""Tasks that compute cells, and those that make the MLflow store agree with them."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from gdexp.records.checked import whole_records
from gdexp.records.record import read_records
from gdexp.tracking import PAUSE, create_store, log_cell, log_summary
from gdexp.util.errors import TrackingError
from gdexp.util.files import write_json
from gdexp.work.jobs import open_store, run_job
from gdexp.work.tasks.context import Context


def store(context: Context) -> None:
    """Create the MLflow store with its experiments."""
    grid = context.grid
    context.store = create_store(grid.results, grid.experiments, grid.tracking_uri)


def cell(context: Context, job: str, output: str) -> None:
    """Compute, record and track the cells of a job; see `gdexp.work.jobs.run_job`."""
    now = time.monotonic()
    # to learn that nobody answers takes seconds: not once per cell
    if context.store is None and context.tracked and now > context.tried + PAUSE:
        context.store = open_store(context.grid)
        context.tried = time.monotonic()
    asked = context.grid.job(job)
    run_job(context.grid, asked, Path(output), context.store, context.say)


def plan(context: Context, records: Sequence[str]) -> dict[str, object]:
    """Delete runs that are not as the records say; return the cells without a run."""
    from gdexp.tracking.sync import Tracked

    store(context)
    assert context.store is not None
    tracked = Tracked(context.store)
    missing = []
    for path in records:
        keys = [
            record.key
            for record in whole_records(context.grid, path)
            if not tracked.has(record)
        ]
        if keys:
            missing.append((path, keys))
    tracked.close()
    return {**asdict(tracked.done), "missing": missing}


def track(context: Context, path: str, keys: Sequence[str]) -> None:
    """Log the runs of some cells of a record file."""
    try:
        if context.store is None:
            raise TrackingError("not open yet")
        context.store.check()
    except TrackingError:
        # it was away or deleted while the cells ran, which says nothing about now
        store(context)
    assert context.store is not None
    for record in read_records([path]):
        if record.key in keys:
            log_cell(context.store, record, context.grid.digest)


def summary(
    context: Context, experiment: str, exponents: str, files: Sequence[str], output: str
) -> None:
    """Log the summary run of an experiment."""
    from gdexp.stats.exponents import EXPONENTS
    from gdexp.util.tables import read_table

    store(context)
    assert context.store is not None
    table = read_table(exponents, EXPONENTS)
    run_id = log_summary(
        context.store,
        experiment,
        table[table["experiment"] == experiment],
        [Path(file) for file in files],
        context.grid.digest,
    )
    write_json({"run_id": run_id}, output)
