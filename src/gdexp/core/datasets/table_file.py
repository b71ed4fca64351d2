"""Reader of tables: CSV with a header, gzipped or not, and strict about all of it."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gdexp.core.returned import frozen
from gdexp.util.errors import DataError, short, shown
from gdexp.util.sources import state_of

Array = NDArray[np.float64]

LABEL = "label"
NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,9})?")
# of a feature that is not 0; squares and sums of such numbers are numbers
LEAST, MOST = 1e-100, 1e100
LARGEST = 2**30  # bytes of a file, unpacked
# what other programs write where a label is missing
NOTHING = ("", "nan", "na", "n/a", "null")


@dataclass(frozen=True)
class Content:
    """What a table says.

    Attributes
    ----------
    samples : ndarray, shape (n, d)
        The features, a row for each row.
    labels : ndarray, shape (n,)
        -1 or +1.
    classes : (str, str)
        The labels of the file that these stand for.
    """

    samples: Array
    labels: Array
    classes: tuple[str, str]


def read_table(path: Path) -> Content:
    """Read a table, once while it stays what it is.

    Raises
    ------
    DataError
        One line with the file, the line of it and the column.
    """
    try:
        found = state_of(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no name of a file"
        raise DataError(f"cannot read table {short(path)}: {why}") from None
    return _read(path, found)


@lru_cache(maxsize=4)
def _read(path: Path, state: tuple[int, ...]) -> Content:
    """Read it anew with another state: so does what takes its digest."""
    where = f"table {short(path)}"
    rows = _rows(_text(path, where), where)
    _, header = next(rows, (0, []))
    if not header:
        raise DataError(f"{where} is empty; allowed: a header, then rows")
    at = _check_header(header, where)
    names = header[:at] + header[at + 1 :]
    samples, labels, lines = [], [], []
    for line, row in rows:
        if len(row) != len(header):
            raise DataError(
                f"{where}, line {line} has {len(row)} fields; allowed: {len(header)},"
                " as in the header"
            )
        labels.append(row.pop(at))
        if labels[-1].lower() in NOTHING:
            raise DataError(f"{where}, line {line}, column '{LABEL}': no label")
        samples.append(_numbers(row, names, f"{where}, line {line}"))
        lines.append(line)
    classes, signs = _classes(labels, lines, where)
    features = np.array(samples)
    for column in np.flatnonzero((features == features[0]).all(axis=0)):
        raise DataError(
            f"{where}, column {shown(names[column])} is {features[0, column]:g} in"
            " every row; allowed: leave it out ('bias' adds a column of ones)"
        )
    return Content(frozen(features), frozen(signs), classes)  # all cells are given it


def _text(path: Path, where: str) -> str:
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no file"
        raise DataError(f"{where} is {what}; allowed: a CSV file")
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if path.suffix == ".gz":
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
                raw = packed.read(LARGEST + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise DataError(f"{where} is no whole gzip file") from None
    except OSError as error:
        raise DataError(f"cannot read {where}: {error.strerror}") from None
    if len(raw) > LARGEST:
        raise DataError(f"{where} has more than {LARGEST} bytes; allowed: fewer")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(f"{where}, line {line} is no UTF-8 text") from None


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with their lines."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            fields = [field.strip() for field in row]
            if len(fields) > 1 or fields not in ([], [""]):
                yield reader.line_num, fields
    except csv.Error as error:
        raise DataError(f"{where}, line {reader.line_num}: {error}") from None


def _check_header(header: Sequence[str], where: str) -> int:
    """Return the place of the column of labels."""
    if all(map(NUMBER.fullmatch, header)):
        raise DataError(f"{where} has no header; allowed: names in its first line")
    for place, name in enumerate(header):
        if not name:
            raise DataError(f"{where}: column {place + 1} has no name in the header")
        if name in header[:place]:
            raise DataError(
                f"{where}: two columns are named {shown(name)},"
                f" {header.index(name) + 1} and {place + 1}; allowed: names that differ"
            )
    if LABEL not in header:
        names = ", ".join(map(shown, header[:5])) + ", ..." * (len(header) > 5)
        raise DataError(f"{where} has no column '{LABEL}'; its columns are {names}")
    if len(header) == 1:
        raise DataError(f"{where} has no feature, only the column '{LABEL}'")
    return header.index(LABEL)


def _numbers(fields: Sequence[str], names: Sequence[str], where: str) -> list[float]:
    """Return the features of a row."""
    # float() also takes digits of other scripts, and those with an underscore
    plain = "".join(fields)
    if plain.isascii() and "_" not in plain:
        try:
            row = [float(field) for field in fields]
        except ValueError:
            row = []
        if row and all(map(_fits, row, fields)):
            return row
    for name, field in zip(names, fields, strict=True):
        wrong = _fault(field)
        if wrong:
            raise DataError(f"{where}, column {shown(name)}: {wrong}")
    return [float(field) for field in fields]


def _fits(number: float, field: str) -> bool:
    """Return whether it is neither too large nor too small, nor rounded to 0."""
    zero = number == 0 and not field.lower().partition("e")[0].strip("+-.0")
    return zero or LEAST <= abs(number) <= MOST


def _fault(field: str) -> str:
    if not field:
        return "no value"
    if not NUMBER.fullmatch(field):
        return f"{shown(field)}; allowed: a finite number"
    if not _fits(float(field), field):
        return f"{shown(field)}; allowed: 0, or from {LEAST:g} to {MOST:g} in size"
    return ""


def _classes(
    labels: Sequence[str], lines: Sequence[int], where: str
) -> tuple[tuple[str, str], Array]:
    """Return the two labels of a file, and -1 and +1 in their place.

    The smaller number is -1, or what is first in the alphabet unless both are numbers:
    1 and 1.0 are one label then.
    """
    numbers = all(map(NUMBER.fullmatch, set(labels)))
    values = [Decimal(each) if numbers else each for each in labels]
    first = {value: place for place, value in reversed([*enumerate(values)])}
    found = sorted(first, key=first.__getitem__)
    if len(found) != 2:
        told = ", ".join(shown(labels[first[value]]) for value in found[:3])
        line = f" (in line {lines[first[found[2]]]})" if len(found) > 2 else ""
        raise DataError(
            f"{where}, column '{LABEL}' has {told or 'no value'}{line}; allowed: two"
            " values"
        )
    low, high = sorted(found)
    signs = np.array([1.0 if value == high else -1.0 for value in values])
    return (labels[first[low]], labels[first[high]]), signs
