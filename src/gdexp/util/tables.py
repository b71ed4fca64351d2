"""Tables as CSV, of columns whose types are stated: nothing is guessed.

An entry may be named NA, or 2e-1, or 2025, and a table without rows has columns too.
The columns are stated by who makes a table: `gdexp.records.tables`,
`gdexp.stats.exponents`, `gdexp.claims.page`, and each study.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from gdexp.util.errors import RecordError
from gdexp.util.files import whole

Types = Mapping[str, str]
TEXT, WHOLE, GAPS, NUMBER = "str", "int64", "Int64", "float64"  # GAPS: WHOLE with gaps


def table_of(rows: Iterable[Mapping[str, object]], types: Types) -> pd.DataFrame:
    """Return rows as a table of these columns, whatever the values look like."""
    table = pd.DataFrame(list(rows), columns=list(types))
    # no text is an empty one, as in the file
    texts = [name for name, kind in types.items() if kind == TEXT]
    table[texts] = table[texts].astype(object).where(table[texts].notna(), "")
    return table.astype(dict(types))


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as CSV, with every digit of every number."""
    with whole(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def read_tables(paths: Iterable[str | Path], types: Types) -> pd.DataFrame:
    """Read tables of ours, see `read_table`, as one; without any it has no row."""
    tables = [read_table(path, types) for path in paths]
    if not tables:
        return table_of([], types)
    return pd.concat(tables, ignore_index=True)


def joined(paths: Sequence[str | Path], types: Types) -> pd.DataFrame:
    """Return tables as one of texts, with the columns of any; those of `types` first.

    What is no column of a table is empty in its rows.
    """
    tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
    own = sorted({str(name) for table in tables for name in table} - {*types})
    tables.append(pd.DataFrame(columns=[*types, *own], dtype=str))
    return pd.concat(tables, ignore_index=True)[[*types, *own]].fillna("")


def read_table(path: str | Path, types: Types) -> pd.DataFrame:
    """Read the columns of a table of ours, as what they were written.

    Parameters
    ----------
    path : str or Path
    types : mapping of str to str
        `CELLS`, `POINTS`, `EXPONENTS`, `VERDICTS` or the ``columns`` of a study.

    Raises
    ------
    RecordError
        If a column is missing, or has a value that is not of its type.
    """
    gaps = {name: [""] for name, kind in types.items() if kind != TEXT}
    try:
        table = pd.read_csv(
            path,
            usecols=list(types),
            dtype=dict(types),
            keep_default_na=False,
            na_values=gaps,
        )
    except (ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise RecordError(
            f"table {path} is damaged ({reason}); delete it and run the workflow again"
        ) from None
    return table[list(types)]
