"""What is made when it is asked for, and made again by its command alone.

The explorer and Snakemake's report; `make` leaves both, and the first page of the
results links to them while they are of what there is now.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from gdexp.grid.grid import Grid
from gdexp.util.errors import ConfigError
from gdexp.work.crate import found_checkout
from gdexp.work.finished import finished
from gdexp.work.notes import Notes
from gdexp.work.products import Product, products, run_of
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
    page = _product(grid, "explorer")
    finished(grid, page.reads)
    path = Path(grid.results, page.outputs[0])
    with Notes(grid.results).making(page):
        browser.explorer(Context(grid), list(run_of(grid).experiments), str(path))
    with suppress(ConfigError):  # the workflow makes it, once it can
        _first_page(grid)
    return path


def report(grid: Grid, config: str) -> Path:
    """Write Snakemake's report of a finished grid, and the first page, as `explore`.

    Parameters
    ----------
    grid : Grid
    config : str
        The path of its configuration.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    ConfigError
        If the grid is not finished, or Snakemake writes none.
    """
    page = _product(grid, "report")
    finished(grid, page.reads)
    _first_page(grid)  # it begins with what that says
    path = Path(grid.results, page.outputs[0])
    command = [sys.executable, "-m", "snakemake", "--report", str(path)]
    command += ["--snakefile", str(found_checkout() / "Snakefile")]
    command += ["--configfile", config]
    with Notes(grid.results).making(page):
        if subprocess.run(command, check=False).returncode:
            raise ConfigError(f"no {path} was written, for the reason above")
    _first_page(grid)
    return path


def _first_page(grid: Grid) -> None:
    index, notes = _product(grid, "index"), Notes(grid.results)
    finished(grid, index.reads)
    experiments = list(run_of(grid).experiments)
    files = (str(Path(grid.results, file)) for file in index.outputs)
    with notes.making(index):
        browser.index(Context(grid), experiments, notes.linked(index), *files)


def _product(grid: Grid, rule: str) -> Product:
    return next(each for each in products(run_of(grid)) if each.rule == rule)
