"""What a model is: a function f(b; w) of a sample and parameters, and its gradient."""

from fractions import Fraction
from typing import Any, ClassVar, TypeGuard

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gdexp.core.member import Member
from gdexp.core.starts import draw_start

Array = NDArray[np.float64]


class Model(Member):
    """A model with margins m_i(w) = y_i f(b_i; w).

    A subclass says what f and its vector-Jacobian product are, and how many parameters
    there are.

    Attributes
    ----------
    degree : int or None
        The degree L of homogeneity in w, f(b; s w) = s^L f(b; w), if there is one.
    linear_in_b : bool
        Whether f is linear in b for every w, so that samples may be signed and scaled.
    draws : bool
        Whether it draws its own start: none can be chosen then.
    traceable : bool
        Whether it has `outputs`, so that it may be run by automatic differentiation.
    """

    degree: ClassVar[int | None] = None
    linear_in_b: ClassVar[bool] = False
    draws: ClassVar[bool] = False
    traceable: ClassVar[bool] = False

    def parameters(self, features: int) -> int:
        """Return the number of parameters at so many features."""
        raise NotImplementedError

    def f(self, b: Array, w: Array) -> Array:
        """Return f(b_i; w), shape (n,), of samples b of shape (n, d)."""
        raise NotImplementedError

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i grad_w f(b_i; w), of the shape of w."""
        raise NotImplementedError

    def outputs(self, w: Any, b: Any) -> Any:
        """Return f(b_i; w), shape (n,), for JAX to differentiate by w."""
        raise NotImplementedError

    def tangent(self, b: Array, w: Array, v: Array) -> Array:
        """Return <grad_w f(b_i; w), v>, shape (n,)."""
        one = np.ones(1)
        return np.array([float(self.df(row[None], w, one) @ v) for row in b])

    def d2f(self, b: Array, w: Array, weights: Array, v: Array) -> Array:
        """Return sum_i weights_i Hess_w f(b_i; w) v, of the shape of w.

        For the sharpness, which a model without it does not have.
        """
        raise NotImplementedError

    def start(self, features: int, start: str, rng: Generator) -> Array:
        """Draw the parameters w_0 that a start names, see `gdexp.core.starts`."""
        return draw_start(start, features, self.parameters(features) - features, rng)

    def check(self, features: int) -> None:
        """Raise ConfigError if there is no such model of so many features."""

    def margins(self, b: Array, y: Array, w: Array) -> Array:
        """Return m_i = y_i f(b_i; w), shape (n,)."""
        return y * self.f(b, w)

    def vjp(self, b: Array, y: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i grad_w m_i(w), of the shape of w."""
        return self.df(b, w, weights * y)

    def moving(self, w: Array) -> Array:
        """Return those parameters that a method moves: all of them as a rule."""
        return w

    def norm(self, w: Array) -> float:
        """Return the Euclidean norm of the trained parameters."""
        return float(np.linalg.norm(self.moving(w)))

    def limits(self, lengths: Array, w: Array) -> Array:
        """Return what margins are wrong by at most, shape (n,); 0 if that is unknown.

        Parameters
        ----------
        lengths : ndarray, shape (n,)
            The norms of the samples.
        w : ndarray, shape (p,)
        """
        return np.zeros(len(lengths))


class Certain(Model):
    """A homogeneous model whose rounding is known.

    Runs of other models are checked in float64, and their certificate says `computed`.
    """

    certain: ClassVar[bool] = True  # a setting may say no

    def limits(self, lengths: Array, w: Array) -> Array:
        """Return a bound on the error of each f(b_i; w), shape (n,)."""
        raise NotImplementedError

    def exact(self, b: Array, w: Array) -> list[Fraction]:
        """Return the f(b_i; w) of these parameters without any rounding."""
        raise NotImplementedError


def is_certain(model: Model) -> TypeGuard[Certain]:
    """Return whether the rounding of a model is known."""
    return isinstance(model, Certain) and model.certain and _says_it(type(model))


def _says_it(model: type[Certain]) -> bool:
    """Return whether no class computes anything anew below the one that says it.

    One that is derived may compute another f, of whose rounding nothing is said.
    """
    for each in model.__mro__:
        own = {name: value for name, value in vars(each).items() if name[:2] != "__"}
        if {"limits", "exact"} <= own.keys():
            return True
        if any(hasattr(value, "__get__") for value in own.values()):  # it computes
            return False
    return False
