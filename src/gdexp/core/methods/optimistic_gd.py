"""Optimistic gradient descent."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.arithmetic import functions_of
from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class OptimisticGradientDescent(Method):
    """w <- w + step (2 d_t - d_(t-1)), with d_(-1) = d_0."""

    name = "optimistic_gd"
    formula = "w += step (2 d_t - d_(t-1)), d = g(w)"
    source = "arXiv 1912.11940"
    additive = True
    traceable = True

    step: float

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return that there is no last direction, at t = 0."""
        return {"last": np.zeros_like(w), "t": 0}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step (2 d_t - d_(t-1))."""
        t, d = memory["t"], oracle(w)
        last = functions_of(d).where(t > 0, memory["last"], d)
        return w + self.step * (2 * d - last), {"last": d, "t": t + 1}
