"""The time of gradient flow."""

from dataclasses import dataclass

from gdexp.core.observables.base import Observable
from gdexp.core.outcome import Array
from gdexp.core.problem import Problem


@dataclass(frozen=True)
class Time(Observable):
    """The time of gradient flow; step t for other methods, whose steps go to 0 for it.

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="two_point", model="linear", algorithm="gd", step=0.5,
    ...             max_iterations=1000, observe=["time"])
    >>> run = spec.run(64, 0)
    >>> run.iterations, float(run.trajectory.observed["time"][-1])
    (455, 227.5)
    """

    name = "time"
    formula = "the time of gradient flow, or step t"
    source = "ours"
    kept = "time"

    def value(self, problem: Problem, w: Array, t: int, memory: Array) -> float:
        """Return what the method keeps, or else step t."""
        return float(memory) if memory.size else problem.step * t
