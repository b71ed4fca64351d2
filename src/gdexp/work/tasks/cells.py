"""Tasks that compute cells, and those that make the MLflow store agree with them."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from gdexp.records.checked import whole_records
from gdexp.records.record import read_records
from gdexp.tracking import RowStore, Views, create_store, log_summary, make_store
from gdexp.tracking.run import Run
from gdexp.util.errors import TrackingError
from gdexp.util.files import write_json
from gdexp.work.jobs import run_job
from gdexp.work.tasks.context import Context


def store(context: Context) -> None:
    """Open the MLflow store with its experiments; make what is not there."""
    grid = context.grid
    context.store = make_store(
        grid.results, grid.experiments, grid.tracking_uri, grid.writer
    )


def cell(context: Context, job: str, output: str, track: str) -> None:
    """Compute and record the cells of a job; see `gdexp.work.jobs`.

    Parameters
    ----------
    context : Context
    job : str
    output : str
        The record file.
    track : {"now", "then", ""}
        When to log their runs: before this returns, after it was answered, or not here.
    """
    asked = context.grid.job(job)
    records = run_job(context.grid, asked, Path(output), context.say)
    if track == "now":
        context.tracker.track(asked, records)
    elif track == "then":
        context.later.append(partial(context.tracker.track, asked, records))


def late(context: Context, jobs: Sequence[tuple[str, str]]) -> None:
    """Track the cells of jobs that ended before the store was there.

    Together if it takes rows: each through MLflow's client is noted by itself, so that
    a server that goes away in between costs no other.
    """
    read = ((job, list(read_records([output]))) for job, output in jobs)
    done = [(context.grid.job(job), records) for job, records in read]
    if not isinstance(context.store, RowStore):
        for job, records in done:
            context.tracker.track(job, records)
        return
    results, digest = context.store.results, context.grid.digest
    logged = [Run.of(record, results, digest) for _, each in done for record in each]
    context.store.log(logged)
    for job, records in done:
        context.tracker.note(job, records)


def after(context: Context) -> None:
    """Do what the task that was answered has left for later, if it has."""
    while context.later:
        context.later.pop(0)()


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


def track(context: Context, missing: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Log the runs of some cells of some record files."""
    try:
        if context.store is None:
            raise TrackingError("not open yet")
        context.store.check()
    except TrackingError:
        # it was away or deleted while the cells ran, which says nothing about now
        store(context)
    assert context.store is not None
    results, digest = context.store.results, context.grid.digest
    context.store.log(
        [
            Run.of(record, results, digest)
            for path, keys in missing
            for record in read_records([path])
            if record.key in keys
        ]
    )


def summary(
    context: Context, experiment: str, exponents: str, files: Sequence[str], output: str
) -> None:
    """Log the summary run of an experiment."""
    from gdexp.stats.exponents import EXPONENTS
    from gdexp.util.tables import read_table

    grid = context.grid
    if context.client is None:
        # its figures are files, which MLflow copies or sends
        context.client = create_store(grid.results, grid.experiments, grid.tracking_uri)
    table = read_table(exponents, EXPONENTS)
    asked = grid.experiments[experiment]
    run_id = log_summary(
        context.client,
        experiment,
        table[table["experiment"] == experiment],
        [Path(file) for file in files],
        Views(asked.middle_dim, len(asked.specs), len(asked.dims), asked.seeds),
        grid.digest,
    )
    write_json({"run_id": run_id}, output)
