"""What a dataset is: samples, labels and where they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gdexp.util.errors import ConfigError, DataError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dataset:
    """n labelled samples in R^d.

    Attributes
    ----------
    samples : ndarray, shape (n, d)
        The samples b_i / unit_i as rows; bytes, for images.
    labels : ndarray, shape (n,)
        The labels y_i, each -1 or +1.
    unit : float or ndarray, shape (n,)
        What the numbers in each row of `samples` are multiples of.
    """

    samples: Array | NDArray[np.uint8]
    labels: Array
    unit: float | Array = 1.0

    def __post_init__(self) -> None:
        if not np.isin(self.labels, (-1.0, 1.0)).all():
            raise DataError("labels of a dataset; allowed: -1 and 1")

    @cached_property
    def z(self) -> Array:
        """The signed samples z_i = y_i b_i, shape (n, d)."""
        return self.factors[:, None] * self.samples

    @cached_property
    def b(self) -> Array:
        """The samples b_i, shape (n, d)."""
        samples: Array = np.reshape(self.unit, (-1, 1)) * self.samples
        return samples

    @cached_property
    def factors(self) -> Array:
        """What makes the rows of `samples` the signed samples: unit_i y_i, (n,)."""
        return self.unit * self.labels


@dataclass(frozen=True)
class DatasetFamily:
    """A named dataset, one member per dim.

    Attributes
    ----------
    name, formula, source : str
        How to call it, what it is in one line, and where it comes from.
    build : callable
        ``build(dim, n, rng) -> Dataset``.
    default_samples : int or None
        The number of samples where it is not the user's choice; None where it is.
    balanced : bool
        Whether n must be even, half of it for each label.
    fixed_dim : int or None
        The only dim there is, where there is only one.
    features : callable
        The number of features at a dim; the dim itself unless stated.
    files : tuple of Path
        The files that it is read from.
    """

    name: str
    formula: str
    source: str
    build: Callable[[int, int, Generator], Dataset]
    default_samples: int | None = 2
    balanced: bool = False
    fixed_dim: int | None = None
    features: Callable[[int], int] = lambda dim: dim
    files: tuple[Path, ...] = ()

    def n(self, samples: int | None) -> int:
        """Return the number of samples, checked against the user's choice.

        Raises
        ------
        ConfigError
            If samples is given where the family fixes it, missing where it does
            not, below 2, or odd where half of them has each label.
        """
        if self.default_samples is not None:
            if samples not in (None, self.default_samples):
                raise ConfigError(
                    f"samples {samples} for dataset {self.name!r}; allowed:"
                    f" {self.default_samples}, which may be left out"
                )
            return self.default_samples
        if samples is None or samples < 2 or (self.balanced and samples % 2):
            even = "even, " if self.balanced else ""
            raise ConfigError(
                f"samples {samples} for dataset {self.name!r}; allowed: {even}2 or more"
            )
        return samples

    def check_dim(self, dim: int) -> None:
        """Raise ConfigError if there is no member at this dim."""
        if self.fixed_dim is not None and dim != self.fixed_dim:
            raise ConfigError(
                f"dim {dim} for dataset {self.name!r}; allowed: {self.fixed_dim} only"
            )
        if dim < 2:
            raise ConfigError(
                f"dim {dim} for dataset {self.name!r}; allowed: 2 or more"
            )
