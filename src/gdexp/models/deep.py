"""A three-layer convolutional model, m(b; c, c', v) = <v, c * c' * b>.

Two kernels of size k, circular convolution. Homogeneous of degree 3. The parameters
are stacked as w = [c, c', v]. Ours, to see how the perceptron limit depends on depth.
"""

from dataclasses import dataclass

import numpy as np

from gdexp.models.base import Array


@dataclass(frozen=True)
class DeepConv:
    """Two kernels and a linear layer.

    Parameters
    ----------
    kernel : int
        The number 2 k of kernel entries, even.
    """

    kernel: int
    degree = 3
    reducible = False

    def margins(self, z: Array, w: Array) -> Array:
        """Return m_i = <v, c * c' * z_i>, shape (n,)."""
        c, e, v = self._split(w)
        return z @ _correlate(np.convolve(c, e), v)

    def pullback(self, z: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i grad_w m_i(w), of the shape of w."""
        c, e, v = self._split(w)
        total = weights @ z
        both = np.convolve(c, e)
        # m = sum_j (c * e)_j <P^j z, v>: the derivative by each (c * e)_j
        inner = np.array([np.roll(total, j) @ v for j in range(len(both))])
        dc = np.array([inner[j : j + len(e)] @ e for j in range(len(c))])
        de = np.array([inner[j : j + len(c)] @ c for j in range(len(e))])
        dv = sum(both[j] * np.roll(total, j) for j in range(len(both)))
        return np.concatenate([dc, de, dv])

    def _split(self, w: Array) -> tuple[Array, Array, Array]:
        k = self.kernel // 2
        return w[:k], w[k : 2 * k], w[2 * k :]


def _correlate(c: Array, v: Array) -> Array:
    """Return sum_j c_j P^-j v."""
    return c @ np.stack([np.roll(v, -j) for j in range(len(c))])
