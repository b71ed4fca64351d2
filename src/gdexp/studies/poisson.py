"""A wide two-layer network solves the Poisson equation by stochastic gradient descent.

-u'' = pi^2 sin(pi x) on (0, 1), u = 0 at the ends. The network

    u(x) = m^(-1/2) sum_j a_j phi(w_j s + c_j),   phi(h) = max(h, 0)^3,   s = 2 x - 1,

is trained by least squares: half the mean square of -u'' - f inside, and of u at the
ends. With the Jacobian J of the N weighted residuals r, G = J J' / N is their Gram
matrix. Where it does not move, the network is linear in its parameters. Then r = J D,
D the distance from a solution, and a batch of b residuals drawn with replacement has

    E |D+|^2 <= |D|^2 - eta (2 - eta (R^2 / b + lambda_max)) |r|^2 / N

with R = max_i |J_i|. So eta = 1 / (R^2 / b + lambda_max) shrinks |D|^2, and with it the
bound lambda_max |D|^2 / 2 on the loss, by 1 - eta lambda_min in each step. The way of
the parameters does not grow with the width m, and their norm grows with its root.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from gdexp.core.datasets import Dataset
from gdexp.core.forms import direct
from gdexp.core.losses.square import Square
from gdexp.core.methods.sgd import StochasticGradientDescent
from gdexp.core.models.base import Array, Model
from gdexp.core.problem import Problem
from gdexp.core.seeds import streams
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd

CHAIN = 4.0  # (ds/dx)^2


@dataclass(frozen=True)
class Residuals(Model):
    """The weighted residuals r as a model: m_i = 1 - r_i, its square loss r_i^2 / 2.

    A sample is (x, whether it is an end, target, weight), its label 1. The parameters
    are stacked as [w, c, a].
    """

    name = "poisson"
    formula = "m_i = 1 - weight (-u''(x_i) - f(x_i)) inside, 1 - weight u(x_i) at ends"
    source = "arXiv 2508.21571, 2303.01767"

    width: int

    def parameters(self, features: int) -> int:
        """Return 3 m."""
        return 3 * self.width

    def f(self, b: Array, w: Array) -> Array:
        """Return 1 - r, shape (N,)."""
        _, _, target, weight = b.T
        units, _, a = self._units(b, w)
        margins: Array = 1 - weight * (units @ a / np.sqrt(self.width) - target)
        return margins

    def df(self, b: Array, w: Array, weights: Array) -> Array:
        """Return -J' weights, shape (3 m,)."""
        pulled: Array = -(weights @ self.jacobian(b, w))
        return pulled

    def jacobian(self, b: Array, w: Array) -> Array:
        """Return J, the derivatives of the weighted residuals, shape (N, 3 m).

        Of -u'' they are -4 phi'' w^2 by a, -4 a (2 w phi'' + w^2 s phi''') by w and
        -4 a w^2 phi''' by c.
        """
        x, end, _, weight = b.T
        units, h, a = self._units(b, w)
        inner = w[: self.width]
        s, end = (2 * x - 1)[:, None], end[:, None] > 0
        slope, second, third = 3 * h**2, 6 * h, 6.0 * (h > 0)
        bend = 2 * inner * second + inner**2 * s * third
        dw = a * np.where(end, slope * s, -CHAIN * bend)
        dc = a * np.where(end, slope, -CHAIN * inner**2 * third)
        rows = np.concatenate([dw, dc, units], axis=1)
        scaled: Array = weight[:, None] / np.sqrt(self.width) * rows
        return scaled

    def _units(self, b: Array, w: Array) -> tuple[Array, Array, Array]:
        """Return each unit's part of -u'' or u, max(h, 0), shapes (N, m), and a."""
        inner, c, a = w.reshape(3, self.width)
        h = np.maximum((2 * b[:, :1] - 1) * inner + c, 0.0)
        return np.where(b[:, 1:2] > 0, h**3, -CHAIN * inner**2 * 6 * h), h, a


