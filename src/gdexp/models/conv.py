"""The two-layer convolutional model m(b; c, v) = <v, c * b> of the paper.

c * b = sum_j c_j P^j b with the circular shift P (``numpy.roll`` by one). The
parameters are stacked as w = [c, v]. Each margin is a quadratic form in w,
m_i(w) = 1/2 w^T A_i w with A_i = [[0, B_i^T], [B_i, 0]] and the shifted signed
samples B_i = [z_i, P z_i, ..., P^(k-1) z_i] as columns.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gdexp.arithmetic import exact_dot, gamma, halving_sum, roundings
from gdexp.models.base import Array


@dataclass(frozen=True)
class Conv:
    """The convolutional model with a kernel of size k. Homogeneous of degree 2.

    Parameters
    ----------
    kernel : int
        The kernel size k, at least 1 and at most the number of features.

    Examples
    --------
    >>> import numpy as np
    >>> z = np.array([[1.0, 2.0, 3.0]])
    >>> Conv(2).margins(z, np.array([1.0, 10.0, 1.0, 0.0, 0.0]))  # c = (1, 10)
    array([31.])
    """

    kernel: int
    degree = 2
    reducible = True

    def margins(self, z: Array, w: Array) -> Array:
        """Return m_i = <v, c * z_i> = <z_i, sum_j c_j P^-j v>, shape (n,)."""
        return halving_sum(z * self._linear(w[: self.kernel], w[self.kernel :]))

    def pullback(self, z: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i A_i w, shape (k + d,)."""
        c, v = w[: self.kernel], w[self.kernel :]
        total = np.add.reduce(weights[:, None] * z, axis=0)
        shifted = np.stack([np.roll(total, j) for j in range(self.kernel)])
        dv = np.add.reduce(c[:, None] * shifted, axis=0)
        return np.concatenate([halving_sum(shifted * v), dv])

    def margin_bound(self, z: Array, w: Array) -> Array:
        """Return gamma sum_jl abs(c_j z_il v_(l+j)), shape (n,)."""
        c, v = np.abs(w[: self.kernel]), np.abs(w[self.kernel :])
        sums = halving_sum(np.abs(z) * self._linear(c, v))
        return gamma(roundings(len(v)) + self.kernel + 4) * sums

    def exact_margins(self, z: Array, w: Array) -> list[Fraction]:
        """Return the margins in rational arithmetic."""
        c, v = w[: self.kernel], w[self.kernel :]
        shifted = [np.roll(v, -j) for j in range(self.kernel)]
        return [
            sum(
                (
                    Fraction(x) * exact_dot(row, u)
                    for x, u in zip(c.tolist(), shifted, strict=True)
                ),
                Fraction(0),
            )
            for row in z
        ]

    def _linear(self, c: Array, v: Array) -> Array:
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
