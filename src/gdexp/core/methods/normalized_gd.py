"""Normalized gradient descent."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class NormalizedGradientDescent(Method):
    """w <- w + step g(w) / (mean weight).

    A mean weight of 0 leaves no direction, and the run has diverged.
    """

    name = "normalized_gd"
    formula = "w += step sum_i s_i grad m_i / sum_i s_i"
    source = "arXiv 2412.08424, Theorems 5.3 and 6.1"
    additive = True
    traceable = True

    step: float

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step g(w) / mean_i s_i."""
        weights = oracle.weights(w)
        with np.errstate(all="ignore"):
            scaled = self.step / weights.sum() * weights
        return w + oracle.pull(w, scaled), memory
