"""A run before it starts: data, model, loss, method and start."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng

from gdexp.core.arithmetic import log2_scale, spacing
from gdexp.core.datasets import Dataset
from gdexp.core.losses import Loss
from gdexp.core.methods import Method
from gdexp.core.models import Model
from gdexp.core.outcome import Array

PLAIN = ("gd", "normalized_gd")  # the methods that the compiled loops know
STOPS = ("separated", "cap", "zero_loss")


@dataclass(frozen=True)
class Problem:
    """Everything that determines a run.

    Attributes
    ----------
    data : Dataset
    model : Model
    method : Method
    loss : Loss
    start : ndarray, shape (p,)
        The start w_0.
    precision : {"float64", "float32"}
        Of the products with the samples where there are many; see `forms.rows`.
    unit : float
        What the parameters and the start are multiples of; see `scaled`.
    stop : {"separated", "cap", "zero_loss"}
        Where the run ends; see `gdexp.core.run.run`.
    stream : Generator or None
        The random stream of a method that draws.
    read : str or None
        Digest of the files that the data were read from.
    """

    data: Dataset
    model: Model
    method: Method
    loss: Loss
    start: Array
    precision: str = "float64"
    unit: float = 1.0
    stop: str = "separated"
    stream: Generator | None = None
    read: str | None = None

    @property
    def z(self) -> Array:
        """The signed samples z_i = y_i b_i, shape (n, d)."""
        return self.data.z

    @property
    def step(self) -> float:
        """The step of the method; 1 if it has none."""
        return float(getattr(self.method, "step", 1.0))

    @property
    def rng(self) -> Generator:
        """The stream of the method, which nothing else draws from."""
        return self.stream or default_rng(0)

    @property
    def first_tie(self) -> float:
        """The weight of a margin of 0 in the first update, see `Loss.weight`."""
        return 1.0 if self.model.moving(self.start).any() else 0.5

    @property
    def plain(self) -> bool:
        """Whether the method is gradient descent, normalized or not."""
        return self.method.name in PLAIN

    @property
    def normalized(self) -> bool:
        """Whether directions are divided by the mean weight."""
        return self.method.name == "normalized_gd"

    @property
    def perceptron(self) -> bool:
        """Whether it is a batch perceptron."""
        return self.plain and self.loss.name == "perceptron"

    @property
    def scale_free(self) -> bool:
        """Whether w and s w take the same course for every s > 0.

        So for the perceptron of a model of degree 2: its update is linear in w.
        """
        return self.perceptron and self.model.degree == 2

    @property
    def counts(self) -> bool:
        """Whether w is a sum of the z_i a whole number of times: no step, no rounding.

        So for the linear perceptron from zero, in the units of `scaled`.
        """
        return self._whole and not self.normalized

    @property
    def scaled(self) -> "Problem":
        """The same run in units that make its numbers moderate, and whole if they can.

        Perceptrons know no length: of degree 1, w and the step may be multiplied by
        one number, of degree 2 w alone. From zero the unit is a share of the step, so
        that T depends on no step at all; from elsewhere it is a power of two.
        """
        if not self.perceptron or self.model.degree not in (1, 2):
            return self
        if self.model.degree == 1 and not self.start.any():
            step = float(self._divisor)
            return self._in_units(self.step / step, self.start, step)
        bits, step = log2_scale(self.start), self.step
        if self.model.degree == 1:
            bits = max(bits, log2_scale(np.array(step)))
            step = math.ldexp(step, -bits)
        unit = math.ldexp(1.0, min(bits, 1023))
        return self._in_units(unit, np.ldexp(self.start, -bits), step)

    def _in_units(self, unit: float, start: Array, step: float) -> "Problem":
        changed: Any = {"step": step}
        method = replace(self.method, **changed)  # type: ignore[type-var]
        return replace(self, unit=self.unit * unit, start=start, method=method)

    def is_exact(self, cap: int) -> bool:
        """Return whether no number of a run of `cap` iterations is ever rounded."""
        if not self._whole:
            return False
        grid = spacing(self.z)
        n, d = self.z.shape
        largest = float(np.abs(self.z).max()) / grid
        return bool(cap * self.step * n * d * largest**2 < 2.0**53)

    @property
    def _whole(self) -> bool:
        linear = self.perceptron and self.model.name == "linear"
        return linear and not self.start.any() and self.step == self._divisor

    @property
    def _divisor(self) -> int:
        """What makes all updates whole, halves of 1/n or 1 to 1/n; 1 if too large."""
        n = len(self.data.labels)
        if not self.normalized:
            return 2 * n
        divisor = math.lcm(*range(1, min(n, 30) + 1))
        return divisor if n <= 30 and divisor < 2**20 else 1