def collocation(points: int) -> Dataset:
    """Return the middles of so many intervals, and the ends, with their weights."""
    x = np.concatenate([(np.arange(points) + 0.5) / points, [0.0, 1.0]])
    end = np.isin(x, (0.0, 1.0))
    target = np.where(end, 0.0, np.pi**2 * np.sin(np.pi * x))
    # the mean over all N is the sum of the means inside and at the ends
    weight = np.sqrt((points + 2) / np.where(end, 2, points))
    return Dataset(np.column_stack([x, end, target, weight]), np.ones(points + 2))


@dataclass(frozen=True)
class Poisson(Study):
    """Settings: widths, points inside, batch, steps and how many are recorded, seeds.

    (w_j, c_j) is uniform on the unit circle, a_j a sign: the start is ours.
    """

    name = "poisson"
    title: ClassVar[str] = "Poisson's equation by a wide two-layer network and sgd"
    source: ClassVar[str] = "after arXiv 2508.21571; equation, start and step ours"
    columns: ClassVar[Mapping[str, str]] = {
        **{"width": "int64", "seed": "int64", "iteration": "int64", "loss": "float64"},
        **{"step": "float64", "smallest": "float64", "smallest_end": "float64"},
        **{"predicted": "float64", "rate": "float64"},
        **{"drift": "float64", "gram_drift": "float64"},
    }
    uses = (StochasticGradientDescent, Square)

    widths: tuple[int, ...] = (64, 256, 1024)
    points: int = 8
    batch: int = 5
    steps: int = 6000
    recorded: int = 100
    seeds: int = 12
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per width, seed and recorded iteration.

        Columns: width, seed, iteration, loss; of the run: step, smallest and
        smallest_end (lambda_min of the Gram matrix at the start and the end), predicted
        (-log(1 - step lambda_min)), rate (the fall of log loss per step, least squares
        over the second half), drift and gram_drift (of parameters and Gram matrix from
        the start, relative).
        """
        import pandas as pd

        with threadpool_limits(limits=1):  # sums of BLAS depend on their number
            frames = [
                self._run(width, seed)
                for width in self.widths
                for seed in range(self.seeds)
            ]
        return pd.concat(frames)

    def _run(self, width: int, seed: int) -> "pd.DataFrame":
        import pandas as pd

        data, model = collocation(self.points), Residuals(width)
        rng = streams(self.root_seed, width, seed)
        angle = 2 * np.pi * rng.start.random(width)
        signs = rng.start.choice([-1.0, 1.0], width)
        start = np.concatenate([np.cos(angle), np.sin(angle), signs])
        gram = self._gram(model, data, start)
        eigenvalues = np.linalg.eigvalsh(gram)
        longest = len(gram) * gram.diagonal().max()  # R^2
        step = float(1 / (longest / self.batch + eigenvalues[-1]))
        method = StochasticGradientDescent(step, self.batch, "random")
        problem = Problem(data, model, method, Square(), start, stream=rng.method)
        every = max(1, self.steps // self.recorded)
        path = islice(direct.iterates(problem), 0, self.steps + 1, every)
        kept = [(here.w, float(Square().value(here.margins).mean())) for here in path]
        losses = [loss for _, loss in kept]
        times = every * np.arange(len(losses))
        late = slice(len(losses) // 2, None)
        slope = np.polyfit(times[late], np.log(losses[late]), 1)[0]
        end, _ = kept[-1]
        after = self._gram(model, data, end)
        moved, turned = end - start, after - gram
        return pd.DataFrame({"iteration": times, "loss": losses}).assign(
            width=width,
            seed=seed,
            step=step,
            smallest=eigenvalues[0],
            smallest_end=np.linalg.eigvalsh(after)[0],
            predicted=-np.log1p(-step * eigenvalues[0]),
            rate=-slope,
            drift=np.linalg.norm(moved) / np.linalg.norm(start),
            gram_drift=np.linalg.norm(turned) / np.linalg.norm(gram),
        )

    def _gram(self, model: Residuals, data: Dataset, w: Array) -> Array:
        rows = model.jacobian(data.b, w)
        gram: Array = rows @ rows.T / len(rows)
        return gram
