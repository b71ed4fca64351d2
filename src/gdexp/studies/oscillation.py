"""Loss oscillation: whether a higher, rising loss goes with a faster separation."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.forms import direct
from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear
from gdexp.core.outcome import recorded_iterations
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Oscillation(Study):
    """Settings: dims, samples of the Gaussian data, step sizes, iterations at most.

    One run each; where the linear model is on Gaussian data `starts` of them, for an
    interval. The conv model's steps are shares of 1/sqrt(d).
    """

    name = "oscillation"
    title: ClassVar[str] = "Loss, accuracy and gradient norm for small and large steps"
    source: ClassVar[str] = "after figure 1 of arXiv 2412.08424; data and steps ours"
    columns: ClassVar[Mapping[str, str]] = {
        **{"data": "str", "model": "str", "step": "float64", "seed": "int64"},
        **{"iteration": "int64", "loss": "float64", "accuracy": "float64"},
        **{"gradient_norm": "float64", "rising": "int64", "separated": "float64"},
    }
    uses = (Linear, Conv, GradientDescent, Logistic)
    datasets = ("c1", "gaussian")

    dim: int = 1024
    gaussian_dim: int = 60
    gaussian_samples: int = 90
    linear_steps: tuple[float, ...] = (0.01, 1.0, 100.0)
    conv_steps: tuple[float, ...] = (0.01, 0.1, 1.0)
    iterations: int = 20_000
    seed: int = 1
    starts: int = 15
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per run and recorded iteration.

        Columns: data, model, step, seed, iteration, loss, accuracy, gradient_norm,
        rising (steps so far that raised the loss), separated (iterations, empty if
        capped).
        """
        import pandas as pd

        frames = []
        for data, dim, samples in (
            ("c1", self.dim, None),
            ("gaussian", self.gaussian_dim, self.gaussian_samples),
        ):
            for model, steps in (
                ("linear", self.linear_steps),
                ("conv", self.conv_steps),
            ):
                for step in steps:
                    spec = Spec(
                        dataset=data,
                        samples=samples,
                        model=model,
                        kernel=2 if model == "conv" else None,
                        algorithm="gd",
                        step=f"{step}/sqrt(d)" if model == "conv" else step,
                        start="gaussian",
                        max_iterations=self.iterations,
                        root_seed=self.root_seed,
                    )
                    many = (data, model) == ("gaussian", "linear")
                    for seed in range(
                        self.seed, self.seed + (self.starts if many else 1)
                    ):
                        run = self._run(spec, dim, seed)
                        run = run.assign(data=data, model=model, step=step, seed=seed)
                        frames.append(run)
        return pd.concat(frames)

    def _run(self, spec: Spec, dim: int, seed: int) -> "pd.DataFrame":
        import pandas as pd

        problem = spec.problem(dim, seed)
        recorded = set(
            np.concatenate(list(recorded_iterations(self.iterations))).tolist()
        )
        rows, rising, last = [], 0, np.inf
        separated = None
        path = islice(direct.iterates(problem), self.iterations + 1)
        for t, here in enumerate(path):
            margins = here.margins
            loss = float(problem.loss.value(margins).mean())
            rising, last = rising + (loss > last), loss
            done = bool(here.right.all())
            if done:
                separated = t
            if t in recorded or done:
                weights = problem.loss.weight(margins) / len(margins)
                b, y = problem.data.b, problem.data.labels
                gradient = problem.model.vjp(b, y, here.w, weights)
                rows.append(
                    {
                        "iteration": t,
                        "loss": loss,
                        "accuracy": float(here.right.mean()),
                        "gradient_norm": float(np.linalg.norm(gradient)),
                        "rising": rising,
                    }
                )
            if done:
                break
        return pd.DataFrame(rows).assign(separated=separated)
