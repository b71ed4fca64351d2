"""The two-layer network f(b; W, a) = scale <a, phi(W b)>.

W has a row for each hidden unit. The parameters are stacked as w = [W, a], or are W
alone if the outer layer is fixed: its signs alternate then, as in arXiv 2406.08654.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.random import Generator

from gdexp.core.arithmetic import dots, exact_dot, gamma, outer, products, roundings
from gdexp.core.member import check
from gdexp.core.models._activation import DEGREES, LEAK, Activation, activated, slope
from gdexp.core.models.base import Array, Certain
from gdexp.core.models.network import Network


@dataclass(frozen=True)
class TwoLayer(Network, Certain):
    """The two-layer network of one width.

    Its start is Gaussian: W with variance 1/d, a with variance 1/width, or 1 where the
    scale has the width in it. Its f and gradient are written down in NumPy too, but for
    gelu, so that separations are certified.

    Parameters
    ----------
    width : int
        The number of hidden units.
    activation : {"relu", "leaky_relu", "gelu", "quadratic", "linear"}
    trained : {"both", "inner"}
        Whether a is trained, or fixed to signs.
    scale : {"standard", "1/sqrt(width)", "1/width"}
        1, that of lazy training or that of the mean field.
    spread : float
        A factor of the start.

    Examples
    --------
    >>> two = TwoLayer(width=2)
    >>> w = np.array([1.0, 0.0, 0.0, -1.0, 5.0, 7.0])  # W = [[1, 0], [0, -1]]
    >>> two.f(np.array([[2.0, 3.0], [2.0, -3.0]]), w).tolist()
    [10.0, 31.0]
    """

    name = "two_layer"
    formula = "f(b; W, a) = scale <a, phi(W b)>"
    source = "arXiv 2406.08654; scales: 2508.21571, 2404.12312"

    width: int = 16
    activation: Activation = "relu"
    trained: Literal["both", "inner"] = "both"
    scale: Literal["standard", "1/sqrt(width)", "1/width"] = "standard"
    spread: float = 1.0

    def __post_init__(self) -> None:
        check(self.width >= 1, "width", self.width, "1 or more")
        positive = 0 < self.spread < math.inf
        check(positive, "spread", self.spread, "positive and finite")

    @property
    def degree(self) -> int | None:  # type: ignore[override]
        """That of the activation, and one more for an outer layer that is trained."""
        inner = DEGREES.get(self.activation)
        return None if inner is None else inner + (self.trained == "both")

    @property
    def linear_in_b(self) -> bool:  # type: ignore[override]
        """Whether the activation is linear."""
        return self.activation == "linear"

    @property
    def certain(self) -> bool:  # type: ignore[override]
        """Whether the activation is piecewise polynomial."""
        return self.activation in DEGREES

    @property
    def factor(self) -> float:
        """The scale, a number of float64."""
        powers = {"standard": 0.0, "1/sqrt(width)": -0.5, "1/width": -1.0}
        return float(self.width ** powers[self.scale])

    def initial(self, features: int, rng: Generator) -> dict[str, Array]:
        """Return Gaussian W, and a if it is trained."""
        inner = rng.standard_normal((self.width, features)) / math.sqrt(features)
        found = {"W": self.spread * inner}
        if self.trained == "both":
            fan = self.width if self.scale == "standard" else 1
            found["a"] = self.spread * rng.standard_normal(self.width) / math.sqrt(fan)
        return found

    def each(self, parameters: dict[str, Any], b: Any) -> Any:
        """Return scale <a, phi(W b_i)>, shape (n,)."""
        hidden = activated(self.activation, parameters["W"] @ b.T)  # (width, n)
        return self.factor * (self._outer(parameters) @ hidden)

    def f(self, b: Array, w: Array) -> Array:
        """Return scale <a, phi(W b_i)>, shape (n,)."""
        if not self.certain:
            return super().f(b, w)
        parts = self.split(w, b.shape[1])
        hidden = activated(self.activation, products(b, parts["W"]))
        return self.factor * dots(hidden, self._outer(parts))

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return dW_j = a_j sum_i s_i phi'(h_ij) b_i and da = sum_i s_i phi(h_i)."""
        if not self.certain:
            return super().df(b, w, weights)
        parts = self.split(w, b.shape[1])
        h = products(b, parts["W"])
        weights = self.factor * weights[:, None]
        back = weights * slope(self.activation, h) * self._outer(parts)
        gradient = outer(back, b).ravel()
        if "a" not in parts:
            return gradient
        da = np.add.reduce(weights * activated(self.activation, h), axis=0)
        return np.concatenate([gradient, da])

    def limits(self, lengths: Array, w: Array) -> Array:
        """Return gamma scale sum_j abs(a_j) (|W_j| |b_i|)^p, shape (n,); p of phi.

        A product <W_j, b_i> is rounded r(d) + 1 times, with an error of at most gamma
        |W_j| |b_i|; phi passes it on, p-fold, and adds a rounding; the sum over j adds
        r(width) + 1, the scale one.
        """
        if not self.certain:
            return np.zeros(len(lengths))
        p = DEGREES[self.activation]
        size = len(w) - (self.width if self.trained == "both" else 0)
        rows = np.linalg.norm(w[:size].reshape(self.width, -1), axis=1)
        a = np.abs(w[size:]) if size < len(w) else np.ones(self.width)
        inner = p * (roundings(size // self.width) + 1) + 1
        count = inner + roundings(self.width) + 2 + 8
        return gamma(count) * self.factor * float(a @ rows**p) * lengths**p

    def exact(self, b: Array, w: Array) -> list[Fraction]:
        """Return scale <a, phi(W b_i)> in rational arithmetic."""
        parts = self.split(w, b.shape[1])
        units = zip(self._outer(parts).tolist(), parts["W"], strict=True)
        found = [Fraction(0)] * len(b)
        for a, row in units:
            for i, each in enumerate(b):
                found[i] += Fraction(a) * self._exact(exact_dot(row, each))
        return [Fraction(self.factor) * each for each in found]

    def _exact(self, h: Fraction) -> Fraction:
        """Return phi(h)."""
        if self.activation == "quadratic":
            return h * h
        leak = {"relu": 0.0, "leaky_relu": LEAK}.get(self.activation, 1.0)
        return h if h > 0 else Fraction(leak) * h

    def _outer(self, parameters: dict[str, Any]) -> Any:
        """Return a, of signs that alternate if it is not trained."""
        return parameters.get("a", 1.0 - 2.0 * (np.arange(self.width) % 2))
