"""The losses, by name: one file each, see `gdexp.core.losses.base`."""

import sys

from gdexp.core.losses.base import Loss
from gdexp.core.member import members

LOSSES = members(sys.modules[__name__], Loss)

__all__ = ["LOSSES", "Loss"]
