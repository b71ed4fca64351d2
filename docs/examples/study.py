"""A study of one's own: how T grows with the momentum. Put it into ``own/``.

In ``config.yaml``: ``studies: {momentum: {dim: 256}}``.
"""

from dataclasses import dataclass

from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.heavy_ball import HeavyBall
from gdexp.core.models.linear import Linear
from gdexp.core.spec import Spec
from gdexp.studies import Study


@dataclass(frozen=True)
class Momentum(Study):
    """Settings: the dim of c1, and the momenta."""

    name = "momentum"
    title = "T against the momentum"
    source = "ours"
    columns = {"momentum": "float64", "iterations": "int64"}
    # what it runs: it is computed again when one of these changes
    uses = (Linear, HeavyBall, Logistic)
    datasets = ("c1",)

    dim: int = 64
    momenta: tuple[float, ...] = (0.1, 0.5, 0.9)
    root_seed: int = 0

    def table(self):
        """Return one row per momentum."""
        import pandas as pd  # here: looking at a grid reads settings alone

        rows = []
        for momentum in self.momenta:
            spec = Spec(
                dataset="c1",
                model="linear",
                algorithm="heavy_ball",
                step=1,
                momentum=momentum,
                start="gaussian",
                max_iterations=10**6,
                root_seed=self.root_seed,
            )
            iterations = spec.run(self.dim, 0).iterations
            rows.append({"momentum": momentum, "iterations": iterations})
        return pd.DataFrame(rows)
