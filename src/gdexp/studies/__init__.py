"""The studies, by name: what the paper says beyond the grid of cells. One file each."""

import sys

from gdexp.core.member import Shelf
from gdexp.studies.base import Study, settings

STUDIES: Shelf[Study] = Shelf(sys.modules[__name__], Study)

__all__ = ["STUDIES", "Study", "settings"]
