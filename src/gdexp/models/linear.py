"""The linear model m(b; v) = <b, v>."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from gdexp.arithmetic import exact_dot, gamma, halving_sum, roundings
from gdexp.models.base import Array


@dataclass(frozen=True)
class Linear:
    """The linear model, w = v. Homogeneous of degree 1.

    >>> Linear().margins(np.eye(2), np.array([3.0, -1.0]))
    array([ 3., -1.])
    """

    kernel = 0
    degree = 1
    reducible = True

    def margins(self, z: Array, w: Array) -> Array:
        """Return m_i = <z_i, v>, shape (n,)."""
        return halving_sum(z * w)

    def pullback(self, z: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i z_i, shape (d,)."""
        # not @, which sums in an order that depends on the processor
        total: Array = np.add.reduce(weights[:, None] * z, axis=0)
        return total

    def margin_bound(self, z: Array, w: Array) -> Array:
        """Return gamma sum_l abs(z_il v_l), shape (n,)."""
        return gamma(roundings(len(w)) + 4) * halving_sum(np.abs(z) * np.abs(w))

    def exact_margins(self, z: Array, w: Array) -> list[Fraction]:
        """Return the margins in rational arithmetic."""
        return [exact_dot(row, w) for row in z]
