"""The 95 % quantile."""

from dataclasses import dataclass

from gdexp.stats.seeds import quantile
from gdexp.stats.statistics.base import Array, Statistic


@dataclass(frozen=True)
class Quantile95(Statistic):
    """The 95 % quantile: the least T that 95 % of the seeds do not exceed.

    >>> import numpy as np
    >>> float(Quantile95().of(np.arange(1.0, 101.0)))
    95.0
    """

    name = "q95"
    formula = "T of rank ceil(0.95 S)"
    source = "ours"
    words = "95 % quantile"
    least = 20

    def of(self, times: Array) -> Array:
        """Return the quantile at 0.95."""
        return quantile(times, 0.95)
