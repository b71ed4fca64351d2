"""The shape of a record: values of the kinds that tables and figures count on."""

import sys
from typing import Any

from gdexp.core.outcome import KINDS, STATUSES
from gdexp.grid.names import place
from gdexp.records.record import SERIES, Record

NAMES = {"experiment", "name", "dim", "seed"}
WORDS = ("outcome", "certificate", "recorded_loss")
COUNTS = ("iterations", "unclear", "updates", "sample_gradients")
# none where steps are not compared, or after an overflow
GAPS = ("rising_steps", "final_misclassified")
NUMBERS = ("margin_over_bound", "gradients", *(f"final_{name}" for name in SERIES[1:]))
LARGEST = sys.float_info.max
ORIGIN = {"gdexp", "code", "commit", "dirty", "python", "numpy", "numba"}


def well_formed(record: Record) -> bool:
    """Return whether the values are of the kinds that tables and figures count on."""
    parts = (record.cell, record.outcome, record.trajectory, record.made_by)
    if not all(isinstance(part, dict) for part in parts):
        return False
    return (
        _is_cell(record)
        and _is_outcome(record.outcome)
        and _is_trajectory(record.trajectory, record.cell)
        and _ends(record.outcome, record.trajectory)
    )


def _is_cell(record: Record) -> bool:
    cell = record.cell
    if not (cell.keys() >= NAMES and all(map(_is_plain, cell.values()))):
        return False
    here = place(cell["experiment"], str(cell["name"]), cell["dim"])
    if f"{here}/s{cell['seed']}" != record.key:
        return False
    made_by = record.made_by
    return made_by.keys() >= ORIGIN and all(
        isinstance(x, str | bool) for x in made_by.values()
    )


def _is_outcome(end: dict[str, Any]) -> bool:
    return (
        end.keys() == {*WORDS, *COUNTS, *GAPS, *NUMBERS}
        and end["outcome"] in STATUSES.values()
        # an end without certificate is no separation
        and (end["certificate"] in KINDS) == (end["outcome"] == "separated")
        and isinstance(end["recorded_loss"], str)
        and all(_is_count(end[name]) for name in COUNTS)
        and all(end[name] is None or _is_count(end[name]) for name in GAPS)
        and all(_is_number(end[name]) for name in NUMBERS)
    )


def _is_trajectory(trajectory: dict[str, Any], cell: dict[str, Any]) -> bool:
    names = [*SERIES, *str(cell.get("observe") or "").split()]
    lists = [*trajectory.values()]
    return (
        trajectory.keys() == {*names}
        and all(isinstance(values, list) and values for values in lists)
        and len({len(values) for values in lists}) == 1
        and all(_is_number(x) for values in lists for x in values)
        and all(map(_is_count, trajectory[SERIES[0]]))
    )


def _ends(end: dict[str, Any], trajectory: dict[str, list[Any]]) -> bool:
    """Return whether a trajectory ends with what the outcome says."""
    lasts = [trajectory[name][-1] for name in SERIES]
    return lasts == [end["updates"], *(end[f"final_{name}"] for name in SERIES[1:])]


def _is_count(x: object) -> bool:
    return type(x) is int and 0 <= x < 2**63


def _is_number(x: object) -> bool:
    """Return whether it is null, or a number that a float64 can be."""
    return x is None or (type(x) in (int, float) and abs(x) <= LARGEST)  # type: ignore[arg-type]


def _is_plain(x: object) -> bool:
    return isinstance(x, str | bool) or _is_number(x)
