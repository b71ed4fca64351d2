"""Sets on which the linear model is known to be slow."""

import numpy as np
from numpy.random import Generator

from gdexp.core.datasets.base import Dataset, DatasetFamily


def _worst_case(dim: int, n: int, rng: Generator) -> Dataset:
    samples = np.tile([-0.5, -1.0], (n, 1))
    samples[0, 0] = 0.5
    labels = np.full(n, -1.0)
    labels[0] = 1.0
    return Dataset(samples, labels)


def _two_point(dim: int, n: int, rng: Generator) -> Dataset:
    # signed samples z = (1, 1/sqrt(d))/2 and (-2, 1/sqrt(d))/2
    height = 0.5 / np.sqrt(dim)
    return Dataset(
        np.array([[0.5, height], [1.0, -height]]), labels=np.array([1.0, -1.0])
    )


WORST_CASE = DatasetFamily(
    "worst_case",
    "(0.5, -1) with label +1 once, (-0.5, -1) with label -1 for the n - 1 others",
    "arXiv 2412.08424, Theorem 5.1: Omega(n) steps of the batch perceptron",
    _worst_case,
    default_samples=None,
    fixed_dim=2,
)
TWO_POINT = DatasetFamily(
    "two_point",
    "z_1 = (1, 1/sqrt(d))/2, z_2 = (-2, 1/sqrt(d))/2: two features, R^2/mu^2 = 4d + 1",
    "our own calibration set; dim sets the difficulty, not the number of features",
    _two_point,
    features=lambda dim: 2,
)
