"""Networks: models that are written down as one function, differentiated by JAX."""

from functools import cache
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng

from gdexp.core.autodiff import load
from gdexp.core.models.base import Array, Model


class Network(Model):
    """A model with parameters in arrays by name, and its own start.

    A subclass is a frozen dataclass with `initial` and `of`. Its f, its gradient, the
    number and the order of its parameters follow from these two; w is the arrays one
    after the other, in the order of `initial`.

    In `of` array functions are those of JAX. They may be taken from ``jax.numpy`` or
    from the arrays, see `gdexp.core.arithmetic.functions_of`.
    """

    draws = True
    traceable = True

    def initial(self, features: int, rng: Generator) -> dict[str, Array]:
        """Return the parameters at the start, as NumPy arrays by name."""
        raise NotImplementedError

    def of(self, parameters: dict[str, Any], b: Any) -> Any:
        """Return f(b; w) of one sample, shape () from (d,)."""
        raise NotImplementedError

    def each(self, parameters: dict[str, Any], b: Any) -> Any:
        """Return f(b_i; w) of all samples, shape (n,) from (n, d).

        `of` of each by default; one that is faster written for all has this instead.
        """
        return load().vmap(self.of, (None, 0))(parameters, b)

    def shapes(self, features: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the parameters by name."""
        return _shapes(self, features)

    def parameters(self, features: int) -> int:
        """Return how many there are."""
        return sum(int(np.prod(shape)) for shape in self.shapes(features).values())

    def start(self, features: int, start: str, rng: Generator) -> Array:
        """Return `initial` as one vector w, shape (p,)."""
        arrays = self.initial(features, rng).values()
        return np.concatenate([np.ravel(each) for each in arrays]).astype(np.float64)

    def split(self, w: Any, features: int) -> dict[str, Any]:
        """Return the arrays that w stands for, by name."""
        found, first = {}, 0
        for name, shape in self.shapes(features).items():
            size = int(np.prod(shape))
            found[name] = w[first : first + size].reshape(shape)
            first += size
        return found

    def outputs(self, w: Any, b: Any) -> Any:
        """Return f(b_i; w), shape (n,), for JAX to differentiate by w."""
        return self.each(self.split(w, b.shape[-1]), b)

    def f(self, b: Array, w: Array) -> Array:
        """Return f(b_i; w), shape (n,), by JAX in float64."""
        return np.array(_functions(self)[0](b, w))

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i grad_w f(b_i; w), by JAX in float64."""
        return np.array(_functions(self)[1](b, w, weights))

    def tangent(self, b: Array, w: Array, v: Array) -> Array:
        """Return <grad_w f(b_i; w), v>, shape (n,), by JAX in float64."""
        return np.array(_functions(self)[2](b, w, v))

    def d2f(self, b: Array, w: Array, weights: Array, v: Array) -> Array:
        """Return sum_i weights_i Hess_w f(b_i; w) v, by JAX in float64."""
        return np.array(_functions(self)[3](b, w, weights, v))


@cache
def _shapes(model: Network, features: int) -> dict[str, tuple[int, ...]]:
    drawn = model.initial(features, default_rng(0))
    return {name: np.shape(array) for name, array in drawn.items()}


@cache
def _functions(model: Network) -> tuple[Any, Any, Any, Any]:
    """Return f, df and their derivatives along v, compiled once for each shape."""
    jax = load()

    def f(b: Any, w: Any) -> Any:
        return model.outputs(w, b)

    def df(b: Any, w: Any, weights: Any) -> Any:
        return jax.vjp(lambda w: model.outputs(w, b), w)[1](weights)[0]

    def tangent(b: Any, w: Any, v: Any) -> Any:
        return jax.jvp(lambda w: f(b, w), (w,), (v,))[1]

    def d2f(b: Any, w: Any, weights: Any, v: Any) -> Any:
        return jax.jvp(lambda w: df(b, w, weights), (w,), (v,))[1]

    found = (jax.jit(each) for each in (f, df, tangent, d2f))
    return tuple(found)
