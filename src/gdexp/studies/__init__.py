"""The studies, by name: what the paper says beyond the grid of cells. One file each."""

import sys

from gdexp.core.member import members
from gdexp.studies.base import Study, settings

STUDIES = members(sys.modules[__name__], Study)

__all__ = ["STUDIES", "Study", "settings"]
