"""The jobs of the workflow as functions: files in, files out.

Each rule of the workflow hands its files to the function of its name, on a worker that
has imported and opened what it needs. Context is what all of them share.
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from gdexp.cells import Spec
from gdexp.checked import checked, whole_records
from gdexp.errors import TrackingError
from gdexp.files import write_json
from gdexp.grid import LAST, Grid
from gdexp.jobs import open_store, run_job
from gdexp.records import read_records
from gdexp.tracking import PAUSE, Store, create_store, log_cell, log_summary


@dataclass
class Context:
    """The grid, and the MLflow store once it is open.

    Attributes
    ----------
    grid : Grid
    store : Store or None
    say : callable
        Called with the progress of a long task, in one line.
    mark : str
        What every figure and caption begins with: whether it is partial.
    tried : float
        When opening the store failed, on the clock `time.monotonic`.
    """

    grid: Grid
    store: Store | None = None
    say: Callable[[str], None] = print
    mark: str = ""
    tried: float = -math.inf

    @property
    def tracked(self) -> bool:
        """Whether cells log runs as they finish."""
        return self.grid.tracking == "inline"


def store(context: Context) -> None:
    """Create the MLflow store with its experiments."""
    grid = context.grid
    context.store = create_store(grid.results, grid.experiments, grid.tracking_uri)


def cell(
    context: Context, experiment: str, model: str, dim: str, seeds: str, output: str
) -> None:
    """Compute, record and track the cells of a job; see `gdexp.jobs.run_job`."""
    now = time.monotonic()
    # to learn that nobody answers takes seconds: not once per cell
    if context.store is None and context.tracked and now > context.tried + PAUSE:
        context.store = open_store(context.grid)
        context.tried = time.monotonic()
    job = context.grid.job(experiment, model, int(dim), seeds)
    run_job(context.grid, job, Path(output), context.store, context.say)


def collect(context: Context, records: Sequence[str], output: str) -> None:
    """Collect records into one row per cell."""
    from gdexp.tables import cells_table, write_table

    write_table(cells_table(checked(context.grid, records)), output)


def exponents(context: Context, cells: str, scaling: str, exponents: str) -> None:
    """Fit the scaling exponents of a table of cells."""
    import pandas as pd

    from gdexp.scaling import Scaling
    from gdexp.tables import write_table

    fit = Scaling(root_seed=context.grid.root_seed)
    for table, path in zip(fit(pd.read_csv(cells)), (scaling, exponents), strict=True):
        write_table(table, path)


def scaling(
    context: Context, experiment: str, tables: Sequence[str], outputs: Sequence[str]
) -> None:
    """Draw iterations against d from the tables cells, scaling and exponents."""
    import pandas as pd

    from gdexp.figures import draw_scaling

    grid = context.grid.experiments[experiment]
    frames = [pd.read_csv(path) for path in tables]
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
    from gdexp.tables import trajectories_table

    grid = context.grid.experiments[experiment]
    table = trajectories_table(checked(context.grid, records))
    models = _present(grid.specs, table["model"])
    note = context.mark + grid.note
    draw_trajectories(table, models=models, note=note).save(outputs)


def iterations(
    context: Context, experiment: str, cells: str, outputs: Sequence[str]
) -> None:
    """Draw the distribution of the iterations over seeds."""
    import pandas as pd

    from gdexp.figures import draw_iterations

    grid = context.grid.experiments[experiment]
    table = pd.read_csv(cells)
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
    from gdexp.tables import images_table

    note = context.mark + context.grid.experiments[experiments[0]].note
    table = images_table(checked(context.grid, records))
    draw_accuracy(table, experiments=experiments, note=note).save(outputs)


def study(context: Context, name: str, output: str) -> None:
    """Compute the table of a study."""
    from gdexp.tables import write_table

    write_table(context.grid.studies[name].table(), output)


def study_figure(
    context: Context, name: str, table: str, outputs: Sequence[str]
) -> None:
    """Draw a study."""
    import pandas as pd

    from gdexp.figures import STUDY_FIGURES

    study = context.grid.studies[name]
    note = f"{study.title}. Source: {study.source}."
    STUDY_FIGURES[name](pd.read_csv(table), note=note).save(outputs)


def claims(
    context: Context,
    cells: str,
    exponents: str,
    studies: Sequence[str],
    table: str,
    page: str,
) -> None:
    """Judge the claims by the tables."""
    import pandas as pd

    from gdexp.claims import CLAIMS, Evidence, claims_page, claims_table
    from gdexp.tables import write_table

    evidence = Evidence(
        pd.read_csv(cells),
        pd.read_csv(exponents),
        {Path(path).stem: pd.read_csv(path) for path in studies},
    )
    verdicts = claims_table(CLAIMS, evidence)
    write_table(verdicts, table)
    claims_page(verdicts, page)
    counts = verdicts["verdict"].value_counts().to_dict()
    print(f"claims: {counts}, see {page}")


def pages(context: Context, tables: Sequence[str], outputs: Mapping[str, str]) -> None:
    """Write the pages of the report."""
    import pandas as pd

    from gdexp.pages import exponents_page, setup_page, verdicts_page

    exponents, claims = (pd.read_csv(table) for table in tables)
    exponents_page(exponents, outputs["exponents"])
    verdicts_page(claims, outputs["claims"])
    config = json.loads(Path(context.grid.results, LAST).read_text("utf-8"))
    setup_page(config, outputs["setup"])


def plan(context: Context, records: Sequence[str]) -> dict[str, object]:
    """Delete runs that are not as the records say; return the cells without a run."""
    from gdexp.tracking.sync import Tracked

    store(context)
    assert context.store is not None
    tracked = Tracked(context.store)
    missing = []
    for path in records:
        keys = [
            record.key
            for record in whole_records(context.grid, path)
            if not tracked.has(record)
        ]
        if keys:
            missing.append((path, keys))
    tracked.close()
    return {**asdict(tracked.done), "missing": missing}


def track(context: Context, path: str, keys: Sequence[str]) -> None:
    """Log the runs of some cells of a record file."""
    try:
        if context.store is None:
            raise TrackingError("not open yet")
        context.store.check()
    except TrackingError:
        # it was away or deleted while the cells ran, which says nothing about now
        store(context)
    assert context.store is not None
    for record in read_records([path]):
        if record.key in keys:
            log_cell(context.store, record, context.grid.digest)


def summary(
    context: Context, experiment: str, exponents: str, files: Sequence[str], output: str
) -> None:
    """Log the summary run of an experiment."""
    import pandas as pd

    store(context)
    assert context.store is not None
    table = pd.read_csv(exponents)
    run_id = log_summary(
        context.store,
        experiment,
        table[table["experiment"] == experiment],
        [Path(file) for file in files],
        context.grid.digest,
    )
    write_json({"run_id": run_id}, output)


def _present(specs: Mapping[str, Spec], found: Iterable[str]) -> dict[str, str]:
    """Return the model entries that have cells, in order, and the family of each."""
    names = set(found)
    return {name: spec.model for name, spec in specs.items() if name in names}


TASKS: dict[str, Callable[..., object]] = {
    task.__name__: task
    for task in (
        store,
        cell,
        collect,
        exponents,
        scaling,
        trajectories,
        iterations,
        accuracy,
        study,
        study_figure,
        claims,
        pages,
        plan,
        track,
        summary,
    )
}
