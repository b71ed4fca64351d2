"""The observables that an entry can choose, by name: one file each, see `base`.

Loss, accuracy, misclassified samples, the smallest margin and the norm are recorded
along every run.
"""

import sys

from gdexp.core.member import members
from gdexp.core.observables.base import Observable

OBSERVABLES = members(sys.modules[__name__], Observable)

__all__ = ["OBSERVABLES", "Observable"]
