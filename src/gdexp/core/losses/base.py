"""What a loss is: l(m) of a margin m, and the weight -l'(m) that a sample gets."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from gdexp.core.arithmetic import functions_of
from gdexp.core.member import Member

Array = NDArray[np.float64]


class Loss(Member):
    """A loss of margins; the objective is its mean over the samples.

    Attributes
    ----------
    decides : bool
        Whether the weight jumps at a margin of 0, so that its sign decides something.
    traceable : bool
        Whether it takes array functions from its arrays, see `functions_of`: so that
        JAX can compute with it.
    """

    decides: ClassVar[bool] = False
    traceable: ClassVar[bool] = False

    def value(self, margins: Array) -> Array:
        """Return l(m_i), of the shape of the margins."""
        raise NotImplementedError

    def weight(self, margins: Array, tie: float = 1.0) -> Array:
        """Return s_i = -l'(m_i), of the shape of the margins.

        Parameters
        ----------
        margins : ndarray, shape (n,)
        tie : float
            The weight of a margin of 0 where the loss has a kink there: 1/2 in the
            step from the zero start, otherwise 1. No loss can know that from m alone.
        """
        raise NotImplementedError

    def curvature(self, margins: Array) -> Array:
        """Return l''(m_i), of the shape of the margins; 0 at a kink."""
        raise NotImplementedError


def tail(x: Array) -> Array:
    """Return exp(-abs(x)): no exponential here ever overflows.

    >>> tail(np.array([-1e300, 0.0])).tolist()
    [0.0, 1.0]
    """
    xp = functions_of(x)
    small: Array = xp.exp(-xp.abs(x))
    return small
