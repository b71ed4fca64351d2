"""What a model is: the margins of its parameters, and their pull-back."""

from fractions import Fraction
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Model(Protocol):
    """A model m(b; w) with margins m_i(w) = y_i m(b_i; w) = m(z_i; w).

    Attributes
    ----------
    kernel : int
        The number k of trained kernel entries in w = [c, v]; 0 where w = v.
    degree : int
        The degree L of homogeneity in w: m(b; s w) = s^L m(b; w).
    reducible : bool
        Whether m = <v, sum_j c_j P^j b>, so that the reduced form applies; any
        other model runs in the direct form.
    """

    @property
    def kernel(self) -> int:
        """Number k of trained kernel entries."""
        ...

    @property
    def degree(self) -> int:
        """Degree L of homogeneity."""
        ...

    @property
    def reducible(self) -> bool:
        """Whether the reduced form applies."""
        ...

    def margins(self, z: Array, w: Array) -> Array:
        """Return the margins, shape (n,), of signed samples z, shape (n, d)."""
        ...

    def pullback(self, z: Array, w: Array, weights: Array) -> Array:
        """Return sum_i weights_i grad_w m_i(w), of the shape of w."""
        ...


@runtime_checkable
class Certain(Protocol):
    """A homogeneous model whose margins come with a bound, and exactly too.

    The bound is on their rounding. Runs of other models are checked in float64, and
    their certificate says `computed`.
    """

    def margin_bound(self, z: Array, w: Array) -> Array:
        """Return what `margins` is wrong by at most, shape (n,); 0 if it is exact."""
        ...

    def exact_margins(self, z: Array, w: Array) -> list[Fraction]:
        """Return the margins of these parameters without any rounding."""
        ...
