"""Sync: make the store agree with the records, whatever happened to it."""

from collections.abc import Iterable
from dataclasses import dataclass

from gdexp.records.record import Record
from gdexp.tracking.run import Run
from gdexp.tracking.store import Logged, Store


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
        self._runs: dict[str, list[Logged]] = {}
        self._back: list[str] = []
        self.done = Synced()
        store.gather()
        for run in store.logged():
            self._runs.setdefault(run.cell, []).append(run)

    def has(self, record: Record) -> bool:
        """Return whether there is a finished run of exactly this record.

        Others of the same cell are deleted: those that were cut short, doubles, and
        runs of another record of it.
        """
        kept = False
        for run in self._runs.pop(record.key, []):
            if run.finished and not kept and run.record == record.digest:
                kept = True
                if not run.current:
                    self._back.append(run.id)
            else:
                self._delete(run)
        self.done.kept += kept
        return kept

    def close(self) -> None:
        """Say which runs are current: those of cells that a record was given for.

        Of the others those that were cut short are deleted.
        """
        gone = []
        for runs in self._runs.values():
            for run in runs:
                if not run.finished:
                    self._delete(run)
                elif run.current:
                    gone.append(run.id)
        self._store.mark(gone, current=False)
        self._store.mark(self._back, current=True)

    def _delete(self, run: Logged) -> None:
        self._store.delete(run.id)
        self.done.removed += 1


def sync(store: Store, records: Iterable[Record], config_digest: str) -> Synced:
    """Give each record exactly one finished run, and a second sync nothing to do.

    In this process; `gdexp.work.upload` does it with several.
    """
    tracked = Tracked(store)
    missing = [record for record in records if not tracked.has(record)]
    store.log([Run.of(record, store.results, config_digest) for record in missing])
    tracked.done.added = len(missing)
    tracked.close()
    return tracked.done
