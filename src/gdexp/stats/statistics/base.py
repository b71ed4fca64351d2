"""What a statistic is: one number of T over the seeds of a cell's place."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from gdexp.core.member import Member

Array = NDArray[np.float64]


class Statistic(Member):
    """A statistic of T over seeds. T is infinite where a cell was not separated.

    Attributes
    ----------
    words : str
        What figures and captions call it.
    least : int
        Seeds from which a bootstrap interval of it is to be trusted.
    """

    words: ClassVar[str]
    least: ClassVar[int]

    def of(self, times: Array) -> Array:
        """Return the statistic along the last axis.

        Parameters
        ----------
        times : ndarray, shape (..., seeds)

        Returns
        -------
        ndarray, shape (...)
        """
        raise NotImplementedError
