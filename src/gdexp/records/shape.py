"""The shape of a record: values of the kinds that tables and figures count on."""

import sys

from gdexp.core.outcome import KINDS, STATUSES
from gdexp.grid.names import place
from gdexp.records.record import SERIES, Record

NAMES = {"experiment", "name", "dim", "seed"}
COUNTS = ("unclear", "updates", "sample_gradients")
LARGEST = sys.float_info.max
ORIGIN = {"gdexp", "code", "commit", "dirty"}


def well_formed(record: Record) -> bool:
    """Return whether the values are of the kinds that tables and figures count on."""
    parts = (record.cell, record.outcome, record.trajectory, record.made_by)
    if not all(isinstance(part, dict) for part in parts):
        return False
    cell, end = record.cell, record.outcome
    if not cell.keys() >= NAMES:
        return False
    here = place(cell["experiment"], str(cell["name"]), cell["dim"])
    if f"{here}/s{cell['seed']}" != record.key:
        return False
    if not record.made_by.keys() >= ORIGIN:
        return False
    if end.get("outcome") not in STATUSES.values():
        return False
    # none where steps are not compared, or after an overflow
    some = (end.get(name) for name in ("rising_steps", "final_misclassified"))
    if not all(x is None or _is_count(x) for x in some):
        return False
    if not _is_count(end.get("iterations")):
        return False
    numbers = [*(f"final_{name}" for name in SERIES[1:]), "margin_over_bound"]
    if not all(_is_number(end.get(name, "")) for name in numbers):
        return False
    # an end without certificate is no separation
    if (end.get("certificate") in KINDS) != (end["outcome"] == "separated"):
        return False
    if not all(map(_is_count, map(end.get, COUNTS))):
        return False
    names = [*SERIES, *str(cell.get("observe") or "").split()]
    series = [record.trajectory.get(name) for name in names]
    return (
        all(isinstance(values, list) and values for values in series)
        and len({len(values) for values in series if values}) == 1
        and all(_is_number(x) for values in series if values for x in values)
        and all(map(_is_count, series[0] or []))
    )


def _is_count(x: object) -> bool:
    return type(x) is int and 0 <= x < 2**63


def _is_number(x: object) -> bool:
    """Return whether it is null, or a number that a float64 can be."""
    return x is None or (type(x) in (int, float) and abs(x) <= LARGEST)  # type: ignore[arg-type]
