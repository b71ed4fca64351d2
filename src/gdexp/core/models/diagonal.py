"""The diagonal linear network f(b; u, v) = <b, u^L - v^L>, powers by coordinate.

A product of L diagonal layers: nonlinear in the parameters, linear in b, without the
convolution. The parameters are stacked as w = [u, v] and start at u = v = alpha, where
f is 0.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.random import Generator

from gdexp.core.arithmetic import dots, gamma, roundings, weighted_sum
from gdexp.core.member import check
from gdexp.core.models.base import Array, Certain


@dataclass(frozen=True)
class Diagonal(Certain):
    """The diagonal network of depth L.

    Parameters
    ----------
    depth : int
        The number L of layers.
    alpha : float
        Every parameter at the start.

    Examples
    --------
    >>> Diagonal(depth=2).f(np.ones((1, 1)), np.array([3.0, 2.0])).tolist()
    [5.0]
    """

    name = "diagonal"
    formula = "f(b; u, v) = <b, u^L - v^L>, from u = v = alpha"
    source = "arXiv 2412.16765, 2007.06738"
    linear_in_b = True
    draws = True

    depth: int = 2
    alpha: float = 1.0

    def __post_init__(self) -> None:
        check(1 <= self.depth <= 64, "depth", self.depth, "from 1 to 64")
        positive = 0 < self.alpha < np.inf
        check(positive, "alpha", self.alpha, "positive and finite")

    @property
    def degree(self) -> int:  # type: ignore[override]
        """The depth."""
        return self.depth

    def parameters(self, features: int) -> int:
        """Return 2 d."""
        return 2 * features

    def start(self, features: int, start: str, rng: Generator) -> Array:
        """Return u = v = alpha."""
        return np.full(2 * features, self.alpha)

    def f(self, b: Array, w: Array) -> Array:
        """Return <b_i, u^L - v^L>, shape (n,)."""
        u, v = self._powers(w, self.depth)
        return dots(b, u - v)

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return L [g u^(L-1), -g v^(L-1)] with g = sum_i weights_i b_i, (2 d,)."""
        total = self.depth * weighted_sum(weights, b)
        u, v = self._powers(w, self.depth - 1)
        return np.concatenate([total * u, -total * v])

    def tangent(self, b: Array, w: Array, v: Array) -> Array:
        """Return L <b_i, u^(L-1) v_u - v^(L-1) v_v>."""
        one, other = self._powers(w, self.depth - 1)
        d = len(one)
        return dots(b, self.depth * (one * v[:d] - other * v[d:]))

    def d2f(self, b: Array, w: Array, weights: Array, v: Array) -> Array:
        """Return L (L-1) [g u^(L-2), -g v^(L-2)] times v, by coordinate."""
        if self.depth == 1:
            return np.zeros_like(w)
        total = weighted_sum(weights, b)
        total = self.depth * (self.depth - 1) * total
        first, second = self._powers(w, self.depth - 2)
        return np.concatenate([total * first, -total * second]) * v

    def limits(self, lengths: Array, w: Array) -> Array:
        """Return gamma |b_i| |abs(u)^L + abs(v)^L|, shape (n,)."""
        u, v = self._powers(np.abs(w), self.depth)
        size = float(np.linalg.norm(u + v))
        return gamma(roundings(len(u)) + self.depth + 8) * size * lengths

    def exact(self, b: Array, w: Array) -> list[Fraction]:
        """Return <b_i, u^L - v^L> in rational arithmetic."""
        parameters = list(map(Fraction, w.tolist()))
        d = len(parameters) // 2
        linear = [
            u**self.depth - v**self.depth
            for u, v in zip(parameters[:d], parameters[d:], strict=True)
        ]
        return [
            sum(
                (Fraction(x) * e for x, e in zip(row, linear, strict=True)), Fraction(0)
            )
            for row in b.tolist()
        ]

    def _powers(self, w: Array, exponent: int) -> tuple[Array, Array]:
        """Return u and v to a power, by products, whose rounding is known."""
        power = np.ones_like(w)
        for _ in range(exponent):
            power = power * w
        return power[: len(w) // 2], power[len(w) // 2 :]
