"""Optimism where it matters: in games, whose plain play rotates.

In the plane, min over w and max over p of w p, simultaneous steps h multiply
c = w + i p by 1 + i h: its length grows by sqrt(1 + h^2) each time. With the
optimistic gradient 2 g_t - g_(t-1) c obeys

    x^2 - (1 + 2 i h) x + i h = 0,  x = (1 + 2 i h +- sqrt(1 - 4 h^2)) / 2,

whose larger root has the length sqrt((1 + sqrt(1 - 4 h^2)) / 2) < 1 for h < 1/2.

The margin game is max over |w| <= 1, min over p in the simplex, of p' Z w: a projected
step for w, multiplicative weights for p. With R the largest norm of a row, the
averages of T iterates have a duality gap of at most

    plain         (1/2 + log n) / (h T) + h R^2,
    optimistic    (1/2 + log n) / (h T)                if h R <= 1/2:

the regret bounds of both players, and their sum over
h <F_(t+1), z_(t+1) - u> <= D(u, z_t) - D(u, z_(t+1)) - D(z_(t+1), z_t) + ..., where
what optimism adds telescopes. On two_point the saddle is w = (0, 1), p = (2/3, 1/3)
with the value mu = 1 / (2 sqrt d). There the sphere damps w by 1 / (1 + h mu), and the
determinant of plain play, of one tangential and one logit direction, is
(1 + h^2 / 2) / (1 + h mu): its last iterate converges if h < 2 mu = 1 / sqrt d, and
turns away from the saddle if h is larger.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.base import softmax
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.linear import Linear
from gdexp.studies.base import Study, drawn

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
PLAYS = ("plain", "optimistic")


@dataclass(frozen=True)
class Bilinear(Study):
    """Settings: steps in the plane; dim of two_point; Gaussian games; iterations.

    On two_point the steps are shares of 1 / sqrt d, on Gaussian samples they are 1/4
    of 1 / R.
    """

    name = "bilinear"
    title: ClassVar[str] = "Plain and optimistic play of bilinear games"
    source: ClassVar[str] = "arXiv 1912.11940 (abstract); rates derived; games ours"
    columns: ClassVar[Mapping[str, str]] = {
        **{"game": "str", "play": "str", "step": "float64", "seed": "int64"},
        **{"iteration": "int64", "last": "float64", "average": "float64"},
        **{"law": "float64"},
    }
    uses = (Linear, GradientDescent, Logistic)
    datasets = ("two_point", "gaussian")

    steps: tuple[float, ...] = (0.05, 0.1, 0.2)
    plane_iterations: int = 1000
    dim: int = 64
    shares: tuple[float, ...] = (0.5, 2.0)
    samples: int = 20
    features: int = 40
    seeds: int = 10
    iterations: int = 20_000
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per game, play, step, seed and recorded iteration.

        Columns: game, play, step, seed, iteration; last and average, the duality gaps
        of the last iterate and of the mean of all, and law, the bound on that of the
        mean. Of the game ``plane``: the lengths of the last (w, p) and of the mean,
        from length 1, and of the former the law, from where it is after half of the
        iterations.
        """
        import pandas as pd

        rows = [row for step in self.steps for row in self._plane(step)]
        pair = self._samples("two_point", self.dim, 0, None)
        for share in self.shares:
            step = share / self.dim**0.5
            rows += self._margin(f"two_point {share:g}", pair, step, 0)
        for seed in range(self.seeds):
            z = self._samples("gaussian", self.features, seed, self.samples)
            step = 0.25 / float(np.linalg.norm(z, axis=1).max())
            rows += self._margin("gaussian", z, step, seed)
        return pd.DataFrame(rows)

    def _samples(self, name: str, dim: int, seed: int, n: int | None) -> Array:
        given = {"model": "linear", "start": "zero", "root_seed": self.root_seed}
        return drawn(name, dim, seed, samples=n, **given).z

    def _plane(self, step: float) -> Iterator[dict[str, Any]]:
        times = set(recorded(self.plane_iterations))
        for play in PLAYS:
            now, mean, last = 1.0 + 0.0j, 0.0j, None
            factor = plane_factor(play, step)
            for t in range(self.plane_iterations + 1):
                mean += (now - mean) / (t + 1)
                if t in times:
                    yield {
                        **{"game": "plane", "play": play, "step": step, "seed": 0},
                        **{"iteration": t, "last": abs(now), "average": abs(mean)},
                        "law": factor**t,
                    }
                turn = 1j * now
                past = turn if last is None or play == "plain" else last
                now, last = now + step * (2 * turn - past), turn

    def _margin(
        self, game: str, z: Array, step: float, seed: int
    ) -> Iterator[dict[str, Any]]:
        times = set(recorded(self.iterations)) - {0}
        start = 0.5 + np.log(len(z))
        largest = float(np.linalg.norm(z, axis=1).max())
        for play in PLAYS:
            floor = step * largest**2 if play == "plain" else 0.0
            w, logits = np.zeros(z.shape[1]), np.zeros(len(z))
            p = softmax(logits)
            means = w, p
            past: tuple[Array, Array] | None = None
            for t in range(1, self.iterations + 1):
                played, now = (w, p), (z.T @ p, z @ w)
                before = now if past is None or play == "plain" else past
                w = w + step * (2 * now[0] - before[0])
                w = w / max(1.0, float(np.linalg.norm(w)))
                logits = logits - step * (2 * now[1] - before[1])
                p, past = softmax(logits), now
                # the bounds are on what was played, and on where optimism went
                own = played if play == "plain" else (w, p)
                x, y = (
                    (each - mean) / t for each, mean in zip(own, means, strict=True)
                )
                means = means[0] + x, means[1] + y
                if t in times:
                    yield {
                        **{"game": game, "play": play, "step": step, "seed": seed},
                        **{"iteration": t, "last": gap(z, w, p)},
                        "average": gap(z, *means),
                        "law": start / (step * t) + floor,
                    }


def recorded(last: int) -> list[int]:
    """Return 0 and about 60 iterations up to the last, log-spaced."""
    return [0, *np.unique(np.geomspace(1, last, 60).round().astype(int)).tolist()]


def plane_factor(play: str, step: float) -> float:
    """Return what the length of (w, p) is multiplied by in the end.

    >>> plane_factor("plain", 0.75), round(plane_factor("optimistic", 0.3) ** 2, 12)
    (1.25, 0.9)
    """
    if play == "plain":
        return float((1 + step**2) ** 0.5)
    return float(((1 + (1 - 4 * step**2) ** 0.5) / 2) ** 0.5)


def gap(z: Array, w: Array, p: Array) -> float:
    """Return max over |w'| <= 1 of p' Z w', less min over p' of p'' Z w.

    >>> gap(np.eye(2), np.array([0.6, 0.8]), np.array([1.0, 0.0]))
    0.4
    """
    return float(np.linalg.norm(z.T @ p) - (z @ w).min())
