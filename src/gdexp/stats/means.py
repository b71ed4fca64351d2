"""Means over a few seeds, with an interval."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.random import default_rng

from gdexp.stats.seeds import percentile_interval, with_interval

LEAST = 10  # values, below which a bootstrap would be too sure
REPETITIONS = 2000


class Mean(NamedTuple):
    """A mean with the ends of its 95 % bootstrap interval, NaN without one."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return with_interval(*self, ".3g")


def mean_of(values: "Sequence[float]") -> Mean:
    """Return the mean of values, one for each seed, with its interval.

    >>> str(mean_of([2.0] * 10)), str(mean_of([1.0, 2.0]))
    ('2 [2, 2]', '1.5, no interval')
    """
    array = np.asarray(values, float)
    if len(array) < LEAST or not np.isfinite(array).all():
        return Mean(float(array.mean()), math.nan, math.nan)
    drawn = default_rng(0).integers(len(array), size=(REPETITIONS, len(array)))
    low, high = percentile_interval(array[drawn].mean(axis=1))
    return Mean(float(array.mean()), float(low), float(high))
