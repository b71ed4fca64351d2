"""Numbers over a few seeds with their intervals, for studies and claims."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from gdexp.stats.seeds import LEVEL, Array, percentile_interval, with_interval

LEAST = 10  # values, below which a bootstrap would be too sure
REPETITIONS = 2000


def bootstrapped(
    samples: Sequence[Array],
    of: Callable[[Sequence[Array]], float],
) -> tuple[float, float, float]:
    """Return a number with its bootstrap interval, rows of each sample drawn anew.

    Parameters
    ----------
    samples : sequence of ndarray
        Independent samples, a row for each seed.
    of : callable
        The number that they give.

    Examples
    --------
    >>> rows = np.arange(100.0)
    >>> value, low, high = bootstrapped([rows], lambda drawn: drawn[0].mean())
    >>> value, 43 < low < value < high < 56
    (49.5, True)
    """
    rng = np.random.default_rng(0)
    values = [
        of([rows[rng.integers(len(rows), size=len(rows))] for rows in samples])
        for _ in range(REPETITIONS)
    ]
    low, high = percentile_interval(np.array(values))
    return float(of(samples)), float(low), float(high)


class Mean(NamedTuple):
    """A mean with the ends of its 95 % bootstrap interval, NaN without one."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return with_interval(*self, ".3g")


def mean_of(values: Sequence[float]) -> Mean:
    """Return the mean of values, one for each seed, with its interval.

    >>> str(mean_of([2.0] * 10)), str(mean_of([1.0, 2.0]))
    ('2 [2, 2]', '1.5, no interval')
    """
    array = np.asarray(values, float)
    if len(array) < LEAST or not np.isfinite(array).all():
        return Mean(float(array.mean()), math.nan, math.nan)
    return Mean(*bootstrapped([array], lambda drawn: float(drawn[0].mean())))


def ratio_of_means(values: Sequence[float], others: Sequence[float]) -> Mean:
    """Return the mean of some values over that of others of the same seeds.

    >>> str(ratio_of_means([1.0, 2.0] * 10, [2.0, 4.0] * 10))
    '0.5 [0.5, 0.5]'
    """
    rows = np.array([values, others], float).T

    def of(drawn: Sequence[Array]) -> float:
        mean, other = drawn[0].mean(axis=0)
        return float(mean / other)

    if len(rows) < LEAST or not np.isfinite(rows).all():
        return Mean(of([rows]), math.nan, math.nan)
    return Mean(*bootstrapped([rows], of))


def median_interval(values: Array) -> tuple[float, float, float]:
    """Return the median and the ends of its interval, two of the ordered values.

    How many of n values lie below the median is binomial, so that it lies between the
    k-th and the k-th from the end with at least the probability that is asked for.
    Infinite values are largest; of values of which one is NaN nothing is known, all
    three are NaN. The ends are NaN for 2 to 5 values; a single one, where nothing is
    random, is its own interval.

    Parameters
    ----------
    values : ndarray, shape (n,)

    Returns
    -------
    median, low, high : float

    Examples
    --------
    >>> median_interval(np.arange(1.0, 11.0))
    (5.5, 2.0, 9.0)
    """
    ordered = np.sort(np.asarray(values, float))
    if np.isnan(ordered[-1]):  # NaN comes last of all
        return math.nan, math.nan, math.nan
    n, below, k = len(ordered), 0.0, 0
    middle = float((ordered[(n - 1) // 2] + ordered[n // 2]) / 2)
    while 2 * (below := below + math.comb(n, k) / 2**n) <= 1 - LEVEL:
        k += 1
    if n == 1:
        return middle, middle, middle
    if not k:
        return middle, math.nan, math.nan
    return middle, float(ordered[k - 1]), float(ordered[n - k])
