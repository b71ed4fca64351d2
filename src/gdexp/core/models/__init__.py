"""The models, by name: one file each, see `gdexp.core.models.base`."""

import sys

from gdexp.core.member import members
from gdexp.core.models.base import Certain, Model
from gdexp.core.models.network import Network

MODELS = members(sys.modules[__name__], Model)

__all__ = ["MODELS", "Certain", "Model", "Network"]
