"""Tasks that make tables and pages: of records, or of other tables."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from gdexp.checked import checked
from gdexp.grid import LAST
from gdexp.tasks.context import Context


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


def study(context: Context, name: str, output: str) -> None:
    """Compute the table of a study."""
    from gdexp.tables import write_table

    write_table(context.grid.studies[name].table(), output)


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
