"""Two samples of two features that are as hard to separate as dim says."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.datasets.dataset import Dataset
from gdexp.core.datasets.two_samples import TwoSamples


@dataclass(frozen=True)
class TwoPoint(TwoSamples):
    """Signed samples z = (1, 1/sqrt(d))/2 and (-2, 1/sqrt(d))/2.

    >>> TwoPoint().build(16, 2, np.random.default_rng(0)).z.tolist()
    [[0.5, 0.125], [-1.0, 0.125]]
    """

    name = "two_point"
    formula = (
        "z_1 = (1, 1/sqrt(d))/2, z_2 = (-2, 1/sqrt(d))/2: two features,"
        " R^2/mu^2 = 4d + 1"
    )
    source = (
        "our own calibration set; dim sets the difficulty, not the number of features"
    )

    def pair(self, dim: int) -> Dataset:
        """Return the two samples as they are."""
        height = 0.5 / np.sqrt(dim)
        samples = np.array([[0.5, height], [1.0, -height]])
        return Dataset(samples, np.array([1.0, -1.0]))

    def features(self, dim: int) -> int:
        """Return 2 at every dim."""
        return 2
