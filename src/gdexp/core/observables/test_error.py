"""The test error."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.models import Model
from gdexp.core.models.network import Network
from gdexp.core.observables.base import Observable
from gdexp.core.outcome import Array
from gdexp.core.problem import Problem
from gdexp.util.errors import ConfigError


@dataclass(frozen=True)
class TestError(Observable):
    """The share of test samples that are misclassified, y f(b; w) <= 0.

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="gaussian", samples=10, test_samples=50, model="linear",
    ...             algorithm="gd", step=1, max_iterations=99, observe=["test_error"])
    >>> float(spec.run(16, 0).trajectory.observed["test_error"][0])  # from w = 0
    1.0
    """

    __test__ = False  # no test of pytest's

    name = "test_error"
    formula = "share of test samples with y f(b; w) <= 0"
    source = "the field's"

    def check(self, model: Model, tests: int) -> None:
        """Raise ConfigError for data without test samples."""
        if not tests:
            raise ConfigError(
                f"observe {self.name!r} without test samples; allowed: set test_samples"
            )

    def value(self, problem: Problem, w: Array, t: int, memory: Array) -> float:
        """Return the share of misclassified test samples."""
        b, y = problem.data.test_samples, problem.data.test_labels
        if b is None or y is None:
            return float("nan")
        model = problem.model
        # networks by JAX, also those whose f is sums of known rounding: no verdict
        # hangs on it, and it is asked for many samples
        f = Network.f(model, b, w) if isinstance(model, Network) else model.f(b, w)
        return float(np.mean(~(y * f > 0)))
