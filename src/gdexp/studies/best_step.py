"""The best step per d: the fair comparison of two models.

For each d the step, out of one wide grid for both models, whose high quantile of T
over the starts is smallest. Never the luckiest single run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd

QUANTILE = 0.9


@dataclass(frozen=True)
class BestStep(Study):
    """Settings: dims of c1, starts, the grid 2^first ... 2^last of steps."""

    name = "best_step"
    title: ClassVar[str] = "90 % quantile of T at the best step for each d"
    source: ClassVar[str] = "reconstruction (c1); the comparison is ours"
    columns: ClassVar[Mapping[str, str]] = {
        **{"model": "str", "dim": "int64", "step": "float64", "starts": "int64"},
        **{"q90": "float64", "best": "bool", "ci_low": "float64", "ci_high": "float64"},
        **{"exponent": "float64", "exponent_low": "float64"},
        **{"exponent_high": "float64", "cap": "int64"},
    }
    uses = (Linear, Conv, GradientDescent, Logistic)
    datasets = ("c1",)

    dims: tuple[int, ...] = (16, 64, 256, 1024, 4096, 16384)
    starts: int = 300
    halvings: int = 16
    doublings: int = 14
    repetitions: int = 1000
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per model, dim and step.

        Columns: model, dim, step, starts, cap (of 8 d + 100 iterations), q90 (empty if
        censored: over a tenth of them hit the cap), best (whether it is the smallest
        of its dim), ci_low, ci_high (95 % bootstrap, of the best ones; infinite where
        it goes on beyond the cap), and exponent, exponent_low, exponent_high of the
        model's best ones, the choice of the step bootstrapped with them. No interval
        where there are fewer starts than it takes.
        """
        import pandas as pd

        frames = []
        for model in ("linear", "conv"):
            times = {dim: self._times(model, dim) for dim in self.dims}
            frames.append(self._best(times).assign(model=model))
        return pd.concat(frames)

    @property
    def steps(self) -> np.ndarray:
        """The grid of step sizes."""
        return 2.0 ** np.arange(-self.halvings, self.doublings + 1)

    def _times(self, model: str, dim: int) -> np.ndarray:
        """Return T, infinite where not separated, shape (steps, starts)."""
        times = np.full((len(self.steps), self.starts), np.inf)
        for row, step in enumerate(self.steps):
            spec = Spec(
                dataset="c1",
                model=model,
                kernel=2 if model == "conv" else None,
                algorithm="gd",
                step=float(step),
                start="gaussian",
                max_iterations=_cap(dim),
                root_seed=self.root_seed,
            )
            lost = 0
            for seed in range(self.starts):
                outcome = spec.run(dim, seed)
                if outcome.status == "separated":
                    times[row, seed] = outcome.iterations
                else:
                    lost += 1
                if lost > 0.2 * self.starts:
                    break  # its quantile is beyond the cap, whatever follows
        return times

    def _best(self, times: dict[int, np.ndarray]) -> "pd.DataFrame":
        import pandas as pd

        from gdexp.stats.seeds import percentile_interval, quantile
        from gdexp.stats.slopes import slope
        from gdexp.stats.statistics.q90 import Quantile90

        few = self.starts < Quantile90.least
        rng = np.random.default_rng(self.root_seed)
        rows: list[dict[str, object]] = []
        draws = []
        for dim, table in times.items():
            value = quantile(table, QUANTILE)
            index = rng.integers(self.starts, size=(self.repetitions, self.starts))
            # the best step is chosen anew in each repetition
            drawn = np.array([quantile(table[:, i], QUANTILE).min() for i in index])
            draws.append(drawn)
            low, high = percentile_interval(drawn)
            for step, q90 in zip(self.steps, value, strict=True):
                best = bool(q90 == value.min() < np.inf)
                rows.append(
                    {
                        "dim": dim,
                        "step": step,
                        "starts": self.starts,
                        "cap": _cap(dim),
                        "q90": q90 if np.isfinite(q90) else np.nan,
                        "best": best,
                        "ci_low": low if best and not few else np.nan,
                        "ci_high": high if best and not few else np.nan,
                    }
                )
        log_d = np.log(np.array(list(times), float))
        best_of = np.array(
            [quantile(table, QUANTILE).min() for table in times.values()]
        )
        with np.errstate(divide="ignore"):  # a quantile of 0 is left out of its slope
            exponent = slope(log_d, np.log(best_of))
            slopes = slope(log_d, np.log(np.array(draws).T))
        ends = (np.nan, np.nan) if few else percentile_interval(slopes)
        return pd.DataFrame(rows).assign(
            exponent=exponent, exponent_low=ends[0], exponent_high=ends[1]
        )


def _cap(dim: int) -> int:
    return 8 * dim + 100
