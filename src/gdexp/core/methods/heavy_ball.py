"""Gradient descent with Polyak's heavy ball."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.member import check
from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class HeavyBall(Method):
    """u <- momentum u + g(w), w <- w + step u.

    Parameters
    ----------
    step : float
    momentum : float
        From 0, below 1.
    """

    name = "heavy_ball"
    formula = "u = momentum u + g(w); w += step u"
    source = "Polyak 1964; arXiv 2010.13165"
    additive = True
    traceable = True

    step: float
    momentum: float = 0.9

    def __post_init__(self) -> None:
        check(0 <= self.momentum < 1, "momentum", self.momentum, "from 0, below 1")

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return the velocity u = 0."""
        return {"u": np.zeros_like(w)}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step u."""
        u = self.momentum * memory["u"] + oracle(w)
        return w + self.step * u, {"u": u}
