"""What an algorithm is: a sample weight and its scale in one common update.

    w  <-  w + step * scale * sum_i weight(m_i) grad m_i(w)

========================  ===================  ====================
name                      weight(m)            scale
========================  ===================  ====================
gd                        sigmoid(-m)          1 / n
perceptron                1[m <= 0]            1 / n
normalized_gd             sigmoid(-m)          1 / sum_i weight(m_i)
normalized_perceptron     1[m <= 0]            1 / sum_i weight(m_i)
========================  ===================  ====================

At the zero start every margin is exactly 0 and the perceptrons use the weight
1/2 = sigmoid(0) in that one step: the limit of gradient descent for large steps
(arXiv 2412.08424, section 3) starts so. Later a margin of 0 has the weight 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Algorithm:
    """One member of the family.

    Attributes
    ----------
    name, formula, source : str
        How to call it, what it is in one line, and where it comes from.
    indicator : bool
        True for the weight 1[m <= 0], False for sigmoid(-m).
    normalized : bool
        True for the scale 1 / sum of weights, False for 1 / n.
    weight : callable or None
        Another weight(m), of margins of shape (n,), in the place of both. The compiled
        forms know the two above only; with another one a run takes the direct form.
    """

    name: str
    formula: str
    source: str
    indicator: bool = False
    normalized: bool = False
    weight: Callable[[Array], Array] | None = None

    def weights(
        self,
        margins: Array,
        *,
        tie: float = 1.0,
        limits: Array | float = 0.0,
        step: float = 1.0,
    ) -> Array:
        """Return the scaled sample weights, shape (n,).

        Parameters
        ----------
        margins : ndarray, shape (n,)
        tie : float
            The perceptron's weight at a margin of 0: 1/2 in the step from the zero
            start, otherwise 1.
        limits : ndarray, shape (n,), or float
            Up to which size a margin counts as 0, as its rounding error may be that.
        step : float
            A factor of all of them.
        """
        if self.weight is not None:
            weights = self.weight(margins)
        elif self.indicator:
            tied = np.where(margins < -limits, 1.0, tie)
            weights = np.where(margins > limits, 0.0, tied)
        else:
            weights = sigmoid(-margins)
        # in this order, for a multiple of n or of all sums leaves whole numbers whole
        return (step / (weights.sum() if self.normalized else len(margins))) * weights


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)) without overflow: exp only sees -abs(x)."""
    tail = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, tail) / (1.0 + tail)


def logistic_loss(margins: Array) -> float:
    """Return mean_i log(1 + exp(-m_i)) without overflow."""
    return float(np.logaddexp(0.0, -margins).mean())
