"""The tail law: quantiles of T / sqrt(d) against the Cauchy law.

From a Gaussian start the ratio of the shrinking to the growing projection is Cauchy
and falls by the factor exp(-step m) per step, m in [1, 2] the mean number of active
samples, so that for small delta

    T_{1 - delta}  ~  sqrt(d) / (kappa m) * log(2 / (pi delta)).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.losses.logistic import Logistic
from gdexp.core.losses.perceptron import Perceptron
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.conv import Conv
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Tail(Study):
    """Settings: dims of c1, number of starts, kappa, and the shares delta."""

    name = "tail"
    title: ClassVar[str] = "Quantiles of T / sqrt(d) against the Cauchy law"
    source: ClassVar[str] = "derived for the reconstruction c1"
    columns: ClassVar[Mapping[str, str]] = {
        **{"dim": "int64", "delta": "float64", "starts": "int64"},
        **{"quantile": "float64", "ci_low": "float64", "ci_high": "float64"},
        **{"active": "float64", "law": "float64"},
    }
    uses = (Conv, GradientDescent, Logistic, Perceptron)
    datasets = ("c1",)

    dims: tuple[int, ...] = (256, 1024, 4096)
    starts: int = 20_000
    kappa: float = 0.25
    deltas: tuple[float, ...] = (
        *(0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.07),
        *(0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001),
    )
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per dim and delta.

        Columns: dim, delta, starts, quantile (of T / sqrt(d), at 1 - delta), ci_low,
        ci_high (95 %, by order statistics; empty where there are too few starts for
        one), active (m over the slowest tenth), law.
        """
        import pandas as pd

        frames = [self._quantiles(dim) for dim in self.dims]
        return pd.concat(frames)

    def _quantiles(self, dim: int) -> "pd.DataFrame":
        import pandas as pd

        from gdexp.stats.seeds import Z, exactly, rank

        spec = Spec(
            dataset="c1",
            model="conv",
            kernel=2,
            algorithm="perceptron",
            step=f"{self.kappa}/sqrt(d)",
            start="gaussian",
            max_iterations=10**7,
            root_seed=self.root_seed,
            full_trajectory=True,
        )
        times, active = np.empty(self.starts), np.empty(self.starts)
        for seed in range(self.starts):
            outcome = spec.run(dim, seed)
            assert outcome.status == "separated"
            times[seed] = outcome.iterations
            active[seed] = outcome.trajectory.misclassified.sum()
        slow = times >= np.quantile(times, 0.9)
        m = float(active[slow].sum() / times[slow].sum())
        ordered = np.sort(times) / np.sqrt(dim)
        delta = np.array(self.deltas)
        ranks = np.array([rank(1 - exactly(share), self.starts) for share in delta])
        # the number of starts below a quantile is binomial
        spread = Z * np.sqrt(self.starts * delta * (1 - delta))
        middle = self.starts * (1 - delta)
        first, last = np.ceil(middle - spread), np.ceil(middle + spread)
        # an interval with an end beyond all starts is none
        there = (first >= 1) & (last <= self.starts)
        low, high = (
            np.where(there, ordered[np.where(there, end, 1).astype(int) - 1], np.nan)
            for end in (first, last)
        )
        return pd.DataFrame(
            {
                "dim": dim,
                "delta": delta,
                "starts": self.starts,
                "quantile": ordered[ranks - 1],
                "ci_low": low,
                "ci_high": high,
                "active": m,
                "law": np.log(2 / (np.pi * delta)) / (self.kappa * m),
            }
        )
