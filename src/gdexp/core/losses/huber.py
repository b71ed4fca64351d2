"""The modified Huber loss, which can be exactly zero."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.arithmetic import functions_of
from gdexp.core.losses.base import Array, Loss


@dataclass(frozen=True)
class Huber(Loss):
    """l(m) = max(0, 1 - m)^2 / 4 for m >= -1, else -m; the weight is 0 from m = 1 on.

    >>> Huber().weight(np.array([-3.0, 0.0, 1.0])).tolist()
    [1.0, 0.5, 0.0]
    """

    name = "huber"
    formula = "max(0, 1 - m)^2 / 4 for m >= -1, else -m"
    source = "arXiv 2502.04889"
    traceable = True

    def value(self, margins: Array) -> Array:
        """Return the loss; exactly 0 where m_i >= 1."""
        xp = functions_of(margins)
        with np.errstate(over="ignore"):
            square = xp.maximum(1.0 - margins, 0.0) ** 2 / 4
        values: Array = xp.where(margins >= -1, square, -margins)
        return values

    def weight(self, margins: Array, tie: float = 1.0) -> Array:
        """Return (1 - m_i) / 2, no less than 0 and no more than 1."""
        weights: Array = functions_of(margins).clip((1.0 - margins) / 2, 0.0, 1.0)
        return weights

    def curvature(self, margins: Array) -> Array:
        """Return 1/2 for -1 < m_i < 1, else 0."""
        return np.where(np.abs(margins) < 1, 0.5, 0.0)
