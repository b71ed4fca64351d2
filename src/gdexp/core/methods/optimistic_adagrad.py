"""Optimistic Adagrad."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.arithmetic import functions_of
from gdexp.core.methods.adagrad import EPSILON
from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class OptimisticAdagrad(Method):
    """S <- S + d^2, h = step d / (sqrt S + 1e-8), z <- z + h, w = z + h, d = g(w)."""

    name = "optimistic_adagrad"
    formula = "S += d^2; h = step d / (sqrt S + 1e-8); z += h; w = z + h"
    source = "arXiv 1912.11940"
    traceable = True

    step: float

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return S = 0 and z = w_0."""
        return {"S": np.zeros_like(w), "z": w}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return z + h."""
        d = oracle(w)
        total = memory["S"] + d**2
        h = self.step * d / (functions_of(total).sqrt(total) + EPSILON)
        z = memory["z"] + h
        return z + h, {"S": total, "z": z}
