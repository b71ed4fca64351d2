"""When a two-layer network learns, and when it overfits: test and training error.

The network is (1/m) sum_j a_j relu(w_j . b), trained by gradient descent on labels of
which a share is wrong, until it has all of them and as long again, so that the least
test error may come after that. Its start has an entrywise scale: the function at the
start grows with the square of that. With the step eta m / max(1,
scale^2) the time eta t / max(1, scale^2) is about that of the gradient flow of the mean
field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.datasets.noisy import Noisy
from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.two_layer import TwoLayer
from gdexp.core.observables.test_error import TestError
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TimeScales(Study):
    """Settings: scales of the start at a width, widths at a scale, dim, n/d, and more.

    More are the share of wrong labels, eta, test samples, the cap and the seeds.
    """

    name = "time_scales"
    title: ClassVar[str] = "When a two-layer network learns, and when it overfits"
    source: ClassVar[str] = "after arXiv 2502.21269; data, loss and step ours"
    columns: ClassVar[Mapping[str, str]] = {
        **{"width": "int64", "scale": "float64", "seed": "int64", "time": "float64"},
        **{"test_error": "float64", "train_error": "float64"},
        **{"learned": "float64", "separated": "float64"},
    }
    uses = (TwoLayer, GradientDescent, Logistic, TestError)
    datasets = (Noisy.name,)

    scales: tuple[float, ...] = (0.01, 0.1, 1.0, 10.0)
    width: int = 64
    widths: tuple[int, ...] = (16, 64, 256)
    scale: float = 1.0
    dim: int = 64
    ratio: int = 4
    flips: float = 0.15
    eta: float = 0.5
    tests: int = 2000
    iterations: int = 10_000
    seeds: int = 40
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per width, scale, seed and recorded iteration.

        Columns: width, scale, seed, time, test_error, train_error; of the run: learned
        (the first time of the least test error, up to twice the time of the training
        error 0 or to the cap), separated (that of the training error 0, infinite if it
        was given up at the cap).
        """
        import pandas as pd

        cases = [(self.width, scale) for scale in self.scales]
        cases += [(width, self.scale) for width in self.widths]
        frames = [self._runs(*case) for case in dict.fromkeys(cases)]
        return pd.concat(frames)

    def _runs(self, width: int, scale: float) -> "pd.DataFrame":
        import pandas as pd

        pace = self.eta / max(1.0, scale**2)
        spec = Spec(
            dataset=Noisy.name,
            samples=self.ratio * self.dim,
            flips=self.flips,
            model="two_layer",
            width=width,
            scale="1/width",
            spread=scale,
            algorithm="gd",
            step=pace * width,
            max_iterations=self.iterations,
            test_samples=self.tests,
            observe=["test_error"],
            root_seed=self.root_seed,
        )
        seeds = dict.fromkeys(range(self.seeds))
        first = dict(spec.runs(self.dim, seeds))
        done = {
            seed: run.iterations
            for seed, run in first.items()
            if run.status == "separated"
        }
        # all of them as far as the longest has to go: together they take less time
        cap = min(max(2 * max(done.values(), default=0), 1), self.iterations)
        on = spec.but(stop="cap", max_iterations=cap)
        further = dict(on.runs(self.dim, dict.fromkeys(done)))
        frames = []
        for seed, outcome in first.items():
            last, path = outcome.iterations, outcome.trajectory
            parts = [(path, path.iteration >= 0)]
            if seed in done:
                path = further[seed].trajectory
                beyond = (path.iteration > last) & (path.iteration <= max(2 * last, 1))
                parts.append((path, beyond))
            run = pd.concat(
                pd.DataFrame(
                    {
                        "width": width,
                        "scale": scale,
                        "seed": seed,
                        "time": pace * path.iteration,
                        "test_error": path.observed["test_error"],
                        "train_error": path.misclassified / path.samples,
                    }
                )[shown]
                for path, shown in parts
            )
            least = run["time"].iloc[int(run["test_error"].argmin())]
            separated = pace * last if seed in done else np.inf
            frames.append(run.assign(learned=least, separated=separated))
        return pd.concat(frames)


def runs(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return a row for each run of a table: what is known of its times, and its rise.

    Columns: width, scale, seed, learned; ratio and gap of the two times, each with the
    ends ``_low`` and ``_high`` that it lies between, which are one number unless the
    run was given up, when it is separated after its cap; and rise, how far the test
    error at the separation or the cap is above the least one until then.
    """
    keys = ["width", "scale", "seed"]
    ordered = table.sort_values([*keys, "time"])
    ends = ordered.groupby(keys)[["learned", "separated", "time"]].last()
    early = ordered[ordered["time"] <= ordered["separated"]].groupby(keys)["test_error"]
    learned, separated = ends["learned"], ends["separated"]
    known = separated.where(np.isfinite(separated), ends["time"])
    return ends.assign(
        ratio_low=known / learned,
        ratio_high=separated / learned,
        gap_low=known - learned,
        gap_high=separated - learned,
        rise=early.last() - early.min(),
    ).reset_index()
