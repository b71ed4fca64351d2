"""T over seeds: ranks, quantiles and intervals.

T is the number of iterations of a cell. A capped cell is censored, T > cap, and a
diverged one never separates; both stand in the sample as infinity, so that a
quantile below them keeps its value and one among them is known to be censored.
A mean is censored by a single such cell.
"""

import math
from fractions import Fraction
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

LEVEL = 0.95  # of all intervals
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)  # standard errors on each side, 1.96


def exactly(level: float | Fraction) -> Fraction:
    """Return a level as it is written: 0.95 is 19/20, and not its binary neighbour."""
    return Fraction(str(level))


def rank(q: float | Fraction, count: int) -> int:
    """Return the rank, from 1, of the quantile at q among so many ordered values.

    The least one that a share q of the values does not exceed.

    >>> rank(0.9, 100), rank(0.025, 2000), rank(0.975, 2000)
    (90, 50, 1950)
    """
    return max(1, math.ceil(exactly(q) * count))


def quantile(values: Array, q: float | Fraction, axis: int = -1) -> Array:
    """Return order statistics: no interpolation, so infinities stay apart.

    NaN where any of the values is.
    """
    place = rank(q, values.shape[axis]) - 1
    ordered: Array = np.partition(values, [place, -1], axis=axis)
    last = ordered.take(-1, axis=axis)  # NaN, if there is one, comes last of all
    return np.where(np.isnan(last), np.nan, ordered.take(place, axis=axis))


def percentile_interval(draws: Array, level: float = LEVEL) -> tuple[Array, Array]:
    """Return the ends of the percentile interval of bootstrap samples, along axis 0."""
    tail = (1 - exactly(level)) / 2
    return quantile(draws, tail, axis=0), quantile(draws, 1 - tail, axis=0)


def with_interval(value: float, low: float, high: float, form: str = ".2f") -> str:
    """Say a number with its interval, if there is one.

    >>> with_interval(0.5, 0.4, 0.6), with_interval(0.5, math.nan, math.nan)
    ('0.50 [0.40, 0.60]', '0.50, no interval')
    """
    if math.isnan(low) or math.isnan(high):
        return f"{value:{form}}, no interval"
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"


def times_of(cells: "pd.DataFrame") -> Array:
    """Return T per cell, infinite where the cell was not separated."""
    separated = cells["outcome"].to_numpy() == "separated"
    return np.where(separated, cells["iterations"].to_numpy(float), np.inf)


def wilson(count: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, after Wilson: it is fit for 0 and 1 too.

    >>> [round(x, 3) for x in wilson(200, 200)]
    [0.981, 1.0]
    """
    z2, share = Z**2, count / total
    middle = share + z2 / (2 * total)
    half = (z2 * share * (1 - share) / total + z2**2 / (4 * total**2)) ** 0.5
    whole = 1 + z2 / total
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)
