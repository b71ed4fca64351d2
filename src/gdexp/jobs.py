"""A job: compute its cells, write their records, then log their runs."""

import sys
from pathlib import Path

from gdexp.errors import TrackingError
from gdexp.grid import Grid
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


def run_job(
    grid: Grid,
    experiment: str,
    name: str,
    dim: int,
    seeds: str,
    output: Path,
    store: Store | None,
) -> None:
    """Run the cells of a job, the same way wherever it is called.

    The record file is written first: a failure to track is reported and leaves
    the cell untracked, for `gdexp sync` to mend, but loses nothing.

    Parameters
    ----------
    grid : Grid
    experiment, name, dim, seeds
        The cells, as in the path of the record file; see `Grid.cells_of`.
    output : Path
        The record file.
    store : Store or None
        Where to log the runs, if anywhere.
    """
    cells = grid.cells_of(experiment, name, dim, seeds)
    records = [Record.of(cell, cell.spec.run(cell.dim, cell.seed)) for cell in cells]
    write_records(output, records)
    for record in records:
        ending = f"{record.outcome['outcome']} after {record.outcome['iterations']}"
        print(f"{record.key}: {ending} iterations")
        if store is not None:
            try:
                log_cell(store, record, grid.digest)
            except TrackingError as error:
                print(f"gdexp: {error}; {REPAIR}", file=sys.stderr)
