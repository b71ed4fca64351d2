"""A set on which the batch perceptron takes steps in proportion to n."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.datasets.base import DatasetFamily
from gdexp.core.datasets.dataset import Dataset


@dataclass(frozen=True)
class WorstCase(DatasetFamily):
    """One sample against n - 1 equal ones.

    >>> WorstCase().build(2, 3, np.random.default_rng(0)).z.tolist()
    [[0.5, -1.0], [0.5, 1.0], [0.5, 1.0]]
    """

    name = "worst_case"
    formula = (
        "(0.5, -1) with label +1 once, (-0.5, -1) with label -1 for the n - 1 others"
    )
    source = "arXiv 2412.08424, Theorem 5.1: Omega(n) steps of the batch perceptron"
    default_samples = None
    fixed_dim = 2

    def build(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Return the n samples; nothing in them is random."""
        samples = np.tile([-0.5, -1.0], (n, 1))
        samples[0, 0] = 0.5
        labels = np.full(n, -1.0)
        labels[0] = 1.0
        return Dataset(samples, labels)
