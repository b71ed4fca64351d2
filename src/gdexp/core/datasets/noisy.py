"""Gaussian samples with a linear rule, of which a share of labels is wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.datasets.base import DatasetFamily
from gdexp.core.datasets.dataset import Dataset
from gdexp.core.member import check


@dataclass(frozen=True)
class Noisy(DatasetFamily):
    """The sign of the first feature, flipped for a share of the samples.

    Test samples are of the same law: no test error is below the share, but by chance.

    Parameters
    ----------
    flips : float
        The probability that a label is wrong.

    Examples
    --------
    >>> from numpy.random import default_rng
    >>> data = Noisy(flips=0.2).build(5, 1000, default_rng(0))
    >>> float((data.labels * data.samples[:, 0] < 0).mean())
    0.213
    """

    name = "noisy"
    formula = "b_i ~ N(0, I_d), y_i the sign of its first feature, flipped with flips"
    source = "ours, after arXiv 2502.21269"
    default_samples = None

    flips: float = 0.15

    def __post_init__(self) -> None:
        check(0 <= self.flips < 0.5, "flips", self.flips, "from 0, below 0.5")

    def build(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Draw n samples, then which labels are wrong."""
        samples = rng.standard_normal((n, dim))
        wrong = rng.random(n) < self.flips
        return Dataset(samples, np.where((samples[:, 0] > 0) != wrong, 1.0, -1.0))

    def more(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Draw test samples, after the others from the same stream."""
        return self.build(dim, self.test_samples or 0, rng)
