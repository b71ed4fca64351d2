"""The row form: the parameters themselves, one compiled pass over the samples.

For many samples, where the Gram matrix of the reduced form is larger than the samples.
With w = [c, v] and the signed samples z_i = f_i x_i, x_i as stored (bytes, for images)

    margins    m_i = f_i <x_i, e>  with  e = sum_j c_j P^-j v
    pull-back  dv = sum_j c_j P^j r,  dc_j = <P^j r, v>
               with  r = sum_i weight_i f_i x_i

so that both products of an iteration read each sample once. Weights below
`NEGLIGIBLE` / n of the least sum of weights there can be are left out of r: they are
less than its rounding. The loss is known at every iteration, so the steps that raise it
are counted.
"""

from dataclasses import dataclass

import numpy as np

from gdexp.descent._compiled import announce
from gdexp.descent.outcome import (
    RESCALE_ABOVE,
    RESCALE_BITS,
    STATUSES,
    Array,
    IntArray,
    Status,
)
from gdexp.descent.problem import Problem

STRIDE = 2 * 10**10  # numbers read between two checkpoints
THREADED = 1_000_000  # numbers in the samples from which on threads pay

# Per precision of the products: what a weight may be to be left out, relative to the
# mean of 1/(2n) at least, and when a perceptron of degree 2 is shortened.
NEGLIGIBLE = {"float64": 2.0**-54, "float32": 2.0**-25}
RESCALING = {"float64": (RESCALE_ABOVE, RESCALE_BITS), "float32": (1e10, 16)}


@dataclass
class Rows:
    """The state of a run in row form.

    Attributes
    ----------
    c, v : ndarray, shapes (k,) and (d,)
    counters : ndarray of int, shape (2,)
        The iteration, and the bits by which the state was shortened.
    history : ndarray, shape (2,)
        The last loss, and how many steps have raised it.
    """

    problem: Problem
    c: Array
    v: Array
    counters: IntArray
    history: Array

    @classmethod
    def of(cls, problem: Problem) -> "Rows":
        """Take the start of a problem as the state."""
        k = problem.model.kernel
        start = problem.start
        counters, history = np.zeros(2, np.int64), np.array([np.inf, 0.0])
        return cls(problem, start[:k].copy(), start[k:].copy(), counters, history)

    @property
    def arrays(self) -> dict[str, Array | IntArray]:
        """The arrays that make up the state; see `gdexp.descent.checkpoint`."""
        return {
            "c": self.c,
            "v": self.v,
            "counters": self.counters,
            "history": self.history,
        }

    @property
    def stride(self) -> int:
        """Iterations between two checkpoints: some seconds of computing."""
        return 1 + STRIDE // self.problem.data.samples.size

    def advance(self, cap: int, times: IntArray) -> tuple[Status | None, Array]:
        """Run to the end or to the last of `times`; return the rows recorded."""
        from gdexp.descent import _row_loop

        problem = self.problem
        samples = problem.data.samples
        threaded = samples.size >= THREADED
        run = announce(_row_loop.run_threaded if threaded else _row_loop.run)
        table = np.empty((len(times), 6))
        status, count = run(
            self.c,
            self.v,
            self.counters,
            self.history,
            samples,
            problem.data.factors,
            np.empty(len(self.v), problem.precision),
            problem.step,
            cap,
            problem.first_tie if self.counters[0] == 0 else 1.0,
            problem.algorithm.indicator,
            problem.algorithm.normalized,
            problem.scale_free,
            *RESCALING[problem.precision],
            NEGLIGIBLE[problem.precision] / len(samples),
            times,
            table,
        )
        return STATUSES.get(status), table[:count]

    def iterate(self) -> Array:
        """Return the parameters w = [c, v], shortened by 2^bits, shape (k + d,)."""
        return np.concatenate([self.c, self.v])
