"""Reduced coordinates: the linear and the convolutional model without d, exactly.

v moves in the span of the start and of the shifted samples P^j z_i only: with

    w = [c, v],  v = s v_0 + sum_ij a_ij P^j z_i

the numbers x = [c, s, a] are coordinates in which iterates and gradients are added and
scaled as in w itself. So a method that does nothing else runs in them unchanged, on the
same model in other coordinates: with u_ij = <P^j z_i, v> = s u_ij(0) + (G a)_ij

    m_i = sum_j c_j u_ij,   grad m_i = [u_i, 0, c_j at the place ij]

and an iteration costs O((n k)^2) whatever d is.
"""

from dataclasses import dataclass, field

import numpy as np

from gdexp.core.arithmetic import gamma, weighted_sum
from gdexp.core.forms.direct import Direct
from gdexp.core.models import Model
from gdexp.core.oracle import Oracle
from gdexp.core.outcome import Array
from gdexp.core.problem import Problem
from gdexp.core.returned import frozen


def shifts(model: Model) -> int:
    """Return how many shifted copies of a sample matter: k, or 1 for the linear model.

    0 for a model without these coordinates.
    """
    return {"linear": 1, "conv": getattr(model, "kernel", 1)}.get(model.name, 0)


@dataclass(frozen=True)
class Coordinates(Model):
    """The linear model (k = 0) or the convolutional one in the coordinates [c, s, a].

    A sample is its number i, as a row of one column.
    """

    name = "coordinates"

    kernel: int
    start_products: Array = field(repr=False)  # u(0), (n, max(k, 1))
    gram: Array = field(repr=False)  # of all P^j z_i, (n max(k, 1),) twice
    sizes: Array = field(repr=False)  # their absolute values
    start_square: float = 0.0  # |v_0|^2

    def _split(self, x: Array) -> tuple[Array, float, Array]:
        k = self.kernel
        return (x[:k] if k else np.ones(1)), float(x[k]), x[k + 1 :]

    def _products(self, x: Array) -> Array:
        _, s, a = self._split(x)
        shape = self.start_products.shape
        return s * self.start_products + _columns(self.gram, a).reshape(shape)

    def f(self, b: Array, w: Array) -> Array:
        """Return the margins of samples by their numbers."""
        c = self._split(w)[0]
        rows = b[:, 0].astype(np.intp)
        products = self._products(w)[rows]
        total: Array = products[:, 0] * c[0]
        for j in range(1, len(c)):
            total = total + products[:, j] * c[j]
        return total

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i grad m_i in coordinates."""
        k, rows = self.kernel, b[:, 0].astype(np.intp)
        c = self._split(w)[0]
        out = np.zeros_like(w)
        if k:
            products = self._products(w)[rows]
            out[:k] = weighted_sum(weights, products)
        a = out[k + 1 :].reshape(self.start_products.shape)
        np.add.at(a, rows, weights[:, None] * c)
        return out

    def limits(self, lengths: Array, w: Array) -> Array:
        """Return bounds on the rounding of the margins."""
        c, s, a = self._split(np.abs(w))
        start = np.abs(s * self.start_products)
        sums = start + _columns(self.sizes, a).reshape(start.shape)
        bounds: Array = gamma(len(a) + self.kernel + 6) * (sums * c).sum(axis=1)
        return bounds

    def norm(self, w: Array) -> float:
        """Return the norm of the parameters."""
        k = self.kernel
        _, s, a = self._split(w)
        u, start = self._products(w).ravel(), self.start_products.ravel()
        square = s * s * self.start_square + float((a * (s * start + u)).sum())
        return float(np.sqrt(max(square, 0.0) + float((w[:k] ** 2).sum())))


def _columns(gram: Array, a: Array) -> Array:
    """Return gram a, in one order on every processor; only columns that matter."""
    there = np.flatnonzero(a)
    total: Array = np.add.reduce(gram[there] * a[there, None], axis=0)
    return total


@dataclass
class Reduced(Direct):
    """The state of a run in reduced coordinates: `w` is x = [c, s, a]."""

    @classmethod
    def of(cls, problem: Problem, cap: int = 0) -> "Reduced":
        """Reduce a problem: O(n^2 k d) once, then nothing of size d is touched."""
        from gdexp.core.forms import _double, gram  # numba is loaded on first use

        z, k = np.ascontiguousarray(problem.z), shifts(problem.model)
        n, trained = len(z), problem.model.degree == 2
        c, v = problem.start[: k * trained], problem.start[k * trained :].copy()
        start = gram.start_products(z, v, k)[0]
        square = sum(_double.dot(v, v))
        full = gram.shifted_gram(z, k)[0].reshape(n * k, n * k)
        model = Coordinates(k * trained, start, full, np.abs(full), square)
        oracle = Oracle(
            model,
            problem.loss,
            np.arange(float(n))[:, None],
            np.ones(n),
            problem.first_tie,
            exact=problem.is_exact(cap),
        )
        x = frozen(np.concatenate([c, [1.0], np.zeros(n * k)]))
        return cls(problem, oracle, x)

    def iterate(self) -> Array:
        """Return the parameters w = [c, v], shortened by 2^bits, shape (k + d,)."""
        from gdexp.core.forms import gram

        problem, k = self.problem, self.oracle.model.kernel  # type: ignore[attr-defined]
        a = self.w[k + 1 :].reshape(len(problem.z), -1).copy()
        start = self.w[k] * problem.start[k:]
        v = gram.combine(start, problem.z, a, np.zeros_like(a))
        return np.concatenate([self.w[:k], v])
