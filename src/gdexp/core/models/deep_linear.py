"""The deep linear network f(b; W_1, ..., W_L) = <b, W_1 ... W_L>.

The control of the two-layer network: a product of layers without a nonlinearity. W_1 is
d x width, those between width x width and W_L a vector; w has them in this order.
"""

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.random import Generator

from gdexp.core.arithmetic import dots, gamma, halving_sum, roundings, weighted_sum
from gdexp.core.member import check
from gdexp.core.models.base import Array, Certain
from gdexp.core.models.network import Network


@dataclass(frozen=True)
class DeepLinear(Network, Certain):
    """The linear network of L layers of one width.

    Parameters
    ----------
    depth : int
        The number L of layers.
    width : int
    balanced : bool
        Start balanced, W_l^T W_l = W_(l+1) W_(l+1)^T: a Gaussian vector with variance
        1/d, as a product of layers of rank one and equal norm. Otherwise each layer is
        Gaussian, with a variance of one over its inputs.
    spread : float
        A factor of each layer at the start.

    Examples
    --------
    >>> deep = DeepLinear(depth=2, width=1)
    >>> deep.f(np.ones((1, 2)), np.array([1.0, 2.0, 5.0])).tolist()
    [15.0]
    """

    name = "deep_linear"
    formula = "f(b; W_1, ..., W_L) = <b, W_1 ... W_L>"
    source = "arXiv 1802.06509; balanced: 1810.02281"
    linear_in_b = True

    depth: int = 2
    width: int = 16
    balanced: bool = False
    spread: float = 1.0

    def __post_init__(self) -> None:
        check(1 <= self.depth <= 64, "depth", self.depth, "from 1 to 64")
        check(self.width >= 1, "width", self.width, "1 or more")
        positive = 0 < self.spread < math.inf
        check(positive, "spread", self.spread, "positive and finite")

    @property
    def degree(self) -> int:  # type: ignore[override]
        """The depth."""
        return self.depth

    def initial(self, features: int, rng: Generator) -> dict[str, Array]:
        """Return the layers by their numbers."""
        sizes = [features, *[self.width] * (self.depth - 1)]
        shapes = [*itertools.pairwise(sizes), (sizes[-1],)]
        if self.balanced:
            v = rng.standard_normal(features) / math.sqrt(features)
            length = float(np.linalg.norm(v))
            layers = [np.zeros(shape) for shape in shapes]
            for layer in layers:
                layer.flat[0] = length ** (1 / self.depth)
            first = layers[0] if self.depth == 1 else layers[0][:, 0]
            first[:] = v / length * length ** (1 / self.depth)
        else:
            layers = [rng.standard_normal(s) / math.sqrt(s[0]) for s in shapes]
        return {f"W{i}": self.spread * each for i, each in enumerate(layers, 1)}

    def each(self, parameters: dict[str, Any], b: Any) -> Any:
        """Return <b_i, W_1 ... W_L>, shape (n,)."""
        *layers, v = parameters.values()
        for layer in reversed(layers):
            v = layer @ v
        return b @ v

    def f(self, b: Array, w: Array) -> Array:
        """Return <b_i, W_1 ... W_L>, shape (n,)."""
        return dots(b, self._products(self.split(w, b.shape[1]))[0])

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return dW_l = (W_(l-1)^T ... W_1^T sum_i s_i b_i) (W_(l+1) ... W_L)^T."""
        parts = self.split(w, b.shape[1])
        right = self._products(parts)
        left: Array = weighted_sum(weights, b)
        gradient = []
        for layer, v in zip(parts.values(), [*right[1:], None], strict=True):
            gradient.append(left if v is None else np.outer(left, v).ravel())
            left = np.add.reduce(left[:, None] * layer.reshape(len(left), -1), axis=0)
        return np.concatenate(gradient)

    def limits(self, lengths: Array, w: Array) -> Array:
        """Return gamma |b_i| |abs(W_1) ... abs(W_L)|, shape (n,)."""
        features = self._features(len(w))
        size = np.linalg.norm(self._products(self.split(np.abs(w), features))[0])
        each = (self.depth - 1) * (roundings(self.width) + 1)
        return gamma(each + roundings(features) + 8) * float(size) * lengths

    def exact(self, b: Array, w: Array) -> list[Fraction]:
        """Return <b_i, W_1 ... W_L> in rational arithmetic."""
        *layers, last = self.split(w, b.shape[1]).values()
        v = [Fraction(x) for x in last.tolist()]
        for layer in reversed(layers):
            rows = ([Fraction(x) for x in row] for row in layer.tolist())
            v = [sum(map(Fraction.__mul__, row, v), Fraction(0)) for row in rows]
        return [
            sum((Fraction(x) * e for x, e in zip(row, v, strict=True)), Fraction(0))
            for row in b.tolist()
        ]

    def _products(self, parts: dict[str, Array]) -> list[Array]:
        """Return W_l ... W_L for l = 1 to L, by sums whose rounding is known."""
        *layers, v = parts.values()
        found = [v]
        for layer in reversed(layers):
            found.append(halving_sum(layer * found[-1]))
        return found[::-1]

    def _features(self, size: int) -> int:
        """Return the number d of features at so many parameters."""
        if self.depth == 1:
            return size
        return (size - (self.depth - 2) * self.width**2 - self.width) // self.width
