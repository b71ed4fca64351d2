"""Gaussian samples with random labels: separable with high probability if n < 2d."""

from dataclasses import dataclass

from numpy.random import Generator

from gdexp.core.datasets.base import DatasetFamily
from gdexp.core.datasets.dataset import Dataset


@dataclass(frozen=True)
class Gaussian(DatasetFamily):
    """Independent Gaussian samples, of labels that they do not decide.

    >>> from numpy.random import default_rng
    >>> Gaussian().build(5, 3, default_rng(0)).samples.shape
    (3, 5)
    """

    name = "gaussian"
    formula = (
        "b_i ~ N(0, I_d), labels -1 or +1 with equal probability, n of the user's"
        " choice"
    )
    source = "our own generic data; used by the paper's neighbours as a control"
    default_samples = None

    def build(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Draw n samples, then their labels."""
        samples = rng.standard_normal((n, dim))
        labels = rng.choice([-1.0, 1.0], size=n)
        return Dataset(samples, labels)

    def more(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Draw test samples, after the others from the same stream."""
        return self.build(dim, self.test_samples or 0, rng)
