"""Gradient descent; with the perceptron loss, the batch perceptron."""

from dataclasses import dataclass

from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class GradientDescent(Method):
    """w <- w + step g(w)."""

    name = "gd"
    formula = "w += (step/n) sum_i s_i grad m_i"
    source = "paper's text; Eq. (10), the two-layer case, read off a re-implementation"
    additive = True
    traceable = True

    step: float

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step g(w)."""
        # the step first: a multiple of n leaves whole numbers whole
        weights = self.step / oracle.n * oracle.weights(w)
        return w + oracle.pull(w, weights), memory
