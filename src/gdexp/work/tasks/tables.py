"""Tasks that make tables and pages: of records, or of other tables."""

import json
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from gdexp.figures import TABLES
from gdexp.grid.experiments import Experiment
from gdexp.grid.grid import LAST
from gdexp.grid.guests import guests
from gdexp.records.checked import checked
from gdexp.util.errors import RecordError
from gdexp.util.tables import Types
from gdexp.work.tasks.context import Context


def rows(context: Context, records: Sequence[str], output: str) -> None:
    """Collect some records of an experiment into one row per cell."""
    from gdexp.records.tables import cells_table
    from gdexp.util.tables import write_table

    write_table(cells_table(checked(context.grid, records)), output)


def table(
    context: Context,
    experiment: str,
    output: str,
    records: Sequence[str] = (),
    parts: Sequence[str] = (),
) -> None:
    """Collect records of an experiment into one row per cell, or `rows` of them.

    Of all its cells, unless the context says that it is in part. The tables of all
    experiments are put together again after that; until then there are none, so that
    none is there that rests on records which are damaged now.
    """
    from gdexp.records.tables import CELLS, cells_table
    from gdexp.util.tables import joined, write_table

    # those that this one is a part of: of the results, or of partial ones
    tables = Path(output).parents[2]
    for name in TABLES:
        Path(tables, f"{name}.csv").unlink(missing_ok=True)
    if parts:
        made = joined(parts, CELLS)
    else:
        made = cells_table(checked(context.grid, records))
    if not context.mark:
        found = made.astype({"dim": int}).groupby(["model", "dim"]).size().to_dict()
        _check_complete(context.grid.experiments[experiment], found, output)
    write_table(made, output)


def _check_complete(
    experiment: Experiment, found: Mapping[Any, int], output: str
) -> None:
    """Raise RecordError for an entry or dim that a table has too few cells of."""
    for entry, dim in product(experiment.specs, experiment.dims):
        count = found.get((entry, dim), 0)
        if count != experiment.seeds:
            raise RecordError(
                f"{output} would have {count} cells of"
                f" {experiment.name}/{entry}/d{dim}, not the {experiment.seeds} of the"
                " configuration"
            )


def exponents(
    context: Context, cells: str, scaling: str, exponents: str, local: str
) -> None:
    """Fit the scaling exponents of a table of cells."""
    from gdexp.records.tables import CELLS
    from gdexp.stats.exponents import Scaling
    from gdexp.stats.statistics import STATISTICS
    from gdexp.util.tables import read_table, write_table

    fit = Scaling(root_seed=context.grid.root_seed)
    with guests(*STATISTICS.values()):
        fitted = fit(read_table(cells, CELLS))
    for table, path in zip(fitted, (scaling, exponents, local), strict=True):
        write_table(table, path)


def collect(
    context: Context, parts: Mapping[str, Sequence[str]], outputs: Mapping[str, str]
) -> None:
    """Put the tables of all experiments together, each number as it is written."""
    from gdexp.util.tables import joined, write_table

    kinds = kinds_of_tables()
    for name, output in outputs.items():
        write_table(joined(parts[name], kinds[name]), output)


def kinds_of_tables() -> dict[str, Types]:
    """Return the columns of the tables of an experiment, by the table's name."""
    from gdexp.records.tables import CELLS
    from gdexp.stats.exponents import EXPONENTS, POINTS
    from gdexp.stats.slopes import LOCAL

    return dict(zip(TABLES, (CELLS, POINTS, EXPONENTS, LOCAL), strict=True))


def study(context: Context, name: str, output: str) -> None:
    """Compute the table of a study."""
    from gdexp.util.tables import write_table

    chosen = context.grid.studies[name]
    with guests(type(chosen)):
        found = chosen.table().astype(dict(chosen.columns))
    write_table(found, output)


def claims(
    context: Context,
    cells: Sequence[str],
    exponents: Sequence[str],
    local: Sequence[str],
    studies: Sequence[str],
    table: str,
    page: str,
    mark: str = "",
) -> None:
    """Judge the claims by tables of experiments and studies."""
    from gdexp.claims.catalogues import catalogues
    from gdexp.claims.evidence import Evidence
    from gdexp.claims.page import claims_page, claims_table
    from gdexp.records.tables import read_cells
    from gdexp.stats.exponents import EXPONENTS
    from gdexp.stats.slopes import LOCAL
    from gdexp.util.tables import read_table, read_tables, write_table

    paths = {Path(path).stem: path for path in studies}
    columns = {name: context.grid.studies[name].columns for name in paths}
    evidence = Evidence(
        read_cells(cells),
        read_tables(exponents, EXPONENTS),
        read_tables(local, LOCAL),
        {name: read_table(path, columns[name]) for name, path in paths.items()},
    )
    with guests():
        verdicts = claims_table(catalogues(), evidence)
    write_table(verdicts, table)
    claims_page(verdicts, page, mark)
    counts = verdicts["verdict"].value_counts().to_dict()
    print(f"claims: {counts}, see {page}")


def pages(context: Context, tables: Sequence[str], outputs: Mapping[str, str]) -> None:
    """Write the pages of the report."""
    from gdexp.claims.page import VERDICTS
    from gdexp.pages.report import exponents_page, setup_page, verdicts_page
    from gdexp.stats.exponents import EXPONENTS
    from gdexp.util.tables import read_table

    exponents, claims = tables
    exponents_page(read_table(exponents, EXPONENTS), outputs["exponents"])
    verdicts_page(read_table(claims, VERDICTS), outputs["claims"])
    config = json.loads(Path(context.grid.results, LAST).read_text("utf-8"))
    setup_page(config, outputs["setup"])
