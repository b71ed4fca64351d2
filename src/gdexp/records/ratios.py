"""T of two entries beside each other, by dim: a statistic over seeds, and its ratio."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.random import SeedSequence, default_rng

from gdexp.records.record import Record
from gdexp.stats.seeds import Array, percentile_interval
from gdexp.stats.statistics import STATISTICS

REPETITIONS = 2000  # of the bootstrap
Ends = Mapping[int, tuple[str, int]]  # how a seed ended, and after how many iterations


def by_dim(
    a: Iterable[Record], b: Iterable[Record], statistic: str
) -> list[dict[str, Any]]:
    """Return a row for each dim that either has.

    ``value`` is the statistic of T in a and in b, None if there are no cells, infinite
    values as "not separated"; ``ratio`` is that of b over a, with the ends of its 95 %
    interval where there are seeds enough, see `gdexp.stats.statistics`. ``differ``
    counts the seeds of both that have another T or outcome, ``only`` those of one.
    """
    sides = [_ends(a), _ends(b)]
    rows = []
    for dim in sorted({*sides[0], *sides[1]}):
        one, two = (each.get(dim, {}) for each in sides)
        common = one.keys() & two.keys()
        values = [_value(ends, statistic) for ends in (one, two)]
        rows.append(
            {
                "dim": dim,
                "cells": [len(one), len(two)],
                "only": [len(one) - len(common), len(two) - len(common)],
                "differ": sum(one[seed] != two[seed] for seed in common),
                "value": [_plain(value) for value in values],
                **_ratio(dim, one, two, values, statistic),
            }
        )
    return rows


def _ends(records: Iterable[Record]) -> dict[int, dict[int, tuple[str, int]]]:
    found: dict[int, dict[int, tuple[str, int]]] = {}
    for each in records:
        end = each.outcome["outcome"], each.outcome["iterations"]
        found.setdefault(each.cell["dim"], {})[each.cell["seed"]] = end
    return found


def _times(ends: Ends) -> Array:
    """Return T by seed, infinite where a cell was not separated."""
    return np.array(
        [
            t if outcome == "separated" else math.inf
            for _, (outcome, t) in sorted(ends.items())
        ],
        dtype=np.float64,
    )


def _value(ends: Ends, statistic: str) -> float | None:
    return float(STATISTICS[statistic]().of(_times(ends))) if ends else None


def _plain(value: float | None) -> float | str | None:
    return "not separated" if value == math.inf else value


def _ratio(
    dim: int, a: Ends, b: Ends, values: list[float | None], statistic: str
) -> dict[str, Any]:
    one, two = values
    row: dict[str, Any] = {"ratio": None, "ratio_low": None, "ratio_high": None}
    if one is None or two is None or not 0 < one < math.inf or two == math.inf:
        return row
    row["ratio"] = two / one
    if min(len(a), len(b)) < STATISTICS[statistic].least:
        return row
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = _draws(dim, a, b, statistic)
    low, high = map(float, percentile_interval(ratios))
    if math.isfinite(low) and math.isfinite(high):
        row |= {"ratio_low": low, "ratio_high": high}
    return row


def _draws(dim: int, a: Ends, b: Ends, statistic: str) -> Array:
    """Return the ratio in bootstrap samples, of the same seeds of both if they are.

    Entries of one experiment have the same data and start at a seed.
    """
    rng = default_rng(SeedSequence(0, spawn_key=(dim,)))
    picked = rng.integers(len(a), size=(REPETITIONS, len(a)))
    times = [_times(a), _times(b)]
    other = picked
    if a.keys() != b.keys():
        other = rng.integers(len(b), size=(REPETITIONS, len(b)))
    each = STATISTICS[statistic]()
    ratios: Array = each.of(times[1][other]) / each.of(times[0][picked])
    return ratios
