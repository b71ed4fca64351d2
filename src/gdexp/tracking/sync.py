"""Sync: make the store agree with the records, whatever happened to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gdexp.records import Record
from gdexp.tracking.runs import CELL, RECORD, log_cell
from gdexp.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

PAGE = 5000


@dataclass
class Synced:
    """What a sync did: runs that agreed, were logged, were deleted."""

    kept: int = 0
    added: int = 0
    removed: int = 0


def sync(store: Store, records: Iterable[Record], config_digest: str) -> Synced:
    """Give each record exactly one finished run, and a second sync nothing to do.

    A run of a cell is deleted if it was cut short, is a double, or shows another
    record of the same cell than the file does now. Runs of cells that are not among
    the records, finished ones, and runs that are no cells are left alone.
    """
    runs: dict[str, list[Run]] = {}
    for experiment_id in store.experiments.values():
        for run in runs_of(store, experiment_id):
            if CELL in run.data.tags:
                runs.setdefault(run.data.tags[CELL], []).append(run)

    done = Synced()
    for record in records:
        kept = False
        for run in runs.pop(record.key, []):
            finished = run.info.status == "FINISHED"
            if finished and not kept and run.data.tags[RECORD] == record.digest:
                kept = True
                done.kept += 1
            else:
                store.client.delete_run(run.info.run_id)
                done.removed += 1
        if not kept:
            log_cell(store, record, config_digest)
            done.added += 1
    for leftover in runs.values():
        for run in leftover:
            if run.info.status != "FINISHED":
                store.client.delete_run(run.info.run_id)
                done.removed += 1
    return done


def runs_of(
    store: Store, experiment_id: str, filter_string: str = ""
) -> "Iterator[Run]":
    """Yield all runs of an experiment, page by page."""
    token = None
    while True:
        page = store.client.search_runs(
            [experiment_id], filter_string, max_results=PAGE, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return
