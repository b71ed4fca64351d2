"""Adam, with bias correction."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.arithmetic import functions_of
from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle

FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8  # those of its paper


@dataclass(frozen=True)
class Adam(Method):
    """Means of d = g(w) and of d^2, corrected, by coordinate: w + step m / sqrt v."""

    name = "adam"
    formula = "m, v means of d, d^2 (0.9, 0.999); w += step m / (sqrt v + 1e-8)"
    source = "arXiv 1412.6980"
    traceable = True

    step: float

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return both means as 0."""
        return {"m": np.zeros_like(w), "v": np.zeros_like(w), "t": 0}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step m / (sqrt v + 1e-8)."""
        t, d = memory["t"] + 1, oracle(w)
        m = FIRST * memory["m"] + (1 - FIRST) * d
        v = SECOND * memory["v"] + (1 - SECOND) * d**2
        mean, square = m / (1 - FIRST**t), v / (1 - SECOND**t)
        length = functions_of(square).sqrt(square)
        w = w + self.step * mean / (length + EPSILON)
        return w, {"m": m, "v": v, "t": t}
