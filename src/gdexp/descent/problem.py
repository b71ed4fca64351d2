"""A run before it starts: data, model, algorithm, step size and start."""

import math
from dataclasses import dataclass, replace

import numpy as np

from gdexp.algorithms import Algorithm
from gdexp.arithmetic import log2_scale, spacing
from gdexp.datasets import Dataset
from gdexp.descent.outcome import Array
from gdexp.models import Linear, Model


@dataclass(frozen=True)
class Problem:
    """Everything that determines a run.

    Attributes
    ----------
    data : Dataset
    model : Model
    algorithm : Algorithm
    step : float
        The step size.
    start : ndarray, shape (k + d,)
        The start w_0.
    precision : {"float64", "float32"}
        Of the products with the samples where there are many; see `rows`.
    unit : float
        What the parameters and the start are multiples of; see `scaled`.
    """

    data: Dataset
    model: Model
    algorithm: Algorithm
    step: float
    start: Array
    precision: str = "float64"
    unit: float = 1.0

    @property
    def z(self) -> Array:
        """The signed samples z_i = y_i b_i, shape (n, d)."""
        return self.data.z

    @property
    def first_tie(self) -> float:
        """The perceptron's weight at a margin of 0 in the first step."""
        return 1.0 if self.start.any() else 0.5

    @property
    def scale_free(self) -> bool:
        """Whether w and s w take the same course for every s > 0.

        So for the perceptron of a model of degree 2: its update is linear in w.
        """
        return self._perceptron and self.model.degree == 2

    @property
    def counts(self) -> bool:
        """Whether w is a sum of the z_i a whole number of times: no step, no rounding.

        So for the linear perceptron from zero, in the units of `scaled`.
        """
        return (
            self._perceptron
            and isinstance(self.model, Linear)
            and not self.start.any()
            and self.step == self._divisor
            and not self.algorithm.normalized
        )

    @property
    def scaled(self) -> "Problem":
        """The same run in units that make its numbers moderate, and whole if they can.

        Perceptrons know no length: of degree 1, w and the step may be multiplied by
        one number, of degree 2 w alone. From zero the unit is a share of the step, so
        that T depends on no step at all; from elsewhere it is a power of two.
        """
        if not self._perceptron or self.model.degree not in (1, 2):
            return self
        if self.model.degree == 1 and not self.start.any():
            step = float(self._divisor)
            return replace(self, step=step, unit=self.unit * (self.step / step))
        bits = log2_scale(self.start)
        step = self.step
        if self.model.degree == 1:
            bits = max(bits, log2_scale(np.array(step)))
            step = math.ldexp(step, -bits)
        start = np.ldexp(self.start, -bits)
        unit = self.unit * math.ldexp(1.0, min(bits, 1023))
        return replace(self, step=step, start=start, unit=unit)

    def is_exact(self, cap: int) -> bool:
        """Return whether no number of a run of `cap` iterations is ever rounded."""
        if not (self._perceptron and isinstance(self.model, Linear)):
            return False
        if self.start.any() or self.step != self._divisor:
            return False
        grid = spacing(self.z)
        n, d = self.z.shape
        largest = float(np.abs(self.z).max()) / grid
        return bool(cap * self.step * n * d * largest**2 < 2.0**53)

    @property
    def _perceptron(self) -> bool:
        return self.algorithm.indicator and self.algorithm.weight is None

    @property
    def _divisor(self) -> int:
        """What makes all updates whole, halves of 1/n or 1 to 1/n; 1 if too large."""
        n = len(self.data.labels)
        if not self.algorithm.normalized:
            return 2 * n
        divisor = math.lcm(*range(1, min(n, 30) + 1))
        return divisor if n <= 30 and divisor < 2**20 else 1
