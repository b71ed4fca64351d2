"""Tables as CSV, of columns whose types are stated: nothing is guessed.

An entry may be named NA, or 2e-1, or 2025, and a table without rows has columns too.
The columns are stated by who makes a table: `gdexp.records.tables`,
`gdexp.stats.exponents`, `gdexp.claims.page`, and each study.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gdexp.util.errors import RecordError, line_of
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
    tables = [_read(path, dtype=str) for path in paths]
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
    chosen = {"usecols": list(types), "dtype": dict(types), "na_values": gaps}
    return _read(path, **chosen)[list(types)]


def _read(path: str | Path, **chosen: Any) -> pd.DataFrame:
    """Read a CSV file whose rows are whole; RecordError if it is none."""
    try:
        text = Path(path).read_text("utf-8")
        _check_rows(text)
        table: pd.DataFrame = pd.read_csv(
            io.StringIO(text), keep_default_na=False, **chosen
        )
        return table
    except (ValueError, TypeError, OverflowError, csv.Error) as error:
        raise RecordError(
            f"table {path} is damaged ({line_of(error)}); delete it and run the"
            " workflow again"
        ) from None


def _check_rows(text: str) -> None:
    """Raise ValueError where pandas would fill in what is lacking, or shift columns."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(rows, [])
    if len({*header}) < len(header):
        raise ValueError("two columns have one name")
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"line {rows.line_num} has {len(row)} fields")
    if text and not text.endswith("\n"):
        raise ValueError("its last line is cut")


def records_of(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a table as dictionaries."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
