"""Two samples with a large common part and one informative feature.

Reconstructions of the paper's small example: its data set is not known to us.
They have margin about 1 and norm about sqrt(d), so R^2/mu^2 grows like d.
"""

import numpy as np
from numpy.random import Generator

from gdexp.core.datasets.base import Dataset, DatasetFamily


def _pair(dim: int, common: tuple[float, float], tip: tuple[float, float]) -> Dataset:
    """Rows common_i * 1 + tip_i * e_1 with labels +1 and -1."""
    samples = np.repeat(np.array(common)[:, None], dim, axis=1)
    samples[:, 0] += tip
    return Dataset(samples, np.array([1.0, -1.0]))


def _c1(dim: int, n: int, rng: Generator) -> Dataset:
    return _pair(dim, common=(1.0, 1.0), tip=(1.0, -1.0))


def _c2(dim: int, n: int, rng: Generator) -> Dataset:
    return _pair(dim, common=(1.0, 2.0), tip=(1.0, -1.0))


def _c1f(dim: int, n: int, rng: Generator) -> Dataset:
    return _pair(dim, common=(1.0, 1.0), tip=(0.0, -2.0))


C1 = DatasetFamily(
    "c1",
    "b_1 = 1 + e_1 (label +1), b_2 = 1 - e_1 (label -1)",
    "reconstruction of the paper's two-sample example",
    _c1,
)
C2 = DatasetFamily(
    "c2",
    "b_1 = 1 + e_1 (label +1), b_2 = 2*1 - e_1 (label -1)",
    "reconstruction, variant with unequal lengths",
    _c2,
)
C1F = DatasetFamily(
    "c1f",
    "b_1 = 1 (label +1), b_2 = 1 - 2 e_1 (label -1)",
    "reconstruction, variant: one coordinate changes its sign",
    _c1f,
)
