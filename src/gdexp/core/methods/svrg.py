"""Stochastic variance-reduced gradient descent, with noise if it is asked for."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator

from gdexp.core.member import check
from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.methods.sgd import chosen
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class Svrg(Method):
    """w <- w + step (g_B(w) - g_B(a) + g(a)) + noise sqrt(2 step) xi, a the anchor.

    g_B is the mean over a batch, xi is N(0, I), and the anchor is w itself in every
    so-many-th update. A refresh costs n gradients of single samples, an update two for
    each sample of its batch.

    Parameters
    ----------
    step : float
    every : int
        Updates between two refreshes; 0 stands for ceil(sqrt n).
    batch : int
        Samples in a batch.
    order : {"cyclic", "random"}
        The samples of a batch as in `sgd`.
    noise : float
        1 / sqrt(beta) of Langevin dynamics at the inverse temperature beta; 0, none,
        unless stated.

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="two_point", model="linear", algorithm="svrg", step=1,
    ...             max_iterations=9, stop="cap")
    >>> spec.run(4, 0).sample_gradients  # 9 updates, 5 refreshes of 2 samples
    28
    """

    name = "svrg"
    formula = "w += step (g_i(w) - g_i(a) + g(a)) + noise sqrt(2 step) xi, a an anchor"
    source = "Johnson, Zhang 2013; arXiv 2203.16217"

    step: float
    every: int = 0
    batch: int = 1
    order: Literal["cyclic", "random"] = "cyclic"
    noise: float = 0.0

    def __post_init__(self) -> None:
        check(self.every >= 0, "every", self.every, "1 or more, 0 for ceil(sqrt n)")
        check(self.batch >= 1, "batch", self.batch, "1 or more")
        check(self.noise >= 0, "noise", self.noise, "0 or more")

    @property
    def additive(self) -> bool:  # type: ignore[override]
        """Whether there is no noise, which would be another one elsewhere."""
        return self.noise == 0

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return t = 0, places for an anchor, and the generator if there is a draw."""
        nothing = {
            "anchor": w,
            "slope": 0 * w,
            "weights": np.zeros(oracle.n),
        }
        draws = self.order == "random" or self.noise > 0
        return {"t": 0} | nothing | ({"rng": rng} if draws else {})

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step (g_B(w) - g_B(a) + g(a)), and some noise."""
        t, n = memory["t"], oracle.n
        if t % (self.every or math.ceil(math.sqrt(n))) == 0:
            # the weights too: a tie at the anchor is what it was there
            weights = oracle.weights(w)
            slope = oracle.pull(w, weights / n)
            memory = memory | {"anchor": w, "slope": slope, "weights": weights}
        rows = chosen(memory if self.order == "random" else {"t": t}, n, self.batch)
        there = memory["weights"][rows] / self.batch
        change = oracle(w, rows) - oracle.pull(memory["anchor"], there, rows)
        w = w + self.step * (change + memory["slope"])
        if self.noise > 0:
            length = self.noise * math.sqrt(2 * self.step)
            w = w + length * memory["rng"].standard_normal(len(w))
        return w, memory | {"t": t + 1}
