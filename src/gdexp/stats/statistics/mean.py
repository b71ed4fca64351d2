"""The mean."""

from dataclasses import dataclass

from gdexp.stats.statistics.base import Array, Statistic


@dataclass(frozen=True)
class Mean(Statistic):
    """The mean; a single seed that was not separated makes it infinite.

    It needs more values than 10 for a coverage that is clearly above 0.90.

    >>> import numpy as np
    >>> float(Mean().of(np.array([1.0, 2.0, 6.0])))
    3.0
    """

    name = "mean"
    formula = "(1/S) sum_s T_s"
    source = "ours"
    words = "mean"
    least = 15

    def of(self, times: Array) -> Array:
        """Return the mean."""
        mean: Array = times.mean(axis=-1)
        return mean
