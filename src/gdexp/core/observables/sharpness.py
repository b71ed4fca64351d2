"""The sharpness: the largest eigenvalue of the Hessian of the loss."""

from dataclasses import dataclass

import numpy as np

from gdexp.core.models import Model
from gdexp.core.observables.base import Observable
from gdexp.core.outcome import Array
from gdexp.core.problem import Problem
from gdexp.util.errors import ConfigError

DENSE = 512  # parameters up to which the whole Hessian is put together


@dataclass(frozen=True)
class Sharpness(Observable):
    """The largest eigenvalue of the Hessian of the loss of the run.

        H = (1/n) sum_i [l''(m_i) grad m_i grad m_i^T - s_i Hess m_i]

    To be seen beside 2 / step, beyond which gradient descent on a quadratic diverges.
    By all eigenvalues up to 512 parameters, by Lanczos iterations (ARPACK) beyond.

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
