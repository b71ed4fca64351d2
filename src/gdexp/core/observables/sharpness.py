"""The sharpness: the largest eigenvalue of the Hessian of the loss."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.models import Model
from gdexp.core.observables.base import Observable
from gdexp.core.outcome import Array, Span
from gdexp.core.problem import Problem
from gdexp.util.errors import ConfigError

DENSE = 512  # parameters up to which the whole Hessian is put together


@dataclass(frozen=True)
class Sharpness(Observable):
    """The largest eigenvalue of the Hessian of the loss of the run.

        H = (1/n) sum_i [l''(m_i) grad m_i grad m_i^T - s_i Hess m_i]

    To be seen beside 2 / step, beyond which gradient descent on a quadratic diverges.
    Exact at any d where the run has reduced coordinates. Else by all eigenvalues up to
    512 parameters, by Lanczos iterations (ARPACK) beyond.

    Examples
    --------
    At 0 on c1 it is ((d + 1) + sqrt(4 + (d - 1)^2)) / 8.

    >>> from gdexp import Spec
    >>> spec = Spec(dataset="c1", model="linear", algorithm="gd", step=1,
    ...             max_iterations=9, observe=["sharpness"])
    >>> float(spec.run(64, 0).trajectory.observed["sharpness"][0].round(3))
    16.004
    """

    name = "sharpness"
    formula = "largest eigenvalue of the Hessian of the loss"
    source = "the edge-of-stability runs of the field"

    spans = True

    def check(self, model: Model, tests: int) -> None:
        """Raise ConfigError for a model without second derivatives."""
        if type(model).d2f is Model.d2f:
            raise ConfigError(
                f"observe {self.name!r} for model {model.name!r}, which has no"
                " second derivatives (d2f); allowed: leave it out"
            )

    def value(self, problem: Problem, w: Array, t: int, memory: Array) -> float:
        """Return the largest eigenvalue of H at w."""
        model, loss, data = problem.model, problem.loss, problem.data
        b, y, n, p = data.b, data.labels, len(data.labels), len(w)
        margins = model.margins(b, y, w)
        if not np.isfinite(margins).all():
            return float("nan")
        curvature, weights = loss.curvature(margins), loss.weight(margins)

        def product(v: Array) -> Array:
            along = curvature * model.tangent(b, w, v) / n
            return model.df(b, w, along) - model.d2f(b, w, y * weights / n, v)

        if p <= DENSE:
            hessian = np.stack([product(row) for row in np.eye(p)])
            return float(np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1])
        # here, as it is slow to import and seldom asked for
        from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

        operator = LinearOperator((p, p), matvec=product, dtype=np.float64)
        start = np.random.default_rng(0).standard_normal(p)
        try:
            return float(eigsh(operator, 1, which="LA", v0=start)[0][0])
        except ArpackError:  # not converged
            return float("nan")

    def along(self, problem: Problem, span: Span) -> Array:
        """Return the largest eigenvalues of H on the span of c and the samples."""
        margins, n = span.margins, span.u.shape[1]
        curvature = problem.loss.curvature(margins) / n
        if problem.model.degree == 1:  # that of D^1/2 Z Z^T D^1/2 is the same
            z = span.frame[:, :, 0]
            roots = np.sqrt(curvature)
            return _largest(roots[:, :, None] * (z.T @ z) * roots[:, None, :])
        v = np.einsum("rij,pj->pir", span.frame, span.c)
        gradients = np.concatenate([span.u, v], axis=2)
        hessian = np.einsum("pi,pia,pib->pab", curvature, gradients, gradients)
        shares, k = problem.loss.weight(margins) / n, span.c.shape[1]
        mixed = np.einsum("pi,rij->pjr", shares, span.frame)
        hessian[:, :k, k:] -= mixed
        hessian[:, k:, :k] -= mixed.transpose(0, 2, 1)
        return _largest(hessian)


def _largest(matrices: Array) -> Array:
    """Return the largest eigenvalue of each, NaN where a matrix has no numbers."""
    finite = np.isfinite(matrices).all(axis=(1, 2))
    found = np.full(len(matrices), np.nan)
    found[finite] = np.linalg.eigvalsh(matrices[finite])[:, -1]
    return found
