"""Sync: make the store agree with the records, whatever happened to it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gdexp.records.record import Record
from gdexp.tracking.runs import CELL, RECORD, RESULTS, log_cell
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


class Tracked:
    """The runs that a store has of a results folder, to be compared with its records.

    Runs of other results folders are never looked at, nor are runs that are no cells.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._runs: dict[str, list[Run]] = {}
        self.done = Synced()
        for experiment_id in store.experiments.values():
            for run in runs_of(store, experiment_id):
                if CELL in run.data.tags:
                    self._runs.setdefault(run.data.tags[CELL], []).append(run)

    def has(self, record: Record) -> bool:
        """Return whether there is a finished run of exactly this record.

        Others of the same cell are deleted: those that were cut short, doubles, and
        runs of another record of it.
        """
        kept = False
        for run in self._runs.pop(record.key, []):
            finished = run.info.status == "FINISHED"
            if finished and not kept and run.data.tags[RECORD] == record.digest:
                kept = True
            else:
                self._delete(run)
        self.done.kept += kept
        return kept

    def close(self) -> None:
        """Delete runs that were cut short of cells that no record was given for."""
        for runs in self._runs.values():
            for run in runs:
                if run.info.status != "FINISHED":
                    self._delete(run)

    def _delete(self, run: "Run") -> None:
        self._store.call(self._store.client.delete_run, run.info.run_id)
        self.done.removed += 1


def sync(store: Store, records: Iterable[Record], config_digest: str) -> Synced:
    """Give each record exactly one finished run, and a second sync nothing to do.

    In this process; `gdexp.work.upload` does it with several.
    """
    tracked = Tracked(store)
    for record in records:
        if not tracked.has(record):
            log_cell(store, record, config_digest)
            tracked.done.added += 1
    tracked.close()
    return tracked.done


def runs_of(store: Store, experiment_id: str, condition: str = "") -> "Iterator[Run]":
    """Yield the runs of an experiment and of these results, page by page."""
    own = f"tags.`{RESULTS}` = '{store.results}'"
    condition = f"{own} and {condition}" if condition else own
    token = None
    while True:
        page = store.call(
            store.client.search_runs,
            [experiment_id],
            condition,
            max_results=PAGE,
            page_token=token,
        )
        yield from page
        token = page.token
        if not token:
            return
