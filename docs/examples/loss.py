"""A loss of one's own: the squared hinge."""

from dataclasses import dataclass

import numpy as np

from gdexp import Loss


@dataclass(frozen=True)
class SquaredHinge(Loss):
    """l(m) = max(0, target - m)^2 / 2."""

    name = "squared_hinge"
    formula = "max(0, target - m)^2 / 2"
    source = "the margin losses of the field"

    target: float = (
        1.0  # a setting: `target: 2` in a configuration, --target 2 as a flag
    )

    def value(self, margins):
        return np.maximum(self.target - margins, 0.0) ** 2 / 2

    def weight(self, margins, tie=1.0):  # minus the derivative
        return np.maximum(self.target - margins, 0.0)
