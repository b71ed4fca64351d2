"""A network of one's own: put this file into ``own/`` beside the Snakefile."""

from dataclasses import dataclass

import jax.numpy as jnp

from gdexp import Network


@dataclass(frozen=True)
class Gated(Network):
    name, formula, source = "gated", "f(b) = <a, tanh(W b) * V b>", "ours"
    width: int = 8

    def initial(self, features, rng):  # the start, as arrays by name
        W, V = rng.standard_normal((2, self.width, features)) / features**0.5
        return {"W": W, "V": V, "a": rng.standard_normal(self.width)}

    def of(self, p, b):  # one sample b of shape (d,)
        return p["a"] @ (jnp.tanh(p["W"] @ b) * (p["V"] @ b))
