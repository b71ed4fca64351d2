"""The multilayer perceptron: layers x -> phi(W x + c), and a linear one at the end."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from gdexp.core.member import check
from gdexp.core.models._activation import Activation, activated
from gdexp.core.models.base import Array
from gdexp.core.models.network import Network


@dataclass(frozen=True)
class MultilayerPerceptron(Network):
    """A network of some hidden layers of one width, with biases.

    Weights start Gaussian with a variance of one over their inputs, biases at 0.

    Parameters
    ----------
    depth : int
        The number of hidden layers.
    width : int
    activation : {"relu", "leaky_relu", "gelu", "quadratic", "linear"}
    spread : float
        A factor of the weights at the start.

    Examples
    --------
    >>> net = MultilayerPerceptron(depth=1, width=3)
    >>> net.parameters(2), net.shapes(2)["W1"]
    (13, (3, 2))
    """

    name = "mlp"
    formula = "x -> phi(W x + c) for each hidden layer, then <a, x> + c"
    source = "the first model of the field"

    depth: int = 2
    width: int = 64
    activation: Activation = "relu"
    spread: float = 1.0

    def __post_init__(self) -> None:
        check(1 <= self.depth <= 64, "depth", self.depth, "from 1 to 64")
        check(self.width >= 1, "width", self.width, "1 or more")
        positive = 0 < self.spread < math.inf
        check(positive, "spread", self.spread, "positive and finite")

    def initial(self, features: int, rng: Generator) -> dict[str, Array]:
        """Return weights and biases by layer, and those of the last one, a and c."""
        found = {}
        for layer in range(1, self.depth + 1):
            fan = features if layer == 1 else self.width
            drawn = rng.standard_normal((self.width, fan)) / math.sqrt(fan)
            found[f"W{layer}"] = self.spread * drawn
            found[f"c{layer}"] = np.zeros(self.width)
        a = rng.standard_normal(self.width) / math.sqrt(self.width)
        return found | {"a": self.spread * a, "c": np.zeros(())}

    def each(self, parameters: dict[str, Any], b: Any) -> Any:
        """Return f(b_i; w), shape (n,)."""
        x = b.T  # a column for each sample
        for layer in range(1, self.depth + 1):
            h = parameters[f"W{layer}"] @ x + parameters[f"c{layer}"][:, None]
            x = activated(self.activation, h)
        return parameters["a"] @ x + parameters["c"]
