"""The reduction: gradient descent from a long start is its perceptron.

A model of degree 2: gradient descent from R theta_0 against the quadratic perceptron
from theta_0, the step size fixed (Theorem 2.1). The linear model: gradient descent
from 0 with step R against the batch perceptron from 0, both divided by the step
(Theorem 3.2 of arXiv 2412.08424). In both w_t / R -> theta_t as R -> infinity, as long
as no margin of the perceptron is 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.datasets import dataset_family
from gdexp.core.forms import direct
from gdexp.core.losses.logistic import Logistic
from gdexp.core.losses.perceptron import Perceptron
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.conv import Conv, largest_eigenvalue
from gdexp.core.models.linear import Linear
from gdexp.core.outcome import recorded_iterations
from gdexp.core.problem import Problem
from gdexp.core.spec import Spec
from gdexp.studies.base import Study
from gdexp.util.files import readable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Reduction(Study):
    """Settings: the scales R, the dim of c1 and c2, the image pair, and how long."""

    name = "reduction"
    title: ClassVar[str] = "Gradient descent from R theta_0 against its perceptron"
    source: ClassVar[str] = (
        "paper's Theorem 2.1, read off a re-implementation, its wording reconstructed;"
        " c1 and c2 reconstructions, the other data ours"
    )
    columns: ClassVar[Mapping[str, str]] = {
        **{"case": "str", "model": "str", "scale": "float64", "stopped": "float64"},
        **{"iteration": "int64", "accuracy": "float64"},
        **{"perceptron_accuracy": "float64", "cosine": "float64"},
        **{"differing": "float64", "distance": "float64"},
        "first_mismatch": "float64",
    }
    uses = (Linear, Conv, GradientDescent, Logistic, Perceptron)

    scales: tuple[float, ...] = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6)
    dim: int = 256
    images: str = "cifar10"
    image_samples: int = 1000
    image_steps: int = 300
    steps: int = 2000
    data: str = field(default="data", repr=False, compare=False)  # where, no setting
    root_seed: int = 0

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that it draws from."""
        return "c1", "c2", "gaussian", self.images

    @property
    def files(self) -> tuple[Path, ...]:
        """The image files; without them the image cases are left out."""
        return dataset_family(self.images, self.data).files

    def table(self) -> "pd.DataFrame":
        """Return one row per case, R and recorded iteration.

        Columns: case, model, scale (R), stopped (steps of the perceptron, empty if it
        did not separate), iteration, accuracy, perceptron_accuracy, cosine, differing
        (share of samples with another sign), distance (relative), first_mismatch.
        """
        import pandas as pd

        return pd.concat(
            table
            for case, problem, steps in self._cases()
            for table in _compare(case, problem, self.scales, steps)
        )

    def _cases(self) -> Iterator[tuple[str, Problem, int]]:
        """Yield name, perceptron and number of steps."""
        # no c1 for the linear model: a margin is exactly 0 after one step
        names: list[tuple[str, int, int | None, tuple[str, ...]]] = [
            ("c1", self.dim, None, ("conv",)),
            ("c2", self.dim, None, ("conv", "linear")),
            ("gaussian", 60, 20, ("conv",)),
            ("gaussian", 60, 90, ("linear",)),
        ]
        family = dataset_family(self.images, self.data)
        if readable(*family.files):
            dim, samples = family.fixed_dim or 0, self.image_samples
            names.append((self.images, dim, samples, ("conv", "linear")))
        for name, dim, n, models in names:
            steps = self.image_steps if name == self.images else self.steps
            for model in models:
                spec = Spec(
                    dataset=name,
                    samples=n,
                    model=model,
                    kernel=2 if model == "conv" else None,
                    algorithm="perceptron",
                    step=1,
                    start="gaussian" if model == "conv" else "zero",
                    max_iterations=steps,
                    root_seed=self.root_seed,
                    data=self.data,
                )
                problem = spec.problem(dim, 0)
                if model == "conv":
                    step = _edge_share(problem) / largest_eigenvalue(problem.z)
                    start = problem.start / np.linalg.norm(problem.start)
                    method = GradientDescent(step)
                    problem = replace(problem, method=method, start=start)
                yield name if n is None else f"{name} n={n}", problem, steps


def _edge_share(problem: Problem) -> float:
    """Step size times max|A|: 0.5 for two samples, as few of many are active 2."""
    return 0.5 if len(problem.z) == 2 else 2.0


def _compare(
    case: str, perceptron: Problem, scales: Sequence[float], steps: int
) -> Iterator["pd.DataFrame"]:
    """Yield the rows of each R. The perceptron is run once, and all beside it."""
    import pandas as pd

    conv = isinstance(perceptron.model, Conv)
    descents = [
        replace(
            perceptron,
            loss=Logistic(),
            start=scale * perceptron.start,
            method=GradientDescent(perceptron.step * (1 if conv else scale)),
        )
        for scale in scales
    ]
    recorded = set(np.concatenate(list(recorded_iterations(steps))).tolist())
    rows: list[list[dict[str, object]]] = [[] for _ in scales]
    first: list[int | None] = [None] * len(scales)
    stopped = None
    runs = zip(*map(direct.iterates, [perceptron, *descents]), strict=False)
    for t, (limit, *others) in enumerate(islice(runs, steps + 1)):
        theta, right = limit.w, limit.right
        done = bool(right.all())
        if done:
            stopped = t
        for i, (w, here) in enumerate((other.w, other.right) for other in others):
            differing = float((here != right).mean())
            if differing and first[i] is None:
                first[i] = t
            if t in recorded or t == first[i] or done:
                lengths = np.linalg.norm(w) * np.linalg.norm(theta)
                rows[i].append(
                    {
                        "iteration": t,
                        "accuracy": float(here.mean()),
                        "perceptron_accuracy": float(right.mean()),
                        "cosine": float(w @ theta / lengths) if lengths else np.nan,
                        "differing": differing,
                        "distance": _relative(w / scales[i], theta),
                    }
                )
        if done:
            break
    for scale, own, mismatch in zip(scales, rows, first, strict=True):
        head = {
            "case": case,
            "model": "conv" if conv else "linear",
            "scale": scale,
            "stopped": stopped,
        }
        yield pd.DataFrame([head | row | {"first_mismatch": mismatch} for row in own])


def _relative(a: np.ndarray, b: np.ndarray) -> float:
    length = float(np.linalg.norm(b))
    return float(np.linalg.norm(a - b)) / length if length else 0.0
