"""The linear model m(b; v) = <b, v>."""

from dataclasses import dataclass

from gdexp.models.base import Array


@dataclass(frozen=True)
class Linear:
    """The linear model, w = v. Homogeneous of degree 1.

    >>> import numpy as np
    >>> Linear().margins(np.eye(2), np.array([3.0, -1.0]))
    array([ 3., -1.])
    """

    kernel = 0
    degree = 1
    reducible = True

    def margins(self, z: Array, w: Array) -> Array:
        """Return m_i = <z_i, v>, shape (n,)."""
        return z @ w

    def pullback(self, z: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i z_i, shape (d,)."""
        return weights @ z
