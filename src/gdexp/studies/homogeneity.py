"""Which scaling of step and start gives the perceptron, by degree of homogeneity.

A model of degree L: with w = R phi the gradient scales as R^(L-1), so the step
eta R^(2-L) makes gradient descent from R phi_0 the perceptron with step eta as
R -> infinity: L = 1 step to infinity, L = 2 step fixed, L = 3 step to zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.forms import direct
from gdexp.core.losses.logistic import Logistic
from gdexp.core.losses.perceptron import Perceptron
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models import Model
from gdexp.core.models.conv import Conv
from gdexp.core.models.deep import DeepConv
from gdexp.core.models.linear import Linear
from gdexp.core.problem import Problem
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Homogeneity(Study):
    """Settings: the scales R, Gaussian samples and dim, steps compared, eta."""

    name = "homogeneity"
    title: ClassVar[str] = "The perceptron limit by degree of homogeneity"
    source: ClassVar[str] = "derived; data ours"
    columns: ClassVar[Mapping[str, str]] = {
        **{"degree": "int64", "power": "int64", "scale": "float64", "seed": "int64"},
        "distance": "float64",
    }
    uses = (Linear, Conv, DeepConv, GradientDescent, Logistic, Perceptron)
    datasets = ("gaussian",)

    scales: tuple[float, ...] = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6)
    samples: int = 20
    dim: int = 60
    steps: int = 20
    eta: float = 0.1
    seeds: int = 5
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per degree, power, R and seed.

        Columns: degree, power (p in the step eta R^p), scale (R), seed, distance (of
        w/R from the perceptron's iterate, relative, infinite after an overflow).
        """
        import pandas as pd

        models: tuple[Model, ...] = (Linear(), Conv(2), DeepConv(2))
        spec = Spec(
            dataset="gaussian",
            samples=self.samples,
            model="linear",
            algorithm="perceptron",
            step=1,
            start="zero",
            max_iterations=1,
            root_seed=self.root_seed,
        )
        rows = []
        for model in models:
            for seed in range(self.seeds):
                data = spec.problem(self.dim, seed).data
                rng = np.random.default_rng([self.root_seed, seed])
                start = rng.standard_normal(model.parameters(self.dim))
                start /= np.linalg.norm(start)
                method = GradientDescent(self.eta)
                perceptron = Problem(data, model, method, Perceptron(), start)
                goal = _after(perceptron, self.steps)
                for power in (-2, -1, 0, 1, 2):
                    for scale in self.scales:
                        descent = replace(
                            perceptron,
                            loss=Logistic(),
                            start=scale * start,
                            method=GradientDescent(self.eta * scale**power),
                        )
                        with np.errstate(all="ignore"):
                            w = _after(descent, self.steps) / scale
                            gap = np.linalg.norm(w - goal) / np.linalg.norm(goal)
                        rows.append(
                            {
                                "degree": model.degree,
                                "power": power,
                                "scale": scale,
                                "seed": seed,
                                "distance": gap if np.isfinite(gap) else np.inf,
                            }
                        )
        return pd.DataFrame(rows)


def _after(problem: Problem, steps: int) -> np.ndarray:
    end = next(islice(direct.iterates(problem), steps, None))
    return np.ldexp(end.w, end.bits)
