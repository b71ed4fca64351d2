"""Implicit stochastic gradient descent: the weight of the point that is stepped to."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator

from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.methods.sgd import chosen
from gdexp.core.oracle import Oracle

TOLERANCE = 4 * np.finfo(float).eps


@dataclass(frozen=True)
class ImplicitSgd(Method):
    """w+ = w + step s_i(w+) grad m_i(w+), for the linear model.

    There grad m_i = z_i, so that the margin's gain r solves one scalar equation,

        r = step |z_i|^2 s(m + r),

    by bisection, since its right side falls in r for a convex loss. Each evaluation
    of s counts as a gradient of one sample. The update is (r / |z_i|^2) z_i: the weight
    itself would multiply what m + r is rounded by with a long step.

    Parameters
    ----------
    step : float
    order : {"cyclic", "random"}
        The sample t modulo n, or drawn with replacement.
    """

    name = "implicit_sgd"
    formula = "w+ = w + step s_i(w+) z_i, i = t mod n or drawn"
    source = "arXiv 2303.01767"
    additive = True
    models = ("linear",)

    step: float
    order: Literal["cyclic", "random"] = "cyclic"

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return t = 0, and the generator if samples are drawn."""
        return {"t": 0} | ({"rng": rng} if self.order == "random" else {})

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step s(m') z_i."""
        (i,) = chosen(memory, oracle.n, 1)
        z = oracle.pull(w, np.ones(1), [i])
        m = float(oracle.margins(w)[i])
        gain = self.step * float(oracle.model.margins(*oracle.at([i]), z)[0])
        weight = self._gain(oracle, m, gain) / gain if gain else 0.0
        return w + self.step * weight * z, memory | {"t": memory["t"] + 1}

    def _gain(self, oracle: Oracle, m: float, gain: float) -> float:
        """Return the solution r of r = gain s(m + r)."""

        def at(margin: float) -> float:
            oracle.sample_gradients += 1
            return gain * float(oracle.loss.weight(np.array([margin]))[0])

        # the solution lies between 0 and gain s(m), whatever the sign of s
        low, high = sorted((0.0, at(m)))
        while high - low > TOLERANCE * max(abs(low), abs(high), 1e-300):
            middle = low + (high - low) / 2
            if middle in (low, high):
                break
            low, high = (middle, high) if middle < at(m + middle) else (low, middle)
        return low + (high - low) / 2
