"""Random features f(b; a) = <a, phi(W b + c)> / sqrt(width), W and c drawn once."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from gdexp.core.autodiff import load
from gdexp.core.member import check
from gdexp.core.models._activation import Activation, activated
from gdexp.core.models.base import Array
from gdexp.core.models.network import Network


@dataclass(frozen=True)
class RandomFeatures(Network):
    """Features that are drawn and never trained, and a linear layer from a = 0.

    The parameters are stacked as w = [a, W, c], W and c with a gradient of 0: they are
    kept with the run. W is Gaussian with variance 1/d, c with variance 1.

    Parameters
    ----------
    width : int
        The number of features.
    activation : {"relu", "leaky_relu", "gelu", "quadratic", "linear"}

    Examples
    --------
    >>> drawn = RandomFeatures(width=8)
    >>> w = drawn.start(2, "", np.random.default_rng(0))
    >>> len(w), drawn.norm(w)
    (32, 0.0)
    """

    name = "random_features"
    formula = "f(b; a) = <a, phi(W b + c)> / sqrt(width), W and c drawn once"
    source = "arXiv 2411.17511"

    width: int = 64
    activation: Activation = "relu"

    def __post_init__(self) -> None:
        check(self.width >= 1, "width", self.width, "1 or more")

    def initial(self, features: int, rng: Generator) -> dict[str, Array]:
        """Return a = 0, and W and c."""
        inner = rng.standard_normal((self.width, features)) / math.sqrt(features)
        bias = rng.standard_normal(self.width)
        return {"a": np.zeros(self.width), "W": inner, "c": bias}

    def moving(self, w: Array) -> Array:
        """Return a."""
        return w[: self.width]

    def each(self, parameters: dict[str, Any], b: Any) -> Any:
        """Return <a, phi(W b_i + c)> / sqrt(width), shape (n,)."""
        fixed = {key: load().lax.stop_gradient(x) for key, x in parameters.items()}
        h = activated(self.activation, fixed["W"] @ b.T + fixed["c"][:, None])
        return parameters["a"] @ h / math.sqrt(self.width)
