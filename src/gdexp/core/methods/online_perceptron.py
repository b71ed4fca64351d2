"""Rosenblatt's perceptron: one sample at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class OnlinePerceptron(Method):
    """Sweep the samples in order, w <- w + grad m_i at each one with m_i <= 0.

    T counts updates, and so does the cap; a clean sweep is a separation.
    """

    name = "online_perceptron"
    formula = "in order: w += grad m_i where m_i <= 0"
    source = "Rosenblatt 1958"
    additive = True
    weighs = True
    decides = True

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return the sample to look at first."""
        return {"i": 0}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + grad m_i at the next sample that is not on its right side."""
        n, first = oracle.n, memory["i"]
        wrong = ~(oracle.margins(w) > oracle.limits(w))
        ahead = np.flatnonzero(np.roll(wrong, -first))
        if not len(ahead):
            return w, memory
        i = (first + int(ahead[0])) % n
        return w + oracle.pull(w, np.ones(1), [i]), {"i": (i + 1) % n}
