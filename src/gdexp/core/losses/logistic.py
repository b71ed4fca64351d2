"""The logistic loss, that of the paper."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.losses.base import Array, Loss, tail


@dataclass(frozen=True)
class Logistic(Loss):
    """l(m) = log(1 + exp(-m)), with the weight sigmoid(-m).

    >>> Logistic().weight(np.array([0.0, -800.0, 800.0])).tolist()
    [0.5, 1.0, 0.0]
    """

    name = "logistic"
    formula = "log(1 + exp(-m))"
    source = "paper's text"

    def value(self, margins: Array) -> Array:
        """Return log(1 + exp(-m_i))."""
        return np.logaddexp(0.0, -margins)

    def weight(self, margins: Array, tie: float = 1.0) -> Array:
        """Return 1 / (1 + exp(m_i))."""
        small = tail(margins)
        return np.where(margins >= 0, small, 1.0) / (1.0 + small)

    def curvature(self, margins: Array) -> Array:
        """Return sigmoid(m_i) sigmoid(-m_i)."""
        small = tail(margins)
        return np.asarray(small / (1.0 + small) ** 2)
