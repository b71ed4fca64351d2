"""The length of the gradient of the loss."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.observables.base import Observable, gradient
from gdexp.core.outcome import Array, Span
from gdexp.core.problem import Problem


@dataclass(frozen=True)
class GradientNorm(Observable):
    """The Euclidean norm of the gradient of the loss of the run.

    Of that of the method: the perceptron's for a perceptron.

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="c1", model="linear", algorithm="gd", step=1,
    ...             max_iterations=9, observe=["gradient_norm"])
    >>> round(float(spec.run(4, 0).trajectory.observed["gradient_norm"][0]), 9)
    0.5
    """

    name = "gradient_norm"
    formula = "|(1/n) sum_i s_i grad m_i|"
    source = "the field's"

    spans = True

    def value(self, problem: Problem, w: Array, t: int, memory: Array) -> float:
        """Return |g(w)|."""
        return float(np.linalg.norm(gradient(problem, w)))

    def along(self, problem: Problem, span: Span) -> Array:
        """Return the norms of [sum_i s_i u_i, sum_ij s_i c_j P^j z_i] / n."""
        n = span.u.shape[1]
        shares = problem.loss.weight(span.margins) / n
        v = np.einsum("rij,pi,pj->pr", span.frame, shares, span.c)
        square = np.square(v).sum(axis=1)
        if problem.model.degree == 2:
            square += np.square(np.einsum("pi,pij->pj", shares, span.u)).sum(axis=1)
        return np.asarray(np.sqrt(square))
