"""The compiled reduced form: gradient descent in reduced coordinates, in nanoseconds.

The same coordinates as in `coordinates`, for gradient descent and its perceptrons, with
the products kept up to date. With v = v_0 + sum_ij a_ij P^j z_i a run is determined by

    kernel        c                       (k,)    fixed to (1) in the linear model
    products      u_ij = <P^j z_i, v>     (n, k)  so that m_i = sum_j c_j u_ij
    coefficients  a_ij                    (n, k)
    Gram matrix   <P^j z_i, P^q z_p>      (n, k, n, k)

and with the scaled sample weights s_i = step * weight_i one iteration is

    a_ij += s_i c_j,   c_j += sum_i s_i u_ij,   u += Gram (s_i c_j)_ij

which costs O((n k)^2) whatever d is. Products are known in twice the precision at the
start, and again whenever they are made anew (see `_loop`): they do not drift away from
the parameters, which are c and the a_ij themselves. The norm needs no d either:
|v|^2 = |v_0|^2 + sum_ij a_ij (u_ij(0) + u_ij). That sum cancels where w shrinks to
less than about 1e-3 of its start; only the recorded norm then loses digits.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.core.arithmetic import UNIT_ROUNDOFF, exact_dot
from gdexp.core.forms._announce import announce
from gdexp.core.forms.coordinates import shifts
from gdexp.core.outcome import STATUSES, Array, IntArray, Span, Status
from gdexp.core.problem import Problem

_LANES = 8  # of `_double.dot`
STRIDE = 10**10  # entries of the Gram matrix read between two checkpoints


@dataclass
class Compiled:
    """The state of a run in compiled reduced form; see the module for the symbols.

    Attributes
    ----------
    c : ndarray, shape (k,)
    products : ndarray, shape (n, k)
    coefficients : ndarray, shape (3, n, k)
        Their sum: the part of high order, that of low order, and what the updates
        since the last refreshment have added.
    start_products : ndarray, shape (2, n, k)
        High and low.
    gram : ndarray, shape (2, n, k, n, k)
        Likewise.
    start_square : float
        |v_0|^2.
    counters : ndarray of int, shape (6,)
        The iteration; the bits by which the state was shortened: the iterate is 2^bits
        times what the state says; the iteration where products were made anew; unclear
        signs; the last iteration with exact products, and that where an end was
        refused.
    bounds : ndarray, shape (4,)
        The unit roundoff, 0 where no number of the run needs rounding; roundings so
        far, reach and residue, see `_loop`.
    spanned : bool
        Whether rows have c and the products behind their five numbers, see `span`.
    """

    problem: Problem
    c: Array
    products: Array
    coefficients: Array
    start_products: Array
    gram: Array
    start_square: float
    counters: IntArray
    bounds: Array
    spanned: bool = False

    @classmethod
    def of(cls, problem: Problem, cap: int = 0) -> "Compiled":
        """Reduce a problem: O(n^2 k d) once, then nothing of size d is touched."""
        from gdexp.core.forms import _double, gram  # numba is loaded on first use

        z, k = np.ascontiguousarray(problem.z), shifts(problem.model)
        trained = problem.model.degree == 2
        c, v = problem.start[: k * trained], problem.start[k * trained :].copy()
        start = gram.start_products(z, v, k)
        products, coefficients = gram.aligned(len(z), k), gram.aligned(3, len(z), k)
        products[...], coefficients[...] = start[0], 0.0
        square = sum(_double.dot(v, v))
        roundoff = 0.0 if problem.is_exact(cap) else UNIT_ROUNDOFF
        length = math.sqrt(square) * (1 + 4 * roundoff)
        spare = roundoff * (products.size + k + 6)
        return cls(
            problem,
            c.copy() if trained else np.ones(1),
            products,
            coefficients,
            start,
            gram.shifted_gram(z, k),
            square,
            np.array([0, 0, 0, 0, -1, -1], dtype=np.int64),
            np.array([roundoff, spare, length, 0.0]),
        )

    def dump(self) -> dict[str, NDArray[Any]]:
        """Return everything that changes in a run, as arrays; see `checkpoint`."""
        return {
            "c": self.c,
            "products": self.products,
            "coefficients": self.coefficients,
            "counters": self.counters,
            "bounds": self.bounds,
        }

    def load(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put a state that was dumped in the place of this one."""
        for name, array in self.dump().items():
            array[...] = arrays[name]

    @property
    def stride(self) -> int:
        """Iterations between two checkpoints: some seconds of computing."""
        return 1 + STRIDE // (100 + self.products.size**2)

    @property
    def sample_gradients(self) -> int:
        """How many gradients of single samples were asked for."""
        return int(self.counters[0]) * len(self.products)

    @property
    def bits(self) -> int:
        """The bits by which the iterate is shortened."""
        return int(self.counters[1])

    @property
    def unclear(self) -> int:
        """How often a sign decided something while it was unclear."""
        return int(self.counters[3])

    @cached_property
    def lengths(self) -> Array:
        """Bounds on the |z_i|, shape (n,)."""
        squares = np.einsum("ijij->ij", self.gram[0])[:, 0]
        lengths: Array = np.sqrt(squares) * (1 + 8 * UNIT_ROUNDOFF)
        return lengths

    @property
    def width(self) -> int:
        """The length of a recorded row."""
        return 5 + (len(self.c) + self.products.size) * self.spanned

    def span(self, rows: Array) -> Span:
        """Return what recorded rows say in the span of the samples."""
        c, u = rows[:, 5 : 5 + len(self.c)], rows[:, 5 + len(self.c) :]
        n, k = self.products.shape
        return Span(rows[:, 4], c, u.reshape(-1, n, k), self._frame)

    @cached_property
    def _frame(self) -> Array:
        """The shifted samples in an orthonormal frame of their span, as columns."""
        size = self.products.size
        squares, frame = np.linalg.eigh(self.gram[0].reshape(size, size))
        lengths = np.sqrt(np.maximum(squares, 0.0))
        rows: Array = lengths[:, None] * frame.T
        return rows.reshape(size, *self.products.shape)

    @property
    def _doubled(self) -> float:
        return self._residue if self.bounds[0] else 0.0

    @property
    def _residue(self) -> float:
        """What twice the precision leaves of each number that is added."""
        roundings = (
            self.problem.z.shape[1] / _LANES + 2 * _LANES + self.products.size + 10
        )
        return float(4 * (roundings * UNIT_ROUNDOFF) ** 2)

    def advance(self, cap: int, times: IntArray) -> tuple[Status | None, Array]:
        """Run to the end or to the last of `times`; return the rows recorded."""
        from gdexp.core.forms import _loop

        table = np.empty((len(times), self.width))
        status, done = self._run(cap, times, table)
        while status == _loop.UNDECIDED:
            self._decide()
            status, more = self._run(cap, times[done:], table[done:])
            done += more
        return STATUSES.get(status), table[:done]

    def _run(self, cap: int, times: IntArray, table: Array) -> tuple[int, int]:
        from gdexp.core.forms import _loop

        problem, size = self.problem, self.products.size
        status, rows = announce(_loop.run)(
            self.c,
            self.products.ravel(),
            self.coefficients.reshape(3, size),
            self.counters,
            self.bounds,
            self.gram.reshape(2, size, size),
            self.start_products.reshape(2, size),
            self.start_square,
            self.lengths,
            self._doubled,
            problem.step,
            cap,
            problem.first_tie if self.counters[0] == 0 else 1.0,
            problem.perceptron,
            problem.normalized,
            problem.model.degree == 2,
            problem.scale_free,
            problem.counts and self.bounds[0] > 0,
            problem.unit,
            times,
            table,
        )
        return status, rows

    def _decide(self) -> None:
        """Put the products in place without any rounding but the last one.

        The coefficients are whole numbers there, see `Problem.counts`.
        """
        whole = list(map(int, self.coefficients[0].ravel()))
        for i, row in enumerate(self._exact_gram):
            exact = sum((a * x for a, x in zip(whole, row, strict=True)), Fraction(0))
            self.products[i, 0] = float(exact)
        self.counters[4] = self.counters[0]

    @cached_property
    def _exact_gram(self) -> list[list[Fraction]]:
        z = self.problem.z
        return [[exact_dot(one, other) for other in z] for one in z]

    def refuse(self) -> None:
        """Go on where the run ended: its parameters did not separate the samples."""
        self.counters[5] = self.counters[0]
        self.counters[3] += 1
        if self.problem.perceptron:  # nothing would change any more
            self.bounds[0] *= 4

    def go_on(self) -> None:
        """Go on where the run ended, to the cap."""
        self.counters[5] = -2

    def iterate(self) -> Array:
        """Return the parameters w = [c, v], shortened by 2^bits, shape (k + d,)."""
        from gdexp.core.forms import gram

        k = len(self.c) if self.problem.model.degree == 2 else 0
        start = np.ldexp(self.problem.start[k:], -self.counters[1])
        high, low, recent = self.coefficients
        v = gram.combine(start, self.problem.z, high, low + recent)
        return np.concatenate([self.c[:k], v])
