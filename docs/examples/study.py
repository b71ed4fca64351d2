"""A study of one's own, and a claim: how T falls with the momentum. For ``own/``.

In ``config.yaml``: ``studies: {momentum: {dim: 256}}``.
"""

from dataclasses import dataclass

from gdexp.claims import Claim, equal
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


def falls(evidence):
    """Judge by the study's table; a study that is not there leaves it undecided."""
    table = evidence.study("momentum").set_index("momentum")["iterations"]
    first, last = table.iloc[0], table.iloc[-1]
    told = f"T = {first} at {table.index[0]:g}, {last} at {table.index[-1]:g}"
    return equal(last < first, told, "T does not fall")


# judged with the others, on results/claims.md; what to expect is written before the run
CLAIMS = (
    Claim(
        name="momentum",
        text="a heavier ball needs fewer iterations",
        source="ours",
        expected="T at the largest momentum below T at the smallest (ours)",
        judge=falls,
    ),
)
