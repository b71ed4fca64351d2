"""Stochastic gradient descent, in order or at random."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.random import Generator

from gdexp.core.member import check
from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle
from gdexp.core.outcome import IntArray


@dataclass(frozen=True)
class StochasticGradientDescent(Method):
    """w <- w + step (mean of s_i grad m_i over a batch).

    Parameters
    ----------
    step : float
    batch : int
        Samples in a batch.
    order : {"cyclic", "random"}
        The samples t batch, t batch + 1, ... modulo n, or drawn with replacement.
    """

    name = "sgd"
    formula = "w += step s_i grad m_i, i = t mod n or drawn"
    source = "Robbins, Monro 1951; arXiv 2508.21571"
    additive = True

    step: float
    batch: int = 1
    order: Literal["cyclic", "random"] = "cyclic"

    def __post_init__(self) -> None:
        check(self.batch >= 1, "batch", self.batch, "1 or more")

    @property
    def traceable(self) -> bool:  # type: ignore[override]
        """Whether no sample is drawn."""
        return self.order == "cyclic"

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return t = 0, and the generator if samples are drawn."""
        return {"t": 0} | ({"rng": rng} if self.order == "random" else {})

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return w + step g(w) on the batch."""
        rows = chosen(memory, oracle.n, self.batch)
        return w + self.step * oracle(w, rows), memory | {"t": memory["t"] + 1}


def chosen(memory: dict[str, Any], n: int, batch: int) -> IntArray:
    """Return the samples of the next batch, in order or drawn."""
    rows: IntArray
    if "rng" in memory:
        rows = memory["rng"].integers(n, size=batch)
    else:
        rows = (memory["t"] * batch + np.arange(batch)) % n
    return rows
