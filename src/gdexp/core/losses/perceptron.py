"""The perceptron loss: the limit of the logistic loss at large scale."""

from dataclasses import dataclass

from gdexp.core.arithmetic import functions_of
from gdexp.core.losses.base import Array, Loss


@dataclass(frozen=True)
class Perceptron(Loss):
    """l(m) = max(0, -m), with the weight 1 where m <= 0.

    At the zero start every margin is 0 and the weight is 1/2 = sigmoid(0) in that one
    step: the limit of gradient descent for large steps (arXiv 2412.08424, section 3)
    starts so. Later a margin of 0 has the weight 1.

    >>> import numpy as np
    >>> Perceptron().weight(np.array([-2.0, 0.0, 3.0]), tie=0.5).tolist()
    [1.0, 0.5, 0.0]
    """

    name = "perceptron"
    formula = "max(0, -m)"
    source = "paper's Theorem 2.1, read off a re-implementation"
    decides = True
    traceable = True

    def value(self, margins: Array) -> Array:
        """Return max(0, -m_i)."""
        values: Array = functions_of(margins).maximum(-margins, 0.0)
        return values

    def weight(self, margins: Array, tie: float = 1.0) -> Array:
        """Return 1 for m_i < 0, `tie` for 0, else 0."""
        xp = functions_of(margins)
        weights: Array = xp.where(margins > 0, 0.0, xp.where(margins < 0, 1.0, tie))
        return weights

    def curvature(self, margins: Array) -> Array:
        """Return 0."""
        zeros: Array = functions_of(margins).zeros_like(margins)
        return zeros
