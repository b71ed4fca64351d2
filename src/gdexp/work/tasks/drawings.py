"""The task that draws figures: of tables, or of records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gdexp.figures.cards import STUDY
from gdexp.figures.places import Place, places
from gdexp.grid.grid import Grid
from gdexp.grid.guests import guests
from gdexp.records.checked import checked
from gdexp.stats.statistics import STATISTICS
from gdexp.work.tasks.context import Context
from gdexp.work.tasks.tables import kinds_of_tables


def figure(
    context: Context,
    path: str,
    inputs: Mapping[str, Sequence[str]],
    outputs: Sequence[str],
) -> None:
    """Draw a figure.

    Parameters
    ----------
    context : Context
    path : str
        Where it stands, see `gdexp.figures.places`.
    inputs : mapping of str to sequence of str
        The files of each thing that it reads.
    outputs : sequence of str
        Its files.
    """
    grid = context.grid
    place = places(grid)[path]
    data = [_read(grid, place, name, files) for name, files in inputs.items()]
    about = place.about(grid, context.mark)
    there = {name for each in data for name in _entries(each)}
    if there:
        models = {name: kind for name, kind in about.models.items() if name in there}
        about = replace(about, models=models)
    plot = place.card.load()
    with guests(type(plot), STATISTICS[grid.statistic]):
        plot.draw(*data, about=about).save(outputs)


def _read(grid: Grid, place: Place, name: str, files: Sequence[str]) -> Any:
    """Return what a figure reads, of its experiments alone."""
    from gdexp.records.tables import images_table, trajectories_table
    from gdexp.util.tables import read_table, read_tables

    kinds = kinds_of_tables()
    if name in kinds:
        table = read_tables(files, kinds[name])
        return table[table["experiment"].isin(place.experiments)]
    if name.startswith(STUDY):
        study = grid.studies[name.removeprefix(STUDY)]
        return read_table(files[0], study.columns)
    made: dict[str, Callable[..., Any]]
    made = {"trajectories": trajectories_table, "images": images_table, "records": list}
    return made[name](checked(grid, files))


def _entries(data: Any) -> Iterable[str]:
    """Return the model entries that a table or records have cells of."""
    if isinstance(data, list):
        return {record.cell["name"] for record in data}
    return set(data["model"]) if "model" in data else ()
