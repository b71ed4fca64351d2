"""Labelled samples, checked when they are put together."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.core.returned import frozen
from gdexp.util.errors import DataError

Array = NDArray[np.float64]
# others, as masked ones, hide numbers from the checks, or multiply in another way
ARRAYS = (np.ndarray, np.memmap)


class UnfitError(DataError):
    """Samples and labels that are no dataset."""


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
    test_samples, test_labels : ndarray or None, shapes (m, d) and (m,)
        Further b_i and y_i that no run is trained on, where they were asked for.

    Raises
    ------
    UnfitError
        If they are none of this, see `fault`.
    """

    samples: Array | NDArray[np.uint8]
    labels: Array
    unit: float | Array = 1.0
    test_samples: Array | None = None
    test_labels: Array | None = None

    def __post_init__(self) -> None:
        wrong = fault(self.samples, self.labels, self.unit)
        if not wrong and self.test_samples is not None:
            wrong = fault(self.test_samples, self.test_labels, what="test ")
        if wrong:
            raise UnfitError(wrong)
        # its own, for who built it may go on with theirs; and row behind row, however
        # they were built: sums and compiled products go by it
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, each.name, np.array(value, order="C"))
        self.labels.setflags(write=False)

    @cached_property
    def z(self) -> Array:
        """The signed samples z_i = y_i b_i, shape (n, d)."""
        return self.factors[:, None] * self.samples

    @cached_property
    def b(self) -> Array:
        """The samples b_i, shape (n, d)."""
        samples: Array = np.reshape(self.unit, (-1, 1)) * self.samples
        return frozen(samples)

    @cached_property
    def factors(self) -> Array:
        """What makes the rows of `samples` the signed samples: unit_i y_i, (n,)."""
        return self.unit * self.labels


def fault(samples: Any, labels: Any, unit: Any = 1.0, what: str = "") -> str:
    """Say what is wrong with samples and labels, "" if nothing is.

    Samples are of shape (n, d), finite float64 numbers or bytes; labels are of shape
    (n,), float64, each -1 or +1; units are finite and positive, one or n of them.

    Examples
    --------
    >>> fault(np.ones((3, 4)), np.array([1.0, -1.0, 0.0]))
    'labels with a 0.0 at 2; allowed: -1 and 1'
    """
    for name, array in ((f"{what}samples", samples), (f"{what}labels", labels)):
        if type(array) not in ARRAYS:
            return f"{name} of type {type(array).__name__}; allowed: a NumPy array"
    if samples.dtype not in (np.float64, np.uint8):
        return f"{what}samples of type {samples.dtype}; allowed: float64, uint8"
    if labels.dtype != np.float64:
        return f"{what}labels of type {labels.dtype}; allowed: float64"
    if samples.ndim != 2:
        return f"{what}samples of shape {samples.shape}; allowed: (n, d)"
    if labels.shape != samples.shape[:1]:
        return (
            f"{what}labels of shape {labels.shape} for samples of shape"
            f" {samples.shape}; allowed: {samples.shape[:1]}"
        )
    wrong = np.flatnonzero(~np.isin(labels, (-1.0, 1.0)))
    if wrong.size:
        at = wrong[0]
        return f"{what}labels with a {labels[at]} at {at}; allowed: -1 and 1"
    if samples.dtype != np.uint8 and not np.isfinite(samples).all():
        row, column = np.argwhere(~np.isfinite(samples))[0]
        value = samples[row, column]
        return f"{what}samples with a {value} at ({row}, {column}); allowed: numbers"
    if isinstance(unit, np.ndarray) and type(unit) not in ARRAYS:
        return f"units of type {type(unit).__name__}; allowed: a NumPy array"
    units = np.asarray(unit)
    if units.shape not in ((), labels.shape):
        return f"units of shape {units.shape}; allowed: {labels.shape}, or one number"
    if not (np.isfinite(units) & (units > 0)).all():
        return "a unit that is no positive number"
    return ""
