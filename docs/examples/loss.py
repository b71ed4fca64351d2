"""A loss of one's own: the squared hinge."""

from dataclasses import dataclass

import numpy as np

from gdexp import Loss


@dataclass(frozen=True)
class SquaredHinge(Loss):
    """l(m) = max(0, at - m)^2 / 2."""

    name = "squared_hinge"
    formula = "max(0, at - m)^2 / 2"
    source = "the margin losses of the field"

    at: float = 1.0  # a setting: `at: 2` in a configuration, --at 2 on the command line

    def value(self, margins):
        return np.maximum(self.at - margins, 0.0) ** 2 / 2

    def weight(self, margins, tie=1.0):  # minus the derivative
        return np.maximum(self.at - margins, 0.0)
