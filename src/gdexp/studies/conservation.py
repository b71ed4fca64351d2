"""What gradient descent on a diagonal network nearly conserves.

With g = (1/n) sum_i s_i y_i b_i and depth 2 the update of f = <b, u^2 - v^2> is
u+ = u (1 + 2 step g), v+ = v (1 - 2 step g), by coordinate, hence exactly

    u+ v+ = u v (1 - 4 step^2 g^2).

Gradient flow conserves u v: theta = u^2 - v^2 then is the mirror flow of a convex
entropy. In t steps with step * t = tau fixed the product falls by about
4 step int_0^tau g^2, so the drift is O(step). With depth 3 the flow conserves
1/u + 1/v, and the drift is O(step) as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.forms import direct
from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.diagonal import Diagonal
from gdexp.core.outcome import Array
from gdexp.core.problem import Problem
from gdexp.studies.base import Study, drawn

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Conservation(Study):
    """Settings: the steps, the time step * t, alpha, Gaussian samples, dim, draws."""

    name = "conservation"
    title: ClassVar[str] = "Drift of what the flow of a diagonal network conserves"
    source: ClassVar[str] = (
        "derived; mirror flow after arXiv 2412.16765 and 2007.06738, data ours"
    )
    columns: ClassVar[Mapping[str, str]] = {
        **{"depth": "int64", "step": "float64", "seed": "int64"},
        **{"iterations": "int64", "drift": "float64", "rounding": "float64"},
    }
    uses = (Diagonal, GradientDescent, Logistic)
    datasets = ("gaussian",)

    steps: tuple[float, ...] = (0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125)
    time: float = 4.0
    alpha: float = 0.5
    samples: int = 20
    dim: int = 60
    seeds: int = 20
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per depth, step and seed.

        Columns: depth, step, seed, iterations (time / step), drift (the largest over
        coordinates, relative to what it was at the start), rounding (of the exact law
        of depth 2, relative; empty for depth 3).
        """
        import pandas as pd

        rows = []
        for depth in (2, 3):
            for step in self.steps:
                given = {"model": "diagonal", "depth": depth, "alpha": self.alpha}
                given |= {"samples": self.samples, "root_seed": self.root_seed}
                count = round(self.time / step)
                for seed in range(self.seeds):
                    problem = drawn("gaussian", self.dim, seed, step=step, **given)
                    drift, rounding = _drift(problem, count)
                    row = {"depth": depth, "step": step, "seed": seed}
                    row |= {"iterations": count, "drift": drift, "rounding": rounding}
                    rows.append(row)
        return pd.DataFrame(rows)


def conserved(depth: int, w: Array) -> Array:
    """Return u v for depth 2 and 1/u + 1/v for depth 3, shape (d,)."""
    u, v = np.split(w, 2)
    return u * v if depth == 2 else 1 / u + 1 / v


def _drift(problem: Problem, count: int) -> tuple[float, float]:
    """Return the drift after so many steps, and the error of its exact law."""
    depth, z = getattr(problem.model, "depth", 0), problem.z
    first = last = problem.start
    law = conserved(depth, first)
    for here in islice(direct.iterates(problem), count + 1):
        last = here.w
        u, v = np.split(last, 2)
        g = (1 / (1 + np.exp(z @ (u**depth - v**depth)))) @ z / len(z)
        before, law = law, law * (1 - (2 * problem.step * g) ** 2)
    begin, end = conserved(depth, first), conserved(depth, last)
    drift = float(np.abs(end / begin - 1).max())
    if depth != 2:
        return drift, np.nan
    return drift, float(np.abs(end / before - 1).max())
