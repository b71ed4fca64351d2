"""A job: compute its cells, write their records, then log their runs."""

import sys
from collections.abc import Callable
from pathlib import Path

from gdexp.core.checkpoint import Checkpoint
from gdexp.grid.cells import Cell
from gdexp.grid.grid import Grid
from gdexp.grid.job import Job
from gdexp.records import tracked
from gdexp.records.record import Record, append_record, read_draft, write_records
from gdexp.tracking import Store, log_cell
from gdexp.util.digests import files_digest
from gdexp.util.errors import TrackingError

REPAIR = "'gdexp sync' repairs it"


def open_store(grid: Grid) -> Store | None:
    """Open the store for the cells; say so and go on without if it cannot be."""
    try:
        return Store.open(grid.results, grid.experiments, grid.tracking_uri)
    except TrackingError as error:
        print(f"gdexp: not tracked: {error}; {REPAIR}", file=sys.stderr)
        return None


def _checkpoint(grid: Grid, cell: Cell, say: Callable[[str], None]) -> Checkpoint:
    files = cell.spec.family.files
    identity = [
        cell.spec,
        cell.dim,
        cell.seed,
        cell.spec.code,
        files and files_digest(files),
    ]

    def progress(iteration: int, wrong: int) -> None:
        share, accuracy = iteration / cell.spec.max_iterations, 1 - wrong / cell.spec.n
        say(f"{cell.key}: {share:.0%} of the cap, accuracy {accuracy:.4f}")

    path = Path(grid.results, "checkpoints", f"{cell.key}.npz")
    return Checkpoint(path, repr(identity), progress)


def run_job(
    grid: Grid,
    job: Job,
    output: Path,
    store: Store | None,
    say: Callable[[str], None] = print,
) -> None:
    """Run the cells of a job, the same way wherever it is called.

    The record file is written first: a failure to track is reported and leaves
    the cell untracked, for `gdexp sync` to mend, but loses nothing.

    Parameters
    ----------
    grid : Grid
    job : Job
    output : Path
        The record file.
    store : Store or None
        Where to log the runs, if anywhere.
    say : callable
        Called now and then with how far a long cell is, in one line.
    """
    # what a job of many cells had finished when it was cut short, by a time limit say
    draft = Path(grid.results, "checkpoints", job.path)
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
    for seed, outcome in spec.runs(job.dim, checkpoints):
        kept[seed] = Record.of(cells[seed], outcome)
        if len(job.seeds) > 1:
            append_record(draft, kept[seed])
    records = [kept[seed] for seed in cells]
    tracked.forget(grid.results, job)
    write_records(output, records)
    draft.unlink(missing_ok=True)
    for checkpoint in checkpoints.values():
        checkpoint.remove()
    logged = []
    for record in records:
        status, iterations = record.outcome["outcome"], record.outcome["iterations"]
        unclear = record.outcome["unclear"]
        doubt = f", {unclear} unclear signs on the way" if unclear else ""
        print(f"{record.key}: {status} after {iterations} iterations{doubt}")
        if grid.tracking != "inline":
            continue
        try:
            if store is None:
                raise TrackingError("no store")
            log_cell(store, record, grid.digest)
        except TrackingError as error:
            print(f"gdexp: untracked {record.key}: {error}; {REPAIR}", file=sys.stderr)
        else:
            logged.append(record.key)
    if logged:
        tracked.note(grid.results, job, logged)
