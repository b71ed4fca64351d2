"""A job: compute its cells, write their records, then log their runs."""

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from gdexp.core.checkpoint import Checkpoint
from gdexp.grid.cells import Cell
from gdexp.grid.grid import Grid
from gdexp.grid.guests import each_by_guests
from gdexp.grid.job import Job
from gdexp.records import tracked
from gdexp.records.draft import append_record, read_draft
from gdexp.records.record import Record, write_records
from gdexp.tracking import PAUSE, Store, log_cell, open_store
from gdexp.util.digests import files_digest
from gdexp.util.errors import TrackingError
from gdexp.work.notes import unsynced

REPAIR = "'gdexp sync' repairs it"


class Tracker:
    """Logs the runs of records; what fails is said and left for a sync to mend.

    Parameters
    ----------
    grid : Grid
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._digest = grid.digest
        self._store: Store | None = None
        self._failed: TrackingError | None = None
        self._tried = 0.0
        self._notes = True  # no failure was said yet

    def track(self, job: Job, records: Iterable[Record]) -> None:
        """Log the runs of a job's records, if cells log theirs."""
        if self._grid.tracking != "inline":
            return
        logged = []
        for record in records:
            try:
                log_cell(self._opened(), record, self._digest)
            except TrackingError as error:
                print(
                    f"gdexp: untracked {record.key}: {error}; {REPAIR}", file=sys.stderr
                )
            else:
                logged.append(record)
        if logged:
            self.note(job, logged)

    def note(self, job: Job, records: Iterable[Record]) -> None:
        """Note which records of a job have a run, for who does not ask the store."""
        try:
            tracked.note(self._grid.results, job, records)
        except OSError as error:
            if self._notes:
                print(
                    f"gdexp: cannot note which cells have a run: {error.filename}:"
                    f" {error.strerror}; to 'gdexp status' they are untracked",
                    file=sys.stderr,
                )
            self._notes = False

    def _opened(self) -> Store:
        """Return the store; ask for one that cannot be opened once a minute only."""
        if self._store is None:
            now, grid = time.monotonic(), self._grid
            if self._failed and now < self._tried + PAUSE:
                raise self._failed
            try:
                self._store = open_store(
                    grid.results, grid.experiments, grid.tracking_uri, grid.writer
                )
            except TrackingError as error:
                # the reason once, not with every cell
                print(f"gdexp: not tracked: {error}; {REPAIR}", file=sys.stderr)
                self._failed, self._tried = TrackingError("no store"), now
                raise self._failed from None
        return self._store


def _checkpoint(grid: Grid, cell: Cell, say: Callable[[str], None]) -> Checkpoint:
    identity = [
        cell.spec,
        cell.dim,
        cell.seed,
        cell.spec.code,
        files_digest(cell.spec.family.files),
    ]

    def progress(iteration: int, wrong: int) -> None:
        share, accuracy = iteration / cell.spec.max_iterations, 1 - wrong / cell.spec.n
        say(f"{cell.key}: {share:.0%} of the cap, accuracy {accuracy:.4f}")

    # absolute: a model of the user's own may change the working folder
    path = Path(grid.results, "checkpoints", f"{cell.key}.npz").absolute()
    return Checkpoint(path, repr(identity), progress)


def run_job(
    grid: Grid,
    job: Job,
    output: Path,
    say: Callable[[str], None] = print,
) -> list[Record]:
    """Run the cells of a job, the same way wherever it is called, and keep the records.

    A failure to track them afterwards leaves cells untracked, but loses nothing.

    Parameters
    ----------
    grid : Grid
    job : Job
    output : Path
        The record file.
    say : callable
        Called now and then with how far a long cell is, in one line.
    """
    # what a job of many cells had finished when it was cut short, by a time limit say
    draft = Path(grid.results, "checkpoints", job.path).absolute()
    drafted = {record.key: record for record in read_draft(draft)}
    cells = {cell.seed: cell for cell in grid.cells(job)}
    expected = grid.expected(job)
    kept = {
        seed: record
        for seed, cell in cells.items()
        if (record := drafted.get(cell.key))
        and not expected.difference(record.cell, record.made_by, seed)
    }
    checkpoints = {
        seed: _checkpoint(grid, cell, say)
        for seed, cell in cells.items()
        if seed not in kept
    }
    spec = grid.experiments[job.experiment].specs[job.name]
    runs = spec.runs(job.dim, checkpoints)
    for seed, outcome in each_by_guests(runs, *spec.members):
        kept[seed] = Record.of(cells[seed], outcome)
        if len(job.seeds) > 1:
            append_record(draft, kept[seed])
    records = [kept[seed] for seed in cells]
    unsynced(grid.results)
    write_records(output, records)
    draft.unlink(missing_ok=True)
    for checkpoint in checkpoints.values():
        checkpoint.remove()
    for record in records:
        status, iterations = record.outcome["outcome"], record.outcome["iterations"]
        unclear = record.outcome["unclear"]
        doubt = f", {unclear} unclear signs on the way" if unclear else ""
        print(f"{record.key}: {status} after {iterations} iterations{doubt}")
    return records
