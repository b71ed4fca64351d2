"""A model of one's own in NumPy: a hidden layer of two units with fixed signs."""

from dataclasses import dataclass

import numpy as np

from gdexp import Model


@dataclass(frozen=True)
class Difference(Model):
    """f(b; u, v) = phi(<b, u>) - phi(<b, v>) with phi(x) = log(1 + exp(x))."""

    name = "difference"
    formula = "f(b; u, v) = phi(<b, u>) - phi(<b, v>), phi the softplus"
    source = "the smallest network that is not odd in b"

    def parameters(self, features):
        return 2 * features

    def f(self, b, w):  # b is (n, d), the answer (n,)
        u, v = np.split(w, 2)
        return np.logaddexp(0, b @ u) - np.logaddexp(0, b @ v)

    def df(self, b, w, weights):  # sum_i weights_i grad_w f(b_i; w)
        u, v = np.split(w, 2)
        left, right = (1 / (1 + np.exp(-b @ x)) for x in (u, v))
        return np.concatenate([(weights * left) @ b, -(weights * right) @ b])
