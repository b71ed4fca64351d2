"""Tasks that write what a browser opens: the first page of the results; explorer."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from gdexp.figures import experiment_table
from gdexp.grid.grid import Grid
from gdexp.records.checked import checked
from gdexp.work.tasks.context import Context


def index(
    context: Context,
    experiments: Sequence[str],
    beside: Sequence[str],
    index: str,
    result: str,
) -> None:
    """Write the first page of the results, and its beginning as a part of the report.

    Parameters
    ----------
    context : Context
    experiments : sequence of str
        Those that were run; the others were left out.
    beside : sequence of str
        The files beside the first page that it links to.
    index, result : str
        The two files.
    """
    from gdexp.claims.page import VERDICTS
    from gdexp.pages.index import write_index
    from gdexp.pages.result import Told
    from gdexp.pages.result import result as result_of
    from gdexp.records.tables import CELLS
    from gdexp.stats.exponents import EXPONENTS
    from gdexp.util.files import whole
    from gdexp.util.tables import read_table

    grid = _only(context.grid, experiments)
    tables = Path(grid.results, "tables")
    found = Told(
        grid,
        read_table(tables / "cells.csv", CELLS),
        read_table(tables / "exponents.csv", EXPONENTS),
        read_table(tables / "claims.csv", VERDICTS),
    )
    left_out = [name for name in context.grid.experiments if name not in experiments]
    write_index(found, left_out, index, beside)
    with whole(result) as temporary:
        temporary.write_text(result_of(found, grid.results), "utf-8")


def explorer(context: Context, experiments: Sequence[str], output: str) -> None:
    """Write the explorer of some experiments: all cells, with their curves."""
    from gdexp.pages.contents import contents
    from gdexp.pages.explorer import write_explorer
    from gdexp.stats.exponents import EXPONENTS, POINTS
    from gdexp.util.tables import read_tables

    grid = _only(context.grid, experiments)
    scaling, exponents = (
        [Path(grid.results, experiment_table(name, table)) for name in experiments]
        for table in ("scaling", "exponents")
    )
    told = contents(
        grid,
        lambda name: checked(grid, (job.path for job in grid.jobs(name))),
        read_tables(scaling, POINTS),
        read_tables(exponents, EXPONENTS),
    )
    write_explorer(told, output)


def _only(grid: Grid, experiments: Sequence[str]) -> Grid:
    kept = {name: grid.experiments[name] for name in experiments}
    return replace(grid, experiments=kept)
