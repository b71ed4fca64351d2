"""Two samples with a large common part and one informative feature.

A reconstruction of the paper's small example: its data set is not known to us. It has
margin about 1 and norm about sqrt(d), so R^2/mu^2 grows like d; so have its variants.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gdexp.core.datasets.dataset import Dataset
from gdexp.core.datasets.two_samples import TwoSamples


@dataclass(frozen=True)
class C1(TwoSamples):
    """Rows common_i * 1 + tip_i * e_1 with labels +1 and -1.

    >>> C1().build(3, 2, np.random.default_rng(0)).samples.tolist()
    [[2.0, 1.0, 1.0], [0.0, 1.0, 1.0]]
    """

    name = "c1"
    formula = "b_1 = 1 + e_1 (label +1), b_2 = 1 - e_1 (label -1)"
    source = "reconstruction of the paper's two-sample example"
    common: ClassVar[tuple[float, float]] = (1.0, 1.0)
    tip: ClassVar[tuple[float, float]] = (1.0, -1.0)

    def pair(self, dim: int) -> Dataset:
        """Return the two samples as they are."""
        samples = np.repeat(np.array(self.common)[:, None], dim, axis=1)
        samples[:, 0] += self.tip
        return Dataset(samples, np.array([1.0, -1.0]))
