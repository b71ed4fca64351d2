"""The 90 % quantile."""

from dataclasses import dataclass

from gdexp.stats.seeds import quantile
from gdexp.stats.statistics.base import Array, Statistic


@dataclass(frozen=True)
class Quantile90(Statistic):
    """The 90 % quantile: the least T that 90 % of the seeds do not exceed.

    >>> import numpy as np
    >>> float(Quantile90().of(np.arange(1.0, 101.0)))
    90.0
    """

    name = "q90"
    formula = "T of rank ceil(0.9 S)"
    source = "ours"
    words = "90 % quantile"
    least = 10

    def of(self, times: Array) -> Array:
        """Return the quantile at 0.9."""
        return quantile(times, 0.9)
