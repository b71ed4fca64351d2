"""A three-layer convolutional model, f(b; c, c', v) = <v, c * c' * b>.

Two kernels of size k, circular convolution. The parameters are stacked as
w = [c, c', v]. Ours, to see how the perceptron limit depends on depth.
"""

from dataclasses import dataclass

import numpy as np

from gdexp.core.arithmetic import dots, weighted_sum
from gdexp.core.models.base import Array, Model


@dataclass(frozen=True)
class DeepConv(Model):
    """Two kernels and a linear layer, homogeneous of degree 3.

    Parameters
    ----------
    kernel : int
        The size k of each kernel.

    Examples
    --------
    >>> DeepConv(1).f(np.ones((1, 1)), np.array([2.0, 3.0, 5.0])).tolist()
    [30.0]
    """

    name = "deep_conv"
    formula = "f(b; c, c', v) = <v, c * c' * b>, kernels c, c' in R^k"
    source = "ours"
    degree = 3
    linear_in_b = True

    kernel: int

    def parameters(self, features: int) -> int:
        """Return 2 k + d."""
        return 2 * self.kernel + features

    def f(self, b: Array, w: Array) -> Array:
        """Return <v, c * c' * b_i>, shape (n,)."""
        c, e, v = self._split(w)
        return dots(b, _correlate(np.convolve(c, e), v))

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i grad_w f(b_i; w), of the shape of w."""
        c, e, v = self._split(w)
        total = weighted_sum(weights, b)
        both = np.convolve(c, e)
        # f = sum_j (c * e)_j <P^j b, v>: the derivative by each (c * e)_j
        inner = np.array([np.roll(total, j) @ v for j in range(len(both))])
        dc = np.array([inner[j : j + len(e)] @ e for j in range(len(c))])
        de = np.array([inner[j : j + len(c)] @ c for j in range(len(e))])
        dv = sum(both[j] * np.roll(total, j) for j in range(len(both)))
        return np.concatenate([dc, de, dv])

    def d2f(self, b: Array, w: Array, weights: Array, v: Array) -> Array:
        """Return sum_i weights_i Hess_w f(b_i; w) v: the gradient is quadratic in w."""
        one, other = self.df(b, w, weights), self.df(b, v, weights)
        return self.df(b, w + v, weights) - one - other

    def _split(self, w: Array) -> tuple[Array, Array, Array]:
        k = self.kernel
        return w[:k], w[k : 2 * k], w[2 * k :]


def _correlate(c: Array, v: Array) -> Array:
    """Return sum_j c_j P^-j v."""
    return np.asarray(c @ np.stack([np.roll(v, -j) for j in range(len(c))]))
