"""Adagrad: a step for each coordinate."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.arithmetic import functions_of
from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle

EPSILON = 1e-8  # keeps the first steps finite


@dataclass(frozen=True)
class Adagrad(Method):
    """S <- S + d^2 by coordinate, w <- w + step d / (sqrt S + 1e-8), d = g(w)."""

    name = "adagrad"
    formula = "S += d^2; w += step d / (sqrt S + 1e-8), d = g(w), by coordinate"
    source = "Duchi, Hazan, Singer 2011"
    traceable = True

    step: float

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return S = 0."""
        return {"S": np.zeros_like(w)}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step d / (sqrt S + 1e-8)."""
        d = oracle(w)
        total = memory["S"] + d**2
        length = functions_of(total).sqrt(total)
        return w + self.step * d / (length + EPSILON), {"S": total}
