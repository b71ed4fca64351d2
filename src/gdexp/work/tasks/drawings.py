"""Tasks that draw figures: of tables, or of records."""

from collections.abc import Iterable, Mapping, Sequence

from gdexp.core.spec import Spec
from gdexp.records.checked import checked
from gdexp.work.tasks.context import Context


def scaling(
    context: Context, experiment: str, tables: Sequence[str], outputs: Sequence[str]
) -> None:
    """Draw iterations against d from the tables cells, scaling and exponents."""
    from gdexp.figures import draw_scaling
    from gdexp.records.tables import CELLS
    from gdexp.stats.exponents import EXPONENTS, POINTS
    from gdexp.util.tables import read_table

    grid = context.grid.experiments[experiment]
    frames = map(read_table, tables, (CELLS, POINTS, EXPONENTS))
    own = [frame[frame["experiment"] == experiment] for frame in frames]
    drawing = draw_scaling(
        *own,
        models=_present(grid.specs, own[0]["model"]),
        statistic=context.grid.statistic,
        note=context.mark + grid.note,
    )
    drawing.save(outputs)


def trajectories(
    context: Context, experiment: str, records: Sequence[str], outputs: Sequence[str]
) -> None:
    """Draw loss and accuracy along the runs of one dim."""
    from gdexp.figures import draw_trajectories
    from gdexp.records.tables import trajectories_table

    grid = context.grid.experiments[experiment]
    table = trajectories_table(checked(context.grid, records))
    models = _present(grid.specs, table["model"])
    note = context.mark + grid.note
    draw_trajectories(table, models=models, note=note).save(outputs)


def iterations(
    context: Context, experiment: str, cells: str, outputs: Sequence[str]
) -> None:
    """Draw the distribution of the iterations over seeds."""
    from gdexp.figures import draw_iterations
    from gdexp.records.tables import CELLS
    from gdexp.util.tables import read_table

    grid = context.grid.experiments[experiment]
    table = read_table(cells, CELLS)
    own = table[table["experiment"] == experiment]
    models = _present(grid.specs, own["model"])
    note = context.mark + grid.note
    draw_iterations(own, models=models, note=note).save(outputs)


def accuracy(
    context: Context,
    experiments: Sequence[str],
    records: Sequence[str],
    outputs: Sequence[str],
) -> None:
    """Draw training accuracy on images, the experiments of one dataset."""
    from gdexp.figures import draw_accuracy
    from gdexp.records.tables import images_table

    note = context.mark + context.grid.experiments[experiments[0]].note
    table = images_table(checked(context.grid, records))
    draw_accuracy(table, experiments=experiments, note=note).save(outputs)


def study_figure(
    context: Context, name: str, table: str, outputs: Sequence[str]
) -> None:
    """Draw a study."""
    from gdexp.figures import STUDY_FIGURES
    from gdexp.util.tables import read_table

    study = context.grid.studies[name]
    note = f"{study.title}. Source: {study.source}."
    STUDY_FIGURES[name](read_table(table, study.columns), note=note).save(outputs)


def _present(specs: Mapping[str, Spec], found: Iterable[str]) -> dict[str, str]:
    """Return the model entries that have cells, in order, and the family of each."""
    names = set(found)
    return {name: spec.model for name, spec in specs.items() if name in names}
