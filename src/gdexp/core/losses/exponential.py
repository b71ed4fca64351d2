"""The exponential loss."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.arithmetic import functions_of
from gdexp.core.losses.base import Array, Loss


@dataclass(frozen=True)
class Exponential(Loss):
    """l(m) = exp(-m), its own weight; overflows to infinity from m = -709 on.

    >>> Exponential().weight(np.array([0.0])).tolist()
    [1.0]
    """

    name = "exponential"
    formula = "exp(-m)"
    source = "arXiv 2007.06738, 2504.04105"
    traceable = True

    def value(self, margins: Array) -> Array:
        """Return exp(-m_i)."""
        with np.errstate(over="ignore"):
            values: Array = functions_of(margins).exp(-margins)
        return values

    def weight(self, margins: Array, tie: float = 1.0) -> Array:
        """Return exp(-m_i)."""
        return self.value(margins)

    def curvature(self, margins: Array) -> Array:
        """Return exp(-m_i)."""
        return self.value(margins)
