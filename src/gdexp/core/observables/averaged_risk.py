"""The risk of the mean iterate."""

from dataclasses import dataclass

from gdexp.core.forms.direct import recorded_loss
from gdexp.core.observables.base import Observable
from gdexp.core.outcome import Array
from gdexp.core.problem import Problem


@dataclass(frozen=True)
class AveragedRisk(Observable):
    """The loss at the mean of w_0, ..., w_t; that loss which is recorded.

    With risk-adaptive steps from 0 it is at most exp(-step (gamma^2 (t + 1) - 1) / 2)
    on samples of length at most 1 with the margin gamma (arXiv 2504.04105).

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="two_point", model="linear", algorithm="risk_adaptive",
    ...             step=10, stop="cap", max_iterations=30, observe=["averaged_risk"])
    >>> risk = spec.run(4, 0).trajectory.observed["averaged_risk"]
    >>> bool(risk[-1] < risk[0] / 10)
    True
    """

    name = "averaged_risk"
    formula = "loss at the mean of w_0, ..., w_t"
    source = "arXiv 2504.04105"
    every = True

    def begin(self, problem: Problem) -> Array:
        """Return 0: the memory is the sum of the iterates."""
        return 0.0 * problem.start

    def see(self, w: Array, memory: Array) -> Array:
        """Add an iterate."""
        return memory + w

    def value(self, problem: Problem, w: Array, t: int, memory: Array) -> float:
        """Return the mean loss at the mean iterate."""
        data, mean = problem.data, memory / (t + 1)
        margins = problem.model.margins(data.b, data.labels, mean)
        return float(recorded_loss(problem)[1].value(margins).mean())
