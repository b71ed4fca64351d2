"""The reduced form: the same run without d, exactly.

For the linear and the convolutional model v moves in the span of the shifted
samples P^j z_i only. With v = v_0 + sum_ij a_ij P^j z_i the run is determined by

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

import numpy as np
from numpy.typing import NDArray

from gdexp.arithmetic import UNIT_ROUNDOFF, exact_dot
from gdexp.descent._compiled import announce
from gdexp.descent.outcome import STATUSES, Array, IntArray, Status
from gdexp.descent.problem import Problem

_LANES = 8  # of `_double.dot`
STRIDE = 10**10  # entries of the Gram matrix read between two checkpoints


@dataclass
class Reduced:
    """The state of a run in reduced form; see the module for the symbols.

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

    @classmethod
    def of(cls, problem: Problem, cap: int = 0) -> "Reduced":
        """Reduce a problem: O(n^2 k d) once, then nothing of size d is touched."""
        from gdexp.descent import _double  # numba is loaded on first use

        z, k = np.ascontiguousarray(problem.z), problem.model.kernel
        n, shifts = len(z), max(k, 1)
        v = problem.start[k:].copy()
        shifted = np.stack([np.roll(v, -j) for j in range(shifts)])
        start = _aligned(2, n, shifts)
        _double.pairs(z, shifted, start)
        products, coefficients = _aligned(n, shifts), _aligned(3, n, shifts)
        products[...], coefficients[...] = start[0], 0.0
        square = sum(_double.dot(v, v))
        roundoff = 0.0 if problem.is_exact(cap) else UNIT_ROUNDOFF
        length = math.sqrt(square) * (1 + 4 * roundoff)
        spare = roundoff * (products.size + shifts + 6)
        return cls(
            problem,
            problem.start[:k].copy() if k else np.ones(1),
            products,
            coefficients,
            start,
            shifted_gram(z, shifts),
            square,
            np.array([0, 0, 0, 0, -1, -1], dtype=np.int64),
            np.array([roundoff, spare, length, 0.0]),
        )

    @property
    def arrays(self) -> dict[str, Array | IntArray]:
        """The arrays that make up the state; see `gdexp.descent.checkpoint`."""
        return {
            "c": self.c,
            "products": self.products,
            "coefficients": self.coefficients,
            "counters": self.counters,
            "bounds": self.bounds,
        }

    @property
    def stride(self) -> int:
        """Iterations between two checkpoints: some seconds of computing."""
        return 1 + STRIDE // (100 + self.products.size**2)

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
    def _doubled(self) -> float:
        """What twice the precision leaves of each number that is added."""
        roundings = (
            self.problem.z.shape[1] / _LANES + 2 * _LANES + self.products.size + 10
        )
        return 0.0 if self.bounds[0] == 0 else 4 * (roundings * UNIT_ROUNDOFF) ** 2

    def advance(self, cap: int, times: IntArray) -> tuple[Status | None, Array]:
        """Run to the end or to the last of `times`; return the rows recorded."""
        from gdexp.descent import _loop

        table = np.empty((len(times), 5))
        status, done = self._run(cap, times, table)
        while status == _loop.UNDECIDED:
            self._decide()
            status, more = self._run(cap, times[done:], table[done:])
            done += more
        return STATUSES.get(status), table[:done]

    def _run(self, cap: int, times: IntArray, table: Array) -> tuple[int, int]:
        from gdexp.descent import _loop

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
            problem.algorithm.indicator,
            problem.algorithm.normalized,
            problem.model.kernel > 0,
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
        if self.problem.algorithm.indicator:  # nothing would change any more
            self.bounds[0] *= 4

    def iterate(self) -> Array:
        """Return the parameters w = [c, v], shortened by 2^bits, shape (k + d,)."""
        from gdexp.descent import _double

        k = self.problem.model.kernel
        start = np.ldexp(self.problem.start[k:], -self.counters[1])
        v = np.empty_like(start)
        high, low, recent = self.coefficients
        z = np.ascontiguousarray(self.problem.z)
        _double.combine(start, z, high, low + recent, v)
        return np.concatenate([self.c[:k], v])


def shifted_gram(z: Array, shifts: int) -> NDArray[np.float64]:
    """Return <P^j z_i, P^q z_p>, high and low, shape (2, n, shifts, n, shifts).

    It depends on q - j only, so `shifts` products of n x d matrices are enough.
    """
    from gdexp.descent import _double

    n = len(z)
    gram = _aligned(2, n, shifts, n, shifts)
    block = np.empty((2, n, n))
    for lag in range(shifts):
        _double.pairs(z, np.roll(z, lag, axis=1), block)  # <z_i, P^lag z_p>
        for j in range(shifts - lag):
            gram[:, :, j, :, j + lag] = block
            gram[:, :, j + lag, :, j] = block.transpose(0, 2, 1)
    return gram


def _aligned(*shape: int) -> Array:
    """Return an array of no values yet that begins at a multiple of 64 bytes.

    NumPy's begin at any multiple of 16, which costs a hundred samples 30 % of an
    iteration: every second load of a whole vector is of two cache lines then.
    """
    size = 8 * math.prod(shape)
    raw = np.empty(size + 64, dtype=np.uint8)
    first = -raw.ctypes.data % 64
    return raw[first : first + size].view(np.float64).reshape(shape)
