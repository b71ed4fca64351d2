"""Gradient flow: the curve that gradient descent follows with small steps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from gdexp.core.member import check
from gdexp.core.methods.base import Array, Memory, Method
from gdexp.core.oracle import Oracle

# the stages of Dormand and Prince; the last one is the solution, of order 5
STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
# what the solution of order 4 differs by
ERROR = (71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
SAFETY, LEAST, MOST = 0.9, 0.2, 5.0  # of the factor from one step to the next
LONGEST = 1e100  # where nothing moves any more


@dataclass(frozen=True)
class Flow(Method):
    """dw/dt = g(w), by steps of Dormand and Prince of adaptive length.

    An iteration is an accepted step, seven gradients or more. The one in which the
    samples become separated ends where they do, by halving, up to the tolerance in
    time: so the memory's `time` is then that of the separation (see the observable
    `time`). A separation that begins and ends within one step is passed over.

    Parameters
    ----------
    tolerance : float
        The largest error of a step in any parameter, over 1 + max |w|.

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="two_point", model="linear", algorithm="flow",
    ...             max_iterations=1000, observe=["time"])
    >>> round(float(spec.run(64, 0).trajectory.observed["time"][-1]), 4)
    227.5224
    """

    name = "flow"
    formula = "dw/dt = g(w), in steps of Dormand and Prince"
    source = "gradient flow; Dormand, Prince 1980"

    tolerance: float = 1e-8

    def __post_init__(self) -> None:
        holds = 1e-14 <= self.tolerance <= 0.1
        check(holds, "tolerance", self.tolerance, "from 1e-14 to 0.1")

    def init(self, oracle: Oracle, w: Array, rng: Generator) -> Memory:
        """Return that no time has passed, and no length of the first step."""
        return {"time": 0.0, "length": 0.0}

    def update(self, oracle: Oracle, w: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return the parameters after one accepted step."""
        time, length, slope = memory["time"], memory["length"], oracle(w)
        room = self.tolerance * (1 + _size(w))
        length = length or min(room**0.2 / max(_size(slope), 1 / LONGEST), LONGEST)
        before, finite = _separated(oracle, w), bool(np.isfinite(slope).all())
        while True:
            end, error = _step(oracle, w, slope, length)
            share = _size(error) / room
            factor = SAFETY * share**-0.2 if share > 0 else MOST
            factor = min(max(factor, LEAST), MOST) if np.isfinite(share) else LEAST
            if share <= 1 or not finite:
                break
            length *= min(factor, SAFETY)
        ahead = min(length * factor, LONGEST)
        if not before and _separated(oracle, end):
            length, end = self._first(oracle, w, slope, (time, length), end)
        return end, {"time": time + length, "length": ahead}

    def _first(
        self,
        oracle: Oracle,
        w: Array,
        slope: Array,
        taken: tuple[float, float],
        end: Array,
    ) -> tuple[float, Array]:
        """Return the least length that separates, of a step taken at a time."""
        time, high = taken
        low = 0.0
        while high - low > self.tolerance * (time + high):
            middle = low + (high - low) / 2
            if middle in (low, high):
                break
            there = _step(oracle, w, slope, middle)[0]
            if _separated(oracle, there):
                high, end = middle, there
            else:
                low = middle
        return high, end


def _step(oracle: Oracle, w: Array, slope: Array, length: float) -> tuple[Array, Array]:
    """Return the end of a step and its estimated error."""
    slopes, end = [slope], w
    for stage in STAGES:
        end = w + length * _sum(stage, slopes)
        slopes.append(oracle(end))
    return end, length * _sum(ERROR, slopes)


def _sum(shares: Sequence[float], slopes: Sequence[Array]) -> Array:
    """Return sum_j shares_j slopes_j, in order."""
    total = shares[0] * slopes[0]
    for share, slope in zip(shares[1:], slopes[1:], strict=True):
        total = total + share * slope
    return total


def _size(numbers: Array) -> float:
    return float(np.abs(numbers).max())


def _separated(oracle: Oracle, w: Array) -> bool:
    return bool((oracle.margins(w) > oracle.limits(w)).all())
