"""Large constant steps: until when the loss rises, and how small it gets then.

The loss of gradient descent with a large step first oscillates, and then falls like
1 / (gamma^2 step t). On the four points of arXiv 2402.15926 with the linear model, and
where only the inner layer of a leaky two-layer network is trained (2406.08654).

Steps of the linear model are those on rows divided by the longest, R: the step s on
these is s / R^2 on the rows as they are. Steps of the network are per hidden unit: its
output is a mean over units, and s stands for s times their number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.linear import Linear
from gdexp.core.models.two_layer import TwoLayer
from gdexp.core.outcome import Outcome
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd

SQUARED_LENGTH, SQUARED_MARGIN = 4.04, 1 / 101  # of the four points; R^2, (mu / R)^2
ROUNDING = 1e-12  # of a loss, relative: a rise by less is none


@dataclass(frozen=True)
class LargeSteps(Study):
    """Settings: steps and T of the linear model; steps, T, data, starts of networks."""

    name = "large_steps"
    title: ClassVar[str] = "Last rise of the loss, and the loss at the end, by step"
    source: ClassVar[str] = (
        "arXiv 2402.15926, 2602.12471, 2406.08654 (abstracts, and its four points);"
        " networks on Gaussian data ours"
    )
    columns: ClassVar[Mapping[str, str]] = {
        **{"case": "str", "data": "str", "step": "float64", "seed": "int64"},
        **{"iterations": "int64", "separated": "float64", "last_rise": "float64"},
        **{"loss": "float64"},
    }
    uses = (Linear, TwoLayer, GradientDescent, Logistic)
    datasets = ("four_points", "gaussian")

    steps: tuple[float, ...] = tuple(2.0**k for k in range(14))
    iterations: int = 1000
    times: tuple[int, ...] = tuple(1000 * 2**k for k in range(7))
    network_steps: tuple[float, ...] = tuple(4.0**k for k in range(7))
    network_iterations: int = 2000
    width: int = 8
    samples: int = 30
    dim: int = 20
    seeds: int = 12
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per run.

        Columns: case ("steps", many of them; "constant", step 1, and "proportional",
        step gamma^2 T, for many T; "network"), data, step, seed, iterations (T, to the
        end), separated (the first iteration with accuracy 1, empty without one),
        last_rise (the last t with a larger loss after update t + 1 than before, empty
        without one), loss (the mean logistic loss at the end).
        """
        import pandas as pd

        rows = [*self._linear(), *self._networks()]
        return pd.DataFrame(rows, columns=list(self.columns))

    def _linear(self) -> Iterator[dict[str, Any]]:
        cases = [("steps", step, self.iterations) for step in self.steps]
        cases += [("constant", 1.0, time) for time in self.times]
        cases += [("proportional", SQUARED_MARGIN * t, t) for t in self.times]
        for case, step, time in cases:
            spec = Spec(
                dataset="four_points",
                model="linear",
                algorithm="gd",
                step=step / SQUARED_LENGTH,
                max_iterations=time,
                stop="cap",
                full_trajectory=True,
            )
            yield _row(case, "four_points", step, 0, spec.run(2, 0))

    def _networks(self) -> Iterator[dict[str, Any]]:
        data: tuple[tuple[str, int, int | None], ...]
        data = (("four_points", 2, None), ("gaussian", self.dim, self.samples))
        for name, dim, samples in data:
            for step in self.network_steps:
                spec = Spec(
                    dataset=name,
                    samples=samples,
                    model="two_layer",
                    width=self.width,
                    activation="leaky_relu",
                    trained="inner",
                    scale="1/width",
                    algorithm="gd",
                    step=step * self.width,
                    max_iterations=self.network_iterations,
                    stop="cap",
                    full_trajectory=True,
                    root_seed=self.root_seed,
                    form="direct",  # the same digits with every version of JAX
                )
                for seed in range(self.seeds):
                    yield _row("network", name, step, seed, spec.run(dim, seed))


def _row(
    case: str, data: str, step: float, seed: int, outcome: Outcome
) -> dict[str, Any]:
    loss = outcome.trajectory.loss
    rises = np.flatnonzero(loss[1:] > loss[:-1] * (1 + ROUNDING))
    done = outcome.status == "separated"
    return {
        "case": case,
        "data": data,
        "step": step,
        "seed": seed,
        "iterations": outcome.updates,
        "separated": float(outcome.iterations) if done else np.nan,
        "last_rise": float(rises[-1]) if len(rises) else np.nan,
        "loss": float(loss[-1]),
    }
