"""Nesterov's accelerated gradient."""

from dataclasses import dataclass

from numpy.random import Generator

from gdexp.core.member import check
from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle


@dataclass(frozen=True)
class Nesterov(Method):
    """y = w_t + b_t (w_t - w_(t-1)), w_(t+1) = y + step g(y), with b_t = t / (t + 3).

    Parameters
    ----------
    step : float
    momentum : float or None
        A fixed number in the place of b_t, from 0, below 1.
    """

    name = "nag"
    formula = "y = w_t + t/(t+3) (w_t - w_(t-1)); w_(t+1) = y + step g(y)"
    source = "Nesterov 1983; arXiv 2010.13165"
    additive = True
    traceable = True

    step: float
    momentum: float | None = None

    def __post_init__(self) -> None:
        holds = self.momentum is None or 0 <= self.momentum < 1
        check(holds, "momentum", self.momentum, "from 0, below 1")

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return w_(-1) = w_0 and t = 0."""
        return {"last": w, "t": 0}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return y + step g(y)."""
        t = memory["t"]
        share = t / (t + 3) if self.momentum is None else self.momentum
        y = w + share * (w - memory["last"])
        return y + self.step * oracle(y), {"last": w, "t": t + 1}
