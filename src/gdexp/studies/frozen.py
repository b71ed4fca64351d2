"""Frozen features and one least-squares solve, in the place of any iteration.

The features H of n samples at width p are those that the model random_features draws
and any method on it keeps. The solution of least norm of min |H a - y|^2 has margins
y_i (H a)_i. Where the rows of H are independent, which needs p >= n, all are 1. Where
p < n / 2, most labels that chance gave are those of no a at all: linear functions of p
features in general position give 2 sum_{k < p} C(n - 1, k) of all 2^n (Cover 1965).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models._activation import activated
from gdexp.core.models.base import Array
from gdexp.core.models.random_features import RandomFeatures
from gdexp.core.problem import Problem
from gdexp.studies.base import Study, drawn

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Frozen(Study):
    """Settings: samples and dim of Gaussian data, widths, seeds of both draws."""

    name = "frozen"
    title: ClassVar[str] = "Frozen features and one least-squares solve"
    source: ClassVar[str] = "after arXiv 2411.17511; data and labels ours"
    columns: ClassVar[Mapping[str, str]] = {
        **{"width": "int64", "samples": "int64", "seed": "int64", "rank": "int64"},
        **{"accuracy": "float64", "margin": "float64", "gradients": "float64"},
    }
    uses = (RandomFeatures, GradientDescent, Logistic)
    datasets = ("gaussian",)

    samples: int = 64
    dim: int = 32
    widths: tuple[int, ...] = (16, 24, 32, 40, 48, 56, 64, 80, 96, 128, 256, 512)
    seeds: int = 50
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per width and draw, each of one solve.

        Columns: width, samples, seed, rank (of H), accuracy (share of samples with a
        positive margin), margin (the smallest), gradients (what the solve costs in
        gradients by a of all samples: with QR 2 max(n, p) min(n, p)^2 operations over
        4 n p).
        """
        import pandas as pd

        rows = []
        for width in self.widths:
            given = {"model": "random_features", "width": width}
            given |= {"samples": self.samples, "root_seed": self.root_seed}
            for seed in range(self.seeds):
                problem = drawn("gaussian", self.dim, seed, **given)
                margins, rank = solved(features(problem), problem.data.labels)
                rows.append(
                    {
                        "width": width,
                        "samples": self.samples,
                        "seed": seed,
                        "rank": rank,
                        "accuracy": float(np.mean(margins > 0)),
                        "margin": float(margins.min()),
                        "gradients": min(self.samples, width) / 2,
                    }
                )
        return pd.DataFrame(rows)


def features(problem: Problem) -> Array:
    """Return H = phi(W b_i + c) / sqrt(width), shape (n, width), of random_features."""
    model = problem.model
    assert isinstance(model, RandomFeatures)
    b = problem.data.b
    parts = model.split(problem.start, b.shape[1])
    with threadpool_limits(limits=1):  # sums of BLAS depend on their number
        h: Array = activated(model.activation, b @ parts["W"].T + parts["c"])
    h /= np.sqrt(model.width)
    return h


def solved(h: Array, labels: Array) -> tuple[Array, int]:
    """Return the margins of the least-squares solution of least norm, and the rank.

    >>> margins, rank = solved(np.eye(2, 3), np.array([1.0, -1.0]))
    >>> margins.tolist(), rank
    ([1.0, 1.0], 2)
    """
    with threadpool_limits(limits=1):
        a, _, rank, _ = np.linalg.lstsq(h, labels, rcond=None)
        margins: Array = labels * (h @ a)
    return margins, int(rank)
