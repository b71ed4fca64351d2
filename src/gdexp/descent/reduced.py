"""The reduced form: the same run without d, exactly.

For the linear and the convolutional model v moves in the span of the shifted
samples P^j z_i only. With v = v_0 + sum_ij a_ij P^j z_i the run is determined by

    kernel        c                       (k,)    fixed to (1) in the linear model
    products      u_ij = <P^j z_i, v>     (n, k)  so that m_i = sum_j c_j u_ij
    coefficients  a_ij                    (n, k)
    Gram matrix   <P^j z_i, P^q z_p>      (n, k, n, k)

and with the scaled sample weights s_i = step * weight_i one iteration is

    a_ij += s_i c_j,   c_j += sum_i s_i u_ij,   u += Gram (s_i c_j)_ij

which costs O((n k)^2) whatever d is. The norm needs no d either:
|v|^2 = |v_0|^2 + sum_ij a_ij (u_ij(0) + u_ij). That sum cancels where w shrinks to
less than about 1e-3 of its start; only the recorded norm then loses digits.
"""

import math
from dataclasses import dataclass

import numpy as np

from gdexp.descent._compiled import announce
from gdexp.descent.outcome import STATUSES, Array, IntArray, Status
from gdexp.descent.problem import Problem

STRIDE = 10**10  # entries of the Gram matrix read between two checkpoints


@dataclass
class Reduced:
    """The state of a run in reduced form; see the module for the symbols.

    Attributes
    ----------
    c : ndarray, shape (k,)
    products, coefficients, start_products : ndarray, shape (n, k)
    gram : ndarray, shape (n, k, n, k)
    start_square : float
        |v_0|^2.
    counters : ndarray of int, shape (2,)
        The iteration, and the bits by which the state was shortened: the iterate
        is 2^bits times what the state says.
    """

    problem: Problem
    c: Array
    products: Array
    coefficients: Array
    start_products: Array
    gram: Array
    start_square: float
    counters: IntArray

    @classmethod
    def of(cls, problem: Problem) -> "Reduced":
        """Reduce a problem: O(n^2 k d) once, then nothing of size d is touched."""
        z, k = problem.z, problem.model.kernel
        shifts = max(k, 1)
        v = problem.start[k:]
        c = problem.start[:k].copy() if k else np.ones(1)
        products = _aligned(len(z), shifts)
        for j in range(shifts):
            products[:, j] = z @ np.roll(v, -j)
        return cls(
            problem,
            c,
            products,
            np.zeros_like(products),
            products.copy(),
            shifted_gram(z, shifts),
            float(v @ v),
            np.zeros(2, dtype=np.int64),
        )

    @property
    def arrays(self) -> dict[str, Array | IntArray]:
        """The arrays that make up the state; see `gdexp.descent.checkpoint`."""
        return {
            "c": self.c,
            "products": self.products,
            "coefficients": self.coefficients,
            "counters": self.counters,
        }

    @property
    def stride(self) -> int:
        """Iterations between two checkpoints: some seconds of computing."""
        return 1 + STRIDE // (100 + self.gram.size)

    def advance(self, cap: int, times: IntArray) -> tuple[Status | None, Array]:
        """Run to the end or to the last of `times`; return the rows recorded."""
        from gdexp.descent import _loop  # numba is loaded on first use

        table = np.empty((len(times), 5))
        status, rows = announce(_loop.run)(
            self.c,
            self.products.ravel(),
            self.coefficients.ravel(),
            self.counters,
            self.gram.reshape(self.products.size, -1),
            self.start_products.ravel(),
            self.start_square,
            self.problem.step,
            cap,
            self.problem.first_tie if self.counters[0] == 0 else 1.0,
            self.problem.algorithm.indicator,
            self.problem.algorithm.normalized,
            self.problem.model.kernel > 0,
            self.problem.scale_free,
            times,
            table,
        )
        return STATUSES.get(status), table[:rows]

    def iterate(self) -> Array:
        """Return the parameters w = [c, v], shortened by 2^bits, shape (k + d,)."""
        k = self.problem.model.kernel
        v = np.ldexp(self.problem.start[k:], -self.counters[1])
        for j, column in enumerate(self.coefficients.T):
            v = v + np.roll(column @ self.problem.z, j)
        return np.concatenate([self.c[:k], v])


def shifted_gram(z: Array, shifts: int) -> Array:
    """Return <P^j z_i, P^q z_p>, shape (n, shifts, n, shifts).

    It depends on q - j only, so `shifts` products of n x d matrices are enough.
    """
    n = len(z)
    gram = _aligned(n, shifts, n, shifts)
    for lag in range(shifts):
        block = z @ np.roll(z, lag, axis=1).T  # <z_i, P^lag z_p>
        for j in range(shifts - lag):
            gram[:, j, :, j + lag] = block
            gram[:, j + lag, :, j] = block.T
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
