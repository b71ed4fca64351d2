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

In float64 a margin within the bound of its rounding, gamma_d |z_i| |e|, is not
positive. In float32 that would be too coarse: there any positive margin counts, the end
is checked in float64, and the run goes on from an end that was none. Bytes are
multiplied with vectors of as many bits in whole numbers where a processor has steps for
that (`_passes`), in float32 elsewhere: the verdict is certain either way, T is not.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.core.arithmetic import UNIT_ROUNDOFF
from gdexp.core.forms._announce import announce
from gdexp.core.forms.coordinates import shifts
from gdexp.core.outcome import (
    RESCALE_ABOVE,
    RESCALE_BITS,
    STATUSES,
    Array,
    IntArray,
    Status,
)
from gdexp.core.problem import Problem

STRIDE = 2 * 10**10  # numbers read between two checkpoints
UNIT_ROUNDOFFS = {"float64": UNIT_ROUNDOFF, "float32": 0.0}
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
    counters : ndarray of int, shape (4,)
        The iteration; the bits by which the state was shortened; unclear signs; the
        iteration where an end was refused.
    history : ndarray, shape (3,)
        The last loss, how many steps have raised it, and the unit roundoff that limits
        are made of.
    """

    problem: Problem
    c: Array
    v: Array
    counters: IntArray
    history: Array

    @classmethod
    def of(cls, problem: Problem, cap: int = 0) -> "Rows":
        """Take the start of a problem as the state."""
        k = shifts(problem.model) if problem.model.degree == 2 else 0
        start = problem.start
        roundoff = 0.0 if problem.is_exact(cap) else UNIT_ROUNDOFFS[problem.precision]
        counters = np.array([0, 0, 0, -1], np.int64)
        history = np.array([np.inf, 0.0, roundoff])
        return cls(problem, start[:k].copy(), start[k:].copy(), counters, history)

    def dump(self) -> dict[str, NDArray[Any]]:
        """Return everything that changes in a run, as arrays; see `checkpoint`."""
        return {
            "c": self.c,
            "v": self.v,
            "counters": self.counters,
            "history": self.history,
        }

    def load(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put a state that was dumped in the place of this one."""
        for name, array in self.dump().items():
            array[...] = arrays[name]

    @property
    def sample_gradients(self) -> int:
        """How many gradients of single samples were asked for."""
        return int(self.counters[0]) * len(self.problem.data.labels)

    @property
    def stride(self) -> int:
        """Iterations between two checkpoints: some seconds of computing."""
        return 1 + STRIDE // self.problem.data.samples.size

    @property
    def bits(self) -> int:
        """The bits by which the iterate is shortened."""
        return int(self.counters[1])

    @property
    def unclear(self) -> int:
        """How often a sign decided something while it was unclear."""
        return int(self.counters[2])

    @property
    def engine(self) -> dict[str, str]:
        """How bytes were multiplied where that depends on the machine: `_passes`."""
        from gdexp.core.forms._passes import whole

        stored = self._stored.dtype == np.uint8
        exact = whole(stored, self.problem.precision == "float32")
        return {"products": "whole numbers"} if exact else {}

    @cached_property
    def lengths(self) -> Array:
        """The |z_i|, shape (n,)."""
        samples = self.problem.data.samples
        squares = np.array([np.square(row, dtype=float).sum() for row in samples])
        lengths: Array = np.abs(self.problem.data.factors) * np.sqrt(squares)
        return lengths

    @cached_property
    def _stored(self) -> NDArray[Any]:
        """The samples, shape (n, d); bytes multiplied as such have longer rows.

        Of an odd number of cache lines: the same column of several rows would be in few
        places of a cache otherwise, and push the others out.
        """
        from gdexp.core.forms._bytes import COLUMNS, WIDEST
        from gdexp.core.forms._passes import whole
        from gdexp.core.forms.gram import aligned

        samples: NDArray[Any] = self.problem.data.samples
        if not whole(samples.dtype == np.uint8, self.problem.precision == "float32"):
            return samples
        n, d = samples.shape
        if d > WIDEST:
            return samples.astype(np.float32)
        lines = -(-d // COLUMNS) | 1
        stored = aligned(n, lines * COLUMNS, kind=np.uint8)
        stored[:, :d], stored[:, d:] = samples, 0
        return stored

    def refuse(self) -> None:
        """Go on where the run ended: its parameters did not separate the samples."""
        self.counters[3] = self.counters[0]
        self.counters[2] += 1
        if self.problem.perceptron:  # nothing would change any more
            self.history[2] = max(4 * self.history[2], UNIT_ROUNDOFF)

    def go_on(self) -> None:
        """Go on where the run ended, to the cap."""
        self.counters[3] = -2

    def advance(self, cap: int, times: IntArray) -> tuple[Status | None, Array]:
        """Run to the end or to the last of `times`; return the rows recorded."""
        from gdexp.core.forms import _row_loop

        problem = self.problem
        samples = self._stored
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
            self.lengths,
            np.empty(len(self.v), problem.precision),
            problem.step,
            cap,
            problem.first_tie if self.counters[0] == 0 else 1.0,
            problem.perceptron,
            problem.normalized,
            problem.scale_free,
            problem.unit,
            *RESCALING[problem.precision],
            NEGLIGIBLE[problem.precision] / len(samples),
            times,
            table,
        )
        return STATUSES.get(status), table[:count]

    def iterate(self) -> Array:
        """Return the parameters w = [c, v], shortened by 2^bits, shape (k + d,)."""
        return np.concatenate([self.c, self.v])
