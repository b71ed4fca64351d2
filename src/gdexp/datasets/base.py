"""What a dataset is: samples, labels and where they come from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gdexp.errors import ConfigError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dataset:
    """n labelled samples in R^d.

    Attributes
    ----------
    samples : ndarray, shape (n, d)
        The samples b_i / unit as rows; bytes, for images.
    labels : ndarray, shape (n,)
        The labels y_i, each -1 or +1.
    unit : float
        What the numbers in `samples` are multiples of.
    """

    samples: Array | NDArray[np.uint8]
    labels: Array
    unit: float = 1.0

    @cached_property
    def z(self) -> Array:
        """The signed samples z_i = y_i b_i, shape (n, d)."""
        return self.unit * self.labels[:, None] * self.samples


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
    fixed_dim : int or None
        The only dim there is, where there is only one.
    features : callable
        The number of features at a dim; the dim itself unless stated.
    """

    name: str
    formula: str
    source: str
    build: Callable[[int, int, Generator], Dataset]
    default_samples: int | None = 2
    fixed_dim: int | None = None
    features: Callable[[int], int] = lambda dim: dim

    def n(self, samples: int | None) -> int:
        """Return the number of samples, checked against the user's choice.

        Raises
        ------
        ConfigError
            If samples is given where the family fixes it, missing where it does
            not, or below 2.
        """
        if self.default_samples is not None:
            if samples not in (None, self.default_samples):
                raise ConfigError(
                    f"samples {samples} for dataset {self.name!r}; allowed:"
                    f" {self.default_samples}, which may be left out"
                )
            return self.default_samples
        if samples is None or samples < 2:
            raise ConfigError(
                f"samples {samples} for dataset {self.name!r}; allowed: 2 or more"
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
