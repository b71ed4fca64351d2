"""Optimistic gradient descent."""

from dataclasses import dataclass

from numpy.random import Generator

from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class OptimisticGradientDescent(Method):
    """w <- w + step (2 d_t - d_(t-1)), with d_(-1) = d_0."""

    name = "optimistic_gd"
    formula = "w += step (2 d_t - d_(t-1)), d = g(w)"
    source = "arXiv 1912.11940"
    additive = True

    step: float

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return that there is no last direction."""
        return {"last": None}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step (2 d_t - d_(t-1))."""
        d = oracle(w)
        last = d if memory["last"] is None else memory["last"]
        return w + self.step * (2 * d - last), {"last": d}
