"""Gradient descent with small steps against gradient flow: step T -> t*.

Euler's method has the order 1: the curve through the iterates at the times step t is
within O(step) of the flow dw/dt = g(w), and so is the time at which it separates. T is
a whole number, which alone makes step T late by up to a step; the curve is taken to
cross where the smallest margin, linear between two iterates, is 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gdexp.core.forms.direct import Direct
from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.flow import Flow
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear
from gdexp.core.problem import Problem
from gdexp.core.run import run
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd

LINEAR = {"model": "linear", "start": "gaussian"}
CONV = {"model": "conv", "kernel": 2, "start": "gaussian"}
CASES: tuple[dict[str, Any], ...] = (
    {"dataset": "two_point", **LINEAR, "start": "zero"},
    {"dataset": "two_point", **LINEAR},
    {"dataset": "two_point", **CONV},
    {"dataset": "c1", **LINEAR},
    {"dataset": "c1", **CONV},
)
CAP = 10**6
GOLDEN = (1 + np.sqrt(5)) / 2  # t* is no whole number of steps, nor nearly so


@dataclass(frozen=True)
class FlowLimit(Study):
    """Settings: the dim, t*/step of the runs over the golden ratio, tolerance, starts.

    And the dims at which the flow from 0 on two_point is compared with its limit.
    """

    name = "flow_limit"
    title: ClassVar[str] = "Gradient descent with small steps against gradient flow"
    source: ClassVar[str] = "derived; data c1 and two_point"
    columns: ClassVar[Mapping[str, str]] = {
        **{"data": "str", "model": "str", "start": "str", "dim": "int64"},
        **{"seed": "int64", "time": "float64", "reference": "float64"},
        **{"step": "float64", "iterations": "Int64", "crossing": "float64"},
    }
    uses = (Linear, Conv, GradientDescent, Flow, Logistic)
    datasets = ("c1", "two_point")

    dim: int = 64
    parts: tuple[int, ...] = (128, 256, 512, 1024, 2048, 4096, 8192)
    tolerance: float = 1e-10
    starts: int = 16
    dims: tuple[int, ...] = (16, 64, 256, 1024, 4096)
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per case, start and step; and one per dim, without a step.

        Starts that separate are left out. Columns: data, model, start, dim, seed, time
        (t*, of the method `flow`), reference (t*, by another solver), step, iterations
        (T), crossing (when the smallest margin crosses 0).
        """
        import pandas as pd

        rows = []
        for case in CASES:
            for seed in range(1 if case["start"] == "zero" else self.starts):
                flow = self._flow(case, self.dim, seed)
                if not flow["time"] > 0:
                    continue
                for part in self.parts:
                    step = flow["time"] / (GOLDEN * part)
                    rows.append({**flow, **self._descent(case, seed, step)})
        for dim in self.dims:
            nothing = {"step": np.nan, "iterations": None, "crossing": np.nan}
            rows.append({**self._flow(CASES[0], dim, 0), **nothing})
        return pd.DataFrame(rows).astype(dict(self.columns))

    def _spec(self, case: Mapping[str, Any], **more: Any) -> Spec:
        given = {"max_iterations": CAP, "root_seed": self.root_seed}
        return Spec(**case, **given, **more)

    def _flow(self, case: Mapping[str, Any], dim: int, seed: int) -> dict[str, Any]:
        """Return when the flow separates, twice."""
        spec = self._spec(case, algorithm="flow", tolerance=self.tolerance)
        problem = spec.problem(dim, seed)
        outcome = spec.but(observe=["time"]).run(dim, seed)
        assert outcome.status == "separated"
        time = float(outcome.trajectory.observed["time"][-1])
        return {
            "data": spec.dataset,
            "model": spec.model,
            "start": spec.start,
            "dim": dim,
            "seed": seed,
            "time": time,
            "reference": reference(problem, 2 * time) if time > 0 else 0.0,
        }

    def _descent(
        self, case: Mapping[str, Any], seed: int, step: float
    ) -> dict[str, Any]:
        """Return T of gradient descent, and when its smallest margin crosses 0."""
        spec = self._spec(case, algorithm="gd", step=1, full_trajectory=True)
        problem = spec.problem(self.dim, seed)
        # as a number: a text of it would have to be read again
        problem = replace(problem, method=GradientDescent(step))
        outcome = run(problem, CAP, full=True)
        iterations, crossing = None, np.nan
        if outcome.status == "separated":
            iterations = outcome.iterations
            before, after = outcome.trajectory.min_margin[-2:]
            crossing = step * (iterations - after / (after - before))
        return {"step": step, "iterations": iterations, "crossing": crossing}


def reference(problem: Problem, until: float) -> float:
    """Return when the flow separates, by the method of order 8 of Dormand and Prince.

    SciPy's, with dense output and an event at a smallest margin of 0: another solver
    and another way to find the time.
    """
    from scipy.integrate import solve_ivp

    oracle = Direct.of(problem).oracle

    def slope(_: float, w: np.ndarray) -> np.ndarray:
        return oracle(w)

    def margin(_: float, w: np.ndarray) -> float:
        return float(oracle.margins(w).min())

    margin.terminal, margin.direction = True, 1  # type: ignore[attr-defined]
    found = solve_ivp(
        slope,
        (0.0, until),
        problem.start,
        method="DOP853",
        events=margin,
        rtol=1e-12,
        atol=1e-12,
    )
    times = found.t_events[0]
    return float(times[0]) if len(times) else np.nan
