"""What is given away or shown as a whole: all of it, of what there is now."""

from collections.abc import Iterable
from pathlib import Path

from gdexp.grid.grid import Grid
from gdexp.records.stale import Survey
from gdexp.util.errors import ConfigError
from gdexp.work.notes import Notes
from gdexp.work.products import Product, behind, run_of


def finished(grid: Grid, files: Iterable[str]) -> list[Product]:
    """Return what makes some files of a grid that is finished so far.

    Parameters
    ----------
    grid : Grid
    files : iterable of str
        Below the results.

    Returns
    -------
    list of Product
        Each after what it reads.

    Raises
    ------
    ConfigError
        If a record, one of the files or anything that they are made of is missing or of
        something else; with what to do.
    """
    grid = run_of(grid)
    survey = Survey.of(grid)
    todo = survey.absent + survey.stale
    if todo:
        raise ConfigError(
            f"{grid.results} is not finished: {len(todo)} record files are missing or"
            f" stale, such as {todo[0].path}; run the workflow"
        )
    notes, made = Notes(grid.results, survey.contents), behind(grid, files)
    for each in made:
        lost = [file for file in each.outputs if not Path(grid.results, file).exists()]
        if lost or notes.stale(each):
            what = "is missing" if lost else "is of other records, settings or code"
            file = (lost or each.outputs)[0]
            raise ConfigError(
                f"{grid.results} is not finished: {file} {what}; {each.again}"
            )
    return made
