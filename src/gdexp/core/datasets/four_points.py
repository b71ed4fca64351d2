"""Four points of the plane on which the loss rises at large steps."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.datasets.base import DatasetFamily
from gdexp.core.datasets.dataset import Dataset


@dataclass(frozen=True)
class FourPoints(DatasetFamily):
    """The toy set of large constant steps; rows as printed, the longest sqrt(4.04).

    Signed, they are two samples, each twice: z = (1, 0.2) and (-2, 0.2), which is
    ``two_point`` at d = 25 and twice its length. So R^2/mu^2 = 101.

    >>> FourPoints().build(2, 4, np.random.default_rng(0)).z.tolist()
    [[1.0, 0.2], [-2.0, 0.2], [1.0, 0.2], [-2.0, 0.2]]
    """

    name = "four_points"
    formula = (
        "b = (1, 0.2), (-2, 0.2) with label +1 and (-1, -0.2), (2, -0.2) with label -1"
    )
    source = "arXiv 2402.15926, as quoted by 2502.04889"
    default_samples = 4
    fixed_dim = 2

    def build(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Return the four samples; nothing in them is random."""
        half = np.array([[1.0, 0.2], [-2.0, 0.2]])
        return Dataset(np.concatenate([half, -half]), np.array([1.0, 1.0, -1.0, -1.0]))
