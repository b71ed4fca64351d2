"""The smallest margin at parameters of length 1."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.models import Model
from gdexp.core.observables.base import Observable
from gdexp.core.outcome import Array, Span
from gdexp.core.problem import Problem
from gdexp.util.errors import ConfigError


@dataclass(frozen=True)
class NormalizedMargin(Observable):
    """min_i m_i / |w|^L for a model that is homogeneous of degree L.

    Not a number at w = 0.

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="two_point", model="linear", algorithm="gd", step=1,
    ...             max_iterations=9, observe=["normalized_margin"])
    >>> margin = spec.run(2, 0).trajectory.observed["normalized_margin"][-1]
    >>> 0 < float(margin) <= 0.5 / 2**0.5  # no more than the margin of the data
    True
    """

    name = "normalized_margin"
    formula = "min_i m_i / |w|^L, L the degree of the model"
    source = "the field's"

    spans = True
    better = True

    def check(self, model: Model, tests: int) -> None:
        """Raise ConfigError for a model without a degree."""
        if model.degree is None:
            raise ConfigError(
                f"observe {self.name!r} for model {model.name!r}, which is not"
                " homogeneous; allowed: leave it out"
            )

    def value(self, problem: Problem, w: Array, t: int, memory: Array) -> float:
        """Return the smallest margin of w / |w|."""
        norm = np.linalg.norm(w)
        if not 0 < norm < np.inf:
            return float("nan")
        data = problem.data
        return float(problem.model.margins(data.b, data.labels, w / norm).min())

    def along(self, problem: Problem, span: Span) -> Array:
        """Return min_i m_i / |w|^L."""
        lengths = span.norms ** (problem.model.degree or 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = span.margins.min(axis=1) / lengths
        return np.where(span.norms > 0, shares, np.nan)
