"""The linear model f(b; v) = <b, v>."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gdexp.core.arithmetic import dots, exact_dot, gamma, roundings, weighted_sum
from gdexp.core.models.base import Array, Certain


@dataclass(frozen=True)
class Linear(Certain):
    """The linear model, w = v.

    >>> Linear().f(np.eye(2), np.array([3.0, -1.0])).tolist()
    [3.0, -1.0]
    """

    name = "linear"
    formula = "f(b; v) = <b, v>"
    source = "paper's text"
    degree = 1
    linear_in_b = True
    traceable = True

    def parameters(self, features: int) -> int:
        """Return d."""
        return features

    def f(self, b: Array, w: Array) -> Array:
        """Return <b_i, v>, shape (n,)."""
        return dots(b, w)

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i b_i, shape (d,)."""
        # not @, which sums in an order that depends on the processor
        total: Array = weighted_sum(weights, b)
        return total

    def outputs(self, w: Any, b: Any) -> Any:
        """Return <b_i, v>, for JAX."""
        return b @ w

    def tangent(self, b: Array, w: Array, v: Array) -> Array:
        """Return <b_i, v>."""
        return self.f(b, v)

    def d2f(self, b: Array, w: Array, weights: Array, v: Array) -> Array:
        """Return 0."""
        return np.zeros_like(w)

    def limits(self, lengths: Array, w: Array) -> Array:
        """Return gamma |b_i| |v|, shape (n,)."""
        return gamma(roundings(len(w)) + 8) * float(np.linalg.norm(w)) * lengths

    def exact(self, b: Array, w: Array) -> list[Fraction]:
        """Return <b_i, v> in rational arithmetic."""
        return [exact_dot(row, w) for row in b]
