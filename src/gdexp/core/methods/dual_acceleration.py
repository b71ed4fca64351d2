"""Fast margin maximization by dual acceleration."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.methods.base import Array, Memory, Method, softmax
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class DualAcceleration(Method):
    """q = Z'softmax(-Z w), G <- t/(t+1) (G + q), w <- w + G + q, for t = 0, 1, ..."""

    name = "dual_acceleration"
    formula = "q = Z'softmax(-Zw); G = t/(t+1) (G + q); w += G + q"
    source = "arXiv 2107.00595"
    additive = True
    weighs = True
    from_zero = True
    models = ("linear",)

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return G = 0 and t = 0."""
        return {"G": np.zeros_like(w), "t": 0}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + G + q."""
        t = memory["t"]
        q = oracle.pull(w, softmax(-oracle.margins(w)))
        momentum = t / (t + 1) * (memory["G"] + q)
        return w + momentum + q, {"G": momentum, "t": t + 1}
