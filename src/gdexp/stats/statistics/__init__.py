"""The statistics of T over seeds, by name: one file each, see `base`.

Fewer values than a statistic's `least` hardly vary when drawn anew, and a quantile that
is the greatest of them even less: intervals of false comfort. Five log-normal dims at
nominal 95 %, the share that held the true exponent, in 500 repetitions or more, 3,000
for the mean:

    seeds     5     8    10    12    15    20
    mean   0.86  0.90  0.91  0.91  0.92  0.93
    median       0.98  0.97  0.98  0.98  0.97
    q90    0.90  0.87  0.97  0.97  0.97  0.98
    q95          0.91  0.89  0.89  0.88  0.96
"""

import sys

from gdexp.core.member import members
from gdexp.stats.statistics.base import Statistic

STATISTICS = members(sys.modules[__name__], Statistic)

__all__ = ["STATISTICS", "Statistic"]
