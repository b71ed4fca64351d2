"""A statistic of one's own: the geometric mean of T. Put it into ``own/``.

It has rows in ``scaling.csv`` and ``exponents.csv``; ``statistic: geometric`` draws it.
"""

from dataclasses import dataclass

import numpy as np

from gdexp.stats.statistics import Statistic


@dataclass(frozen=True)
class Geometric(Statistic):
    """The geometric mean, of T + 1: some are separated from the start."""

    name = "geometric"
    formula = "exp((1/S) sum_s log(T_s + 1)) - 1"
    source = "ours"
    words = "geometric mean"
    least = 15  # seeds from which an interval is to be trusted

    def of(self, times):
        """Return it along the last axis; T is infinite where none was found."""
        return np.expm1(np.log1p(times).mean(axis=-1))
