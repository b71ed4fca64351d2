"""An observable of one's own: how far the parameters are from where they started."""

from dataclasses import dataclass

import numpy as np

from gdexp import Observable


@dataclass(frozen=True)
class Distance(Observable):
    """|w_t - w_0|."""

    name = "distance"
    formula = "|w_t - w_0|"
    source = "what is called the lazy regime: it stays small"

    def value(self, problem, w, t, memory):
        return float(np.linalg.norm(w - problem.start))
