"""What a method is: a memory to begin with, and one update."""

from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gdexp.core.arithmetic import functions_of
from gdexp.core.member import Member
from gdexp.core.oracle import Oracle

Array = NDArray[np.float64]
Memory = dict[str, Any]


class Method(Member):
    """A method (init, update); it neither stops a run nor observes it.

    A subclass is a frozen dataclass; if it has a step, that is the field `step`. It
    changes no array in place. What differs from one update to the next is in its memory
    alone: arrays, numbers, None and the generator that `init` is given, by name.

    Attributes
    ----------
    additive : bool
        Whether it only adds and scales iterates and directions. Then it runs unchanged
        in other coordinates, see `gdexp.core.forms`.
    traceable : bool
        Whether `update` is array operations alone, with functions taken from the
        arrays (see `functions_of`) and as many gradients each time: so that JAX can
        compute with it.
    weighs : bool
        Whether it has sample weights of its own: no loss can be chosen, and the
        logistic one is recorded.
    decides : bool
        Whether the sign of a margin decides an update, whatever the loss.
    from_zero : bool
        Whether it starts at w = 0 only.
    models : tuple of str
        The models that it is for; any if empty.
    """

    additive: ClassVar[bool] = False
    traceable: ClassVar[bool] = False
    weighs: ClassVar[bool] = False
    decides: ClassVar[bool] = False
    from_zero: ClassVar[bool] = False
    models: ClassVar[tuple[str, ...]] = ()

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return what is kept between updates, before the first one.

        Parameters
        ----------
        oracle : Oracle
        w : ndarray, shape (p,)
            The start.
        rng : numpy.random.Generator
            The stream of methods that draw; to be kept in the memory by those.
        """
        return {}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return the next parameters and what is kept then."""
        raise NotImplementedError


def softmax(x: Array) -> Array:
    """Return exp(x_i) / sum_j exp(x_j), without overflow."""
    tails = functions_of(x).exp(x - x.max())
    shares: Array = tails / tails.sum()
    return shares
