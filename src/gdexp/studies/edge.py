"""The step edge: up to which step size the two-layer model still separates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.losses.logistic import Logistic
from gdexp.core.losses.perceptron import Perceptron
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.conv import Conv, largest_eigenvalue
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Edge(Study):
    """Settings: dims, steps as step * max|A| / n, starts, iterations / sqrt(d)."""

    name = "edge"
    title: ClassVar[str] = "Share separated against step * max|A| / n"
    source: ClassVar[str] = "reconstruction (c1, c2); the scan is ours"
    columns: ClassVar[Mapping[str, str]] = {
        **{"data": "str", "algorithm": "str", "dim": "int64", "edge": "float64"},
        **{"kappa": "float64", "starts": "int64", "separated": "int64"},
        **{"ci_low": "float64", "ci_high": "float64"},
        **{"diverged": "int64", "median_iterations": "float64"},
    }
    uses = (Conv, GradientDescent, Logistic, Perceptron)
    datasets = ("c1", "c2")

    dims: tuple[int, ...] = (256, 1024)
    edges: tuple[float, ...] = (
        *(0.2, 0.4, 0.7, 1.0, 1.2, 1.3, 1.41),
        *(1.5, 1.6, 1.77, 2.0, 2.1, 2.4, 3.0),
    )
    starts: int = 200
    iterations: int = 200
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per data, algorithm, dim and edge.

        Columns: data, algorithm, dim, edge, kappa (step * sqrt(d)), starts, separated,
        ci_low, ci_high (95 %, of their share), diverged, median_iterations over the
        separated starts.
        """
        import pandas as pd

        from gdexp.stats.seeds import wilson

        rows = []
        for data in ("c1", "c2"):
            for dim in self.dims:
                base = Spec(
                    dataset=data,
                    model="conv",
                    kernel=2,
                    algorithm="gd",
                    step=1,
                    start="gaussian",
                    max_iterations=int(self.iterations * np.sqrt(dim)),
                    root_seed=self.root_seed,
                )
                norm = largest_eigenvalue(base.problem(dim, 0).z)
                for algorithm in ("gd", "perceptron"):
                    for edge in self.edges:
                        step = edge * 2 / norm
                        spec = base.but(algorithm=algorithm, step=step)
                        ends = [spec.run(dim, seed) for seed in range(self.starts)]
                        times = [e.iterations for e in ends if e.status == "separated"]
                        low, high = wilson(len(times), self.starts)
                        rows.append(
                            {
                                "data": data,
                                "algorithm": algorithm,
                                "dim": dim,
                                "edge": edge,
                                "kappa": step * np.sqrt(dim),
                                "starts": self.starts,
                                "separated": len(times),
                                "ci_low": low,
                                "ci_high": high,
                                "diverged": sum(e.status == "diverged" for e in ends),
                                "median_iterations": (
                                    float(np.median(times)) if times else np.nan
                                ),
                            }
                        )
        return pd.DataFrame(rows)
