"""Sets of two samples, as they are or in a random orthonormal frame of their span.

What depends on inner products alone does not see the difference; methods that scale
coordinates, and models that are not linear in b or share weights, do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gdexp.core.arithmetic import dots
from gdexp.core.datasets.base import DatasetFamily
from gdexp.core.datasets.dataset import Dataset
from gdexp.util.errors import ConfigError, shown

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TwoSamples(DatasetFamily):
    """Two samples, called ``NAME`` or ``NAME:rotated``.

    With rows B = R Q, Q two orthonormal rows, the rotated samples are R F, F the
    orthonormal rows made of two Gaussian ones: B B' stays, and all axes are alike.
    """

    with_options = True

    def __post_init__(self) -> None:
        if self.label not in ("", self.name, f"{self.name}:rotated"):
            raise ConfigError(
                f"dataset {shown(self.label)} is unknown; allowed: {self.name},"
                f" {self.name}:rotated"
            )

    @property
    def rotated(self) -> bool:
        """Whether they stand in a random frame."""
        return self.label.endswith(":rotated")

    @property
    def about(self) -> str:
        """What they are, in one line."""
        frame = "; in a random orthonormal frame of their span" * self.rotated
        return f"{self.formula}{frame}"

    def pair(self, dim: int) -> Dataset:
        """Return the two samples as they are."""
        raise NotImplementedError

    def build(self, dim: int, n: int, rng: Generator) -> Dataset:
        """Return the two samples; at most their frame is random."""
        made = self.pair(dim)
        if not self.rotated:
            return made
        _, coordinates = _frame(made.b)
        frame, _ = _frame(rng.standard_normal(made.b.shape))
        return Dataset(coordinates @ frame, made.labels)


def _frame(rows: Array) -> tuple[Array, Array]:
    """Return two orthonormal rows, and two rows as combinations of them.

    By Gram and Schmidt, twice over: the sums of LAPACK depend on the processor.
    """
    first = np.sqrt(dots(rows[:1], rows[0]))
    frame = np.stack([rows[0] / first, rows[1]])
    shared = 0.0
    for _ in range(2):
        along = dots(frame[:1], frame[1])[0]
        frame[1] -= along * frame[0]
        shared += along
    second = np.sqrt(dots(frame[1:], frame[1]))
    frame[1] /= second
    return frame, np.array([[first[0], 0.0], [shared, second[0]]])
