"""The methods, by name: one file each, see `gdexp.core.methods.base`."""

import sys

from gdexp.core.member import members
from gdexp.core.methods.base import Method

METHODS = members(sys.modules[__name__], Method)

__all__ = ["METHODS", "Method"]
