"""The risk of the mean iterate with risk-adaptive steps, against its bound.

Gradient descent with a constant step s on phi(w) = log((1/n) sum_i exp(-z_i w)), whose
gradients are no longer than R. By convexity, for any u,

    phi(mean of w_0, ..., w_{T-1}) <= phi(u) + |u|^2 / (2 s T) + s R^2 / 2,

and phi(u) <= -mu |u| along the direction of the margin mu; the best length s mu T gives

    risk <= exp(-s (mu^2 T - R^2) / 2).

That is below 1/n, so that the mean separates, from T = (R^2 + 2 log(n) / s) / mu^2 on.

Rows are divided by R here, so that R = 1 and gamma = mu / R: the step s on these is
s / R^2 on the rows as they are. All is in logarithms: the risks are no numbers of
float64.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gdexp.core.forms import direct
from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.risk_adaptive import RiskAdaptive
from gdexp.core.models.linear import Linear
from gdexp.core.outcome import Array
from gdexp.studies.base import Study, drawn

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AveragedRisk(Study):
    """Settings: n of the worst case, d of two_point, steps, T in units of 1/gamma^2."""

    name = "averaged_risk"
    title: ClassVar[str] = "Risk of the mean iterate against its bound"
    source: ClassVar[str] = (
        "arXiv 2504.04105 (abstract); the bound derived, the data of 2412.08424 and"
        " ours"
    )
    columns: ClassVar[Mapping[str, str]] = {
        **{"data": "str", "samples": "int64", "dim": "int64", "step": "float64"},
        **{"difficulty": "float64", "separated": "Int64", "averaged": "Int64"},
        "limit": "float64",
        **{"iterations": "int64", "log_risk": "float64", "bound": "float64"},
    }
    uses = (Linear, RiskAdaptive, Logistic)
    datasets = ("worst_case", "two_point")

    samples: tuple[int, ...] = (100, 1000)
    dims: tuple[int, ...] = (16, 64, 256)
    steps: tuple[float, ...] = (1.0, 100.0, 1e4, 1e6)
    multiples: tuple[float, ...] = (1.2, 2.0, 4.0, 10.0)

    def table(self) -> "pd.DataFrame":
        """Return one row per data set, step and T.

        Columns: data, samples, dim, step, difficulty (1 / gamma^2), separated (the
        first t at which w_t separates), averaged (the T from which on the mean of w_0
        to w_{T-1} does), limit (that T as derived), iterations (T), log_risk (of that
        mean, with the exponential loss), bound (on log_risk). Runs go on to twice the
        limit or more; what is not seen by then is missing.
        """
        from gdexp.util.tables import table_of

        cases = [("worst_case", n, 2) for n in self.samples]
        cases += [("two_point", 2, d) for d in self.dims]
        runs = (self._run(*case, step) for case in cases for step in self.steps)
        rows = [row for run in runs for row in run]
        return table_of(rows, self.columns)

    def _run(
        self, data: str, samples: int, dim: int, step: float
    ) -> Iterator[dict[str, Any]]:
        given = {"model": "linear", "algorithm": "risk_adaptive", "samples": samples}
        z = drawn(data, dim, 0, **given).z
        square = float((z**2).sum(axis=1).max())
        difficulty = square / squared_margin(z)
        # a T that is a whole number but for rounding is that number
        ends = [int(np.ceil(m * difficulty * (1 - 1e-12))) for m in self.multiples]
        problem = drawn(data, dim, 0, step=step / square, **given)
        limit = difficulty * (1 + 2 * float(np.log(samples)) / step)
        last = max(*ends, 2 * int(np.ceil(limit)))
        separated, averaged, means = None, 1, {}
        total = np.zeros_like(problem.start)
        for t, iterate in enumerate(islice(direct.iterates(problem), last)):
            if separated is None and iterate.right.all():
                separated = t
            total = total + iterate.w
            margins = z @ (total / (t + 1))
            if not (margins > 0).all():
                averaged = t + 2
            if t + 1 in ends:
                means[t + 1] = margins
        for end in ends:
            yield {
                "data": data,
                "samples": samples,
                "dim": dim,
                "step": step,
                "difficulty": difficulty,
                "separated": separated,
                "averaged": averaged if averaged <= last else None,
                "limit": limit,
                "iterations": end,
                "log_risk": log_risk(means[end]),
                "bound": -step * (end / difficulty - 1) / 2,
            }


def log_risk(margins: Array) -> float:
    """Return log((1/n) sum_i exp(-m_i)), without overflow or underflow.

    >>> log_risk(np.array([1e6, 1e6]))
    -1000000.0
    """
    return float(np.logaddexp.reduce(-margins) - np.log(len(margins)))


def squared_margin(z: Array) -> float:
    """Return mu^2 of signed samples that are two, each as often as it may be.

    It is the squared distance of 0 from the segment between them.

    >>> squared_margin(np.array([[0.5, -1.0], [0.5, 1.0], [0.5, 1.0]]))
    0.25
    """
    first, second = np.unique(z, axis=0)
    across = second - first
    share = np.clip(-(first @ across) / (across @ across), 0.0, 1.0)
    nearest = first + share * across
    return float(nearest @ nearest)
