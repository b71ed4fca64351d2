"""The logistic loss, that of the paper."""

from dataclasses import dataclass

from gdexp.core.arithmetic import functions_of
from gdexp.core.losses.base import Array, Loss, tail


@dataclass(frozen=True)
class Logistic(Loss):
    """l(m) = log(1 + exp(-m)), with the weight sigmoid(-m).

    >>> import numpy as np
    >>> Logistic().weight(np.array([0.0, -800.0, 800.0])).tolist()
    [0.5, 1.0, 0.0]
    """

    name = "logistic"
    formula = "log(1 + exp(-m))"
    source = "paper's text"
    traceable = True

    def value(self, margins: Array) -> Array:
        """Return log(1 + exp(-m_i))."""
        values: Array = functions_of(margins).logaddexp(0.0, -margins)
        return values

    def weight(self, margins: Array, tie: float = 1.0) -> Array:
        """Return 1 / (1 + exp(m_i))."""
        small = tail(margins)
        weights: Array = functions_of(small).where(margins >= 0, small, 1.0)
        return weights / (1.0 + small)

    def curvature(self, margins: Array) -> Array:
        """Return sigmoid(m_i) sigmoid(-m_i)."""
        small = tail(margins)
        curvature: Array = small / (1.0 + small) ** 2
        return curvature
