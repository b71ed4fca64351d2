"""The smooth perceptron: accelerated, from the margin's smooth dual."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.methods.base import Array, Memory, Method, softmax
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class SmoothPerceptron(Method):
    """With q_mu(w) = softmax(-Z w / mu): first y = 1/n, w = Z'y, mu = 1, y = q_mu(w).

    Then, with th = 2 / (k + 3), k = 0, 1, ...::

        w  <- (1 - th) (w + th Z'y) + th^2 Z'q_mu(w)
        mu <- (1 - th) mu
        y  <- (1 - th) y + th q_mu(w)
    """

    name = "smooth_perceptron"
    formula = "w = (1-th) (w + th Z'y) + th^2 Z'softmax(-Zw/mu), th = 2/(k+3)"
    source = "Soheili, Pena 2012; arXiv 2210.09371"
    additive = True
    weighs = True
    from_zero = True
    models = ("linear",)

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return y = 1/n, and that nothing was done."""
        return {"k": -1, "mu": 1.0, "y": np.full(oracle.n, 1 / oracle.n)}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return the next w, and y at it."""
        k, mu, y = memory["k"], memory["mu"], memory["y"]
        if k < 0:
            w = oracle.pull(w, y)
            return w, {"k": 0, "mu": 1.0, "y": softmax(-oracle.margins(w))}
        th = 2 / (k + 3)
        q = softmax(-oracle.margins(w) / mu)
        # Z is linear: both products at once
        w = (1 - th) * w + oracle.pull(w, (1 - th) * th * y + th**2 * q)
        mu = (1 - th) * mu
        y = (1 - th) * y + th * softmax(-oracle.margins(w) / mu)
        return w, {"k": k + 1, "mu": mu, "y": y}
