"""Gradient descent with steps adapted to the risk."""

from dataclasses import dataclass

from gdexp.core.methods.base import Array, Memory, Method, softmax
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class RiskAdaptive(Method):
    """w <- w + step sum_i softmax(-m)_i grad m_i.

    Gradient descent on the logarithm of the exponential risk, in logarithms.
    """

    name = "risk_adaptive"
    formula = "w += step sum_i softmax(-m)_i grad m_i"
    source = "arXiv 2504.04105"
    additive = True
    traceable = True
    weighs = True

    step: float

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step sum_i softmax(-m)_i grad m_i."""
        shares = softmax(-oracle.margins(w))
        return w + oracle.pull(w, self.step * shares), memory
