"""Gaussian samples with random labels: separable with high probability if n < 2d."""

from numpy.random import Generator

from gdexp.core.datasets.base import Dataset, DatasetFamily


def _gaussian(dim: int, n: int, rng: Generator) -> Dataset:
    samples = rng.standard_normal((n, dim))
    labels = rng.choice([-1.0, 1.0], size=n)
    return Dataset(samples, labels)


GAUSSIAN = DatasetFamily(
    "gaussian",
    "b_i ~ N(0, I_d), labels -1 or +1 with equal probability, n of the user's choice",
    "our own generic data; used by the paper's neighbours as a control",
    _gaussian,
    default_samples=None,
)
