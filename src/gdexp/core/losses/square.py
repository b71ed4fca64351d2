"""The square loss, of a margin that is to be 1."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.losses.base import Array, Loss


@dataclass(frozen=True)
class Square(Loss):
    """l(m) = (1 - m)^2 / 2, with the weight 1 - m, which may be negative.

    >>> Square().weight(np.array([0.0, 3.0])).tolist()
    [1.0, -2.0]
    """

    name = "square"
    formula = "(1 - m)^2 / 2"
    source = "the edge-of-stability runs of the field"
    traceable = True

    def value(self, margins: Array) -> Array:
        """Return (1 - m_i)^2 / 2."""
        with np.errstate(over="ignore"):
            values: Array = (1.0 - margins) ** 2 / 2
        return values

    def weight(self, margins: Array, tie: float = 1.0) -> Array:
        """Return 1 - m_i."""
        return 1.0 - margins

    def curvature(self, margins: Array) -> Array:
        """Return 1."""
        return np.ones_like(margins)
