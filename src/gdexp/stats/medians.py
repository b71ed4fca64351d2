"""The median over seeds with an interval that holds for every law of the numbers."""

import math

import numpy as np
from numpy.typing import NDArray

from gdexp.stats.seeds import LEVEL

Array = NDArray[np.float64]


def median_interval(values: Array) -> tuple[float, float, float]:
    """Return the median and the ends of its interval, two of the ordered values.

    How many of n values lie below the median is binomial, so that it lies between the
    k-th and the k-th from the end with at least the probability that is asked for.
    Infinite values are largest. The ends are NaN for less than 6 values.

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
    n, below, k = len(ordered), 0.0, 0
    middle = float((ordered[(n - 1) // 2] + ordered[n // 2]) / 2)
    while 2 * (below := below + math.comb(n, k) / 2**n) <= 1 - LEVEL:
        k += 1
    if not k:
        return middle, math.nan, math.nan
    return middle, float(ordered[k - 1]), float(ordered[n - k])
