"""The explorer: made by a command, it is no part of `make`; kept up with after that."""

from pathlib import Path

from gdexp.grid.grid import Grid
from gdexp.util.errors import ConfigError
from gdexp.work.products import Notes, Product, products, run_of
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
    lacking = _lacking(there, page)
    if lacking:
        raise ConfigError(
            f"{lacking} is not there, and the explorer is of a finished grid; run the"
            " workflow, or see 'gdexp collect --partial'"
        )
    context, notes = Context(grid), Notes(grid.results)
    experiments = list(there.experiments)
    path = Path(grid.results, page.outputs[0])
    with notes.making(page):
        browser.explorer(context, experiments, str(path))
    if not _lacking(there, index):
        with notes.making(index):
            files = (str(Path(grid.results, file)) for file in index.outputs)
            browser.index(context, experiments, *files)
    return path


def _lacking(grid: Grid, product: Product) -> str:
    """Return the first file that a product reads and that is not there, if any is."""
    files = (Path(grid.results, file) for file in product.reads)
    return next((str(file) for file in files if not file.exists()), "")
