"""The two-layer convolutional model f(b; c, v) = <v, c * b> of the paper.

c * b = sum_j c_j P^j b with the circular shift P (``numpy.roll`` by one). The
parameters are stacked as w = [c, v]. Each margin is a quadratic form in w,
m_i(w) = 1/2 w^T A_i w with A_i = y_i [[0, B_i^T], [B_i, 0]] and the shifted samples
B_i = [b_i, P b_i, ..., P^(k-1) b_i] as columns.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gdexp.core.arithmetic import (
    dots,
    exact_dot,
    functions_of,
    gamma,
    halving_sum,
    roundings,
    weighted_sum,
)
from gdexp.core.models.base import Array, Certain
from gdexp.util.errors import ConfigError


@dataclass(frozen=True)
class Conv(Certain):
    """The convolutional model with a kernel of size k.

    Parameters
    ----------
    kernel : int
        The kernel size k, at least 1 and at most the number of features.

    Examples
    --------
    >>> b = np.array([[1.0, 2.0, 3.0]])
    >>> Conv(2).f(b, np.array([1.0, 10.0, 1.0, 0.0, 0.0])).tolist()  # c = (1, 10)
    [31.0]
    """

    name = "conv"
    formula = "f(b; c, v) = <v, c * b>, circular convolution with a kernel c in R^k"
    source = "paper's two-layer model (k = 2), read off a re-implementation"
    degree = 2
    linear_in_b = True
    traceable = True

    kernel: int

    def parameters(self, features: int) -> int:
        """Return k + d."""
        return self.kernel + features

    def check(self, features: int) -> None:
        """Raise ConfigError unless 1 <= k <= d."""
        if not 1 <= self.kernel <= features:
            raise ConfigError(
                f"kernel {self.kernel} for model 'conv' with {features} features;"
                f" allowed: 1 to {features}"
            )

    def f(self, b: Array, w: Array) -> Array:
        """Return <v, c * b_i> = <b_i, sum_j c_j P^-j v>, shape (n,)."""
        return dots(b, self.linear(w[: self.kernel], w[self.kernel :]))

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i B_i w, shape (k + d,)."""
        c, v = w[: self.kernel], w[self.kernel :]
        total = weighted_sum(weights, b)
        shifted = np.stack([np.roll(total, j) for j in range(self.kernel)])
        dv = np.add.reduce(c[:, None] * shifted, axis=0)
        return np.concatenate([halving_sum(shifted * v), dv])

    def outputs(self, w: Any, b: Any) -> Any:
        """Return <b_i, sum_j c_j P^-j v>, for JAX."""
        xp, c, v = functions_of(w), w[: self.kernel], w[self.kernel :]
        return b @ sum(c[j] * xp.roll(v, -j) for j in range(self.kernel))

    def tangent(self, b: Array, w: Array, v: Array) -> Array:
        """Return <A_i w, v>, by the products of either kernel with the other vector."""
        k = self.kernel
        one, other = self.linear(w[:k], v[k:]), self.linear(v[:k], w[k:])
        return dots(b, one + other)

    def d2f(self, b: Array, w: Array, weights: Array, v: Array) -> Array:
        """Return sum_i weights_i A_i v: the gradient is linear in w."""
        return self.df(b, v, weights)

    def limits(self, lengths: Array, w: Array) -> Array:
        """Return gamma |b_i| |sum_j abs(c_j) P^-j abs(v)|, shape (n,)."""
        c, v = np.abs(w[: self.kernel]), np.abs(w[self.kernel :])
        size = float(np.linalg.norm(self.linear(c, v)))
        return gamma(roundings(len(v)) + self.kernel + 8) * size * lengths

    def exact(self, b: Array, w: Array) -> list[Fraction]:
        """Return <v, c * b_i> in rational arithmetic."""
        c, v = w[: self.kernel].tolist(), w[self.kernel :]
        return [
            sum(
                (Fraction(x) * exact_dot(row, np.roll(v, -j)) for j, x in enumerate(c)),
                Fraction(0),
            )
            for row in b
        ]

    def linear(self, c: Array, v: Array) -> Array:
        """Return sum_j c_j P^-j v, the linear classifier that the model is."""
        total: Array = c[0] * v
        for j in range(1, self.kernel):
            total += c[j] * np.roll(v, -j)
        return total

    def quadratic_form(self, sample: Array) -> Array:
        """Return the matrix A of one signed sample, shape (k + d, k + d)."""
        k, d = self.kernel, len(sample)
        form = np.zeros((k + d, k + d))
        form[k:, :k] = np.stack([np.roll(sample, j) for j in range(k)], axis=1)
        return form + form.T


def largest_eigenvalue(z: Array) -> float:
    """Return max_i |A_i| for k = 2: the largest sqrt(|z_i|^2 + |<z_i, P z_i>|)."""
    overlap = np.abs((z * np.roll(z, 1, axis=1)).sum(axis=1))
    return float(np.sqrt((z**2).sum(axis=1) + overlap).max())
