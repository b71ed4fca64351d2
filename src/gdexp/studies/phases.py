"""Which samples are active, and where that takes the iterate.

On c1 with k = 2 both A_i share the eigenvectors x^+ = (1, -1; e_1 - e_2) / 2 and
x^- = (1, -1; e_2 - e_1) / 2, with the eigenvalues 1 and -1. Hence exactly
<x^+-, theta_{t+1}> = (1 +- step |S_t| / 2) <x^+-, theta_t>: a power method.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.forms import direct
from gdexp.core.losses.logistic import Logistic
from gdexp.core.losses.perceptron import Perceptron
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Phases(Study):
    """Settings: the dim of c1, kappa in the step kappa/sqrt(d), and the seed."""

    name = "phases"
    title: ClassVar[str] = "Active samples, and projections against their exact law"
    source: ClassVar[str] = "derived for the reconstruction c1"
    columns: ClassVar[Mapping[str, str]] = {
        **{"model": "str", "iteration": "int64"},
        **{"active_1": "int64", "active_2": "int64"},
        **{"growing": "float64", "growing_law": "float64"},
        **{"shrinking": "float64", "shrinking_law": "float64"},
    }
    uses = (Linear, Conv, GradientDescent, Logistic, Perceptron)
    datasets = ("c1",)

    dim: int = 256
    kappa: float = 0.25
    seed: int = 2
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per run and iteration, of the perceptrons of both models.

        Columns: model, iteration, active_1, active_2 (whether the sample is in S_t),
        and for the conv model growing, growing_law, shrinking, shrinking_law: the
        projections on x^+ and x^- and what the law says of them.
        """
        import pandas as pd

        return pd.concat([self._run("conv"), self._run("linear")])

    def _run(self, model: str) -> "pd.DataFrame":
        import pandas as pd

        conv = model == "conv"
        spec = Spec(
            dataset="c1",
            model=model,
            kernel=2 if conv else None,
            algorithm="perceptron",
            step=f"{self.kappa}/sqrt(d)" if conv else 1,
            start="gaussian",
            max_iterations=1,
            root_seed=self.root_seed,
        )
        problem = spec.problem(self.dim, self.seed)
        up, down = eigenvectors(self.dim)
        law_up = law_down = None
        rows = []
        for t, here in enumerate(direct.iterates(problem)):
            w, active = here.w, ~here.right
            row: dict[str, float] = {
                "iteration": t,
                "active_1": int(active[0]),
                "active_2": int(active[1]),
            }
            if conv:
                plus, minus = float(up @ w), float(down @ w)
                law_up = plus if law_up is None else law_up
                law_down = minus if law_down is None else law_down
                row |= {"growing": plus, "growing_law": law_up}
                row |= {"shrinking": minus, "shrinking_law": law_down}
                law_up *= 1 + problem.step * active.sum() / 2
                law_down *= 1 - problem.step * active.sum() / 2
            rows.append(row)
            if not active.any():
                return pd.DataFrame(rows).assign(model=model)
        raise AssertionError("iterates never end")


def eigenvectors(dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x^+ and x^-, each of shape (2 + dim,) and norm 1."""
    kernel, feature = np.zeros(2 + dim), np.zeros(2 + dim)
    kernel[:2] = feature[2:4] = 0.5, -0.5
    return kernel + feature, kernel - feature
