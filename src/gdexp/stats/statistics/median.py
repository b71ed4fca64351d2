"""The median."""

from dataclasses import dataclass

from gdexp.stats.seeds import quantile
from gdexp.stats.statistics.base import Array, Statistic


@dataclass(frozen=True)
class Median(Statistic):
    """The median: the least T that half of the seeds do not exceed.

    >>> import numpy as np
    >>> float(Median().of(np.arange(1.0, 101.0)))
    50.0
    """

    name = "median"
    formula = "T of rank ceil(0.5 S)"
    source = "ours"
    words = "median"
    least = 10

    def of(self, times: Array) -> Array:
        """Return the quantile at 0.5."""
        return quantile(times, 0.5)
