"""The explorer: made by a command, and made again by it alone; `make` leaves it."""

from pathlib import Path

from gdexp.grid.grid import Grid
from gdexp.util.errors import ConfigError
from gdexp.work.finished import finished
from gdexp.work.products import Notes, products, run_of
from gdexp.work.tasks import Context, browser


def explore(grid: Grid) -> Path:
    """Write the explorer of a finished grid, and the first page that links to it.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ConfigError
        If the grid is not finished, or what draws is not installed.
    """
    there = run_of(grid)
    page, index = (
        next(each for each in products(there) if each.rule == rule)
        for rule in ("explorer", "index")
    )
    finished(there, page.reads)
    context, notes = Context(grid), Notes(grid.results)
    experiments = list(there.experiments)
    path = Path(grid.results, page.outputs[0])
    with notes.making(page):
        browser.explorer(context, experiments, str(path))
    try:
        finished(there, index.reads)
    except ConfigError:  # the workflow makes it, once it can
        return path
    with notes.making(index):
        files = (str(Path(grid.results, file)) for file in index.outputs)
        browser.index(context, experiments, *files)
    return path
