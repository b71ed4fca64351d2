"""A job: compute its cells, write their records, then log their runs."""

import sys
from pathlib import Path

from gdexp.errors import TrackingError
from gdexp.grid import Grid, Job
from gdexp.records import Record, write_records
from gdexp.tracking import Store, log_cell

REPAIR = "'gdexp sync' repairs it"


def open_store(grid: Grid) -> Store | None:
    """Open the store for the cells; say so and go on without if it cannot be."""
    try:
        return Store.open(grid.results, grid.experiments)
    except TrackingError as error:
        print(f"gdexp: not tracked: {error}; {REPAIR}", file=sys.stderr)
        return None


def run_job(grid: Grid, job: Job, output: Path, store: Store | None) -> None:
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
    """
    records = [
        Record.of(cell, cell.spec.run(cell.dim, cell.seed)) for cell in grid.cells(job)
    ]
    write_records(output, records)
    for record in records:
        status, iterations = record.outcome["outcome"], record.outcome["iterations"]
        print(f"{record.key}: {status} after {iterations} iterations")
        if store is not None:
            try:
                log_cell(store, record, grid.digest)
            except TrackingError as error:
                print(f"gdexp: {error}; {REPAIR}", file=sys.stderr)
