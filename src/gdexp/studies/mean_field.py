"""How far features move in the mean-field scaling of a game, as its output grows.

f = (alpha / M) sum_j a_j phi(W_j b), M units of parameters theta_j = (a_j, W_j). The
game is quadratic in the margins m, and the adversary p is in the simplex:

    min over f, max over p of  L = -<p, m> + (q / 2n) |m|^2,

with the saddle p = 1/n, m = 1/q. Time is that of functions, with h of it per step: the
adversary takes p exp(-h m), and the parameters take steps h M / alpha^2, which for each
unit is h / alpha along sum_i s_i y_i grad (a_j phi(W_j b_i)), s = p - q m / n. So

    d theta_j / dt = O(1 / alpha)    and    d m / dt = K s = O(1),

K the mean over units of the products of gradients: whatever alpha is, margins take the
same time, and features have moved by O(1 / alpha) when that is over. As alpha tends to
infinity K stays that of the start, and alpha |theta - theta_0| / sqrt(M) tends to
sqrt(m' K^-1 m), the norm of the margins in the kernel's space.

At the start f = 0, or it would be O(alpha): units come in pairs, of one W and opposite
a. That does more. What moves K in first order is odd in a and cancels in each pair, so
with a smooth phi margins differ from those of the kernel by O(1 / alpha^2). With relu a
share O(1 / alpha) of the pairs crosses its kink, each of them wrong by O(1 / M) with a
random sign: M / alpha of these, while there are any, add up to about
1 / sqrt(alpha M).

The averages of T / h iterates of the game on the kernel have a gap of at most

    (m'' K^-1 m'' / 2 + log n) / T + (h / 2) mean (s' K s) + (h / 8) mean (range m)^2,

m'' = n p / q the best reply to their p: the regret bounds of both players.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.base import softmax
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.two_layer import TwoLayer
from gdexp.studies.base import Study, drawn

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MeanField(Study):
    """Settings: phi, the alpha, width, Gaussian samples and dim, q, time and h."""

    name = "mean_field"
    title: ClassVar[str] = "How far features move in a game, against the scale alpha"
    source: ClassVar[str] = "arXiv 2404.12312 (abstract); game and bounds ours"
    columns: ClassVar[Mapping[str, str]] = {
        "activation": "str",
        **{"alpha": "float64", "seed": "int64", "iteration": "int64"},
        **{"time": "float64", "moved": "float64", "law": "float64"},
        **{"deviation": "float64", "gap": "float64", "bound": "float64"},
    }
    uses = (TwoLayer, GradientDescent, Logistic)
    datasets = ("gaussian",)

    activations: tuple[str, ...] = ("quadratic", "relu")
    alphas: tuple[float, ...] = (1.0, 4.0, 16.0, 64.0, 256.0)
    width: int = 256
    samples: int = 10
    dim: int = 20
    penalty: float = 1.0
    time: float = 20.0
    step: float = 0.04
    seeds: int = 40
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per activation, alpha, seed and recorded iteration.

        Columns: activation, alpha, seed, iteration, time; moved, the root mean square
        over units of |theta_j - theta_j(0)|, which bounds the Wasserstein distance;
        law, what that is with the kernel of the start; deviation, the largest
        difference of a margin from that of the kernel so far; gap of the averages, and
        its bound with the kernel.
        """
        import pandas as pd

        rows = [
            {"activation": activation, "seed": seed, **row}
            for activation in self.activations
            for seed in range(self.seeds)
            for row in self._games(*self._start(activation, seed))
        ]
        return pd.DataFrame(rows)

    def _start(
        self, activation: str, seed: int
    ) -> tuple[TwoLayer, Array, Array, Array]:
        """Return model, samples, labels and a start with f = 0."""
        problem = drawn(
            "gaussian",
            self.dim,
            seed,
            samples=self.samples,
            model="two_layer",
            width=2 * max(1, self.width // 2),
            scale="1/width",
            activation=activation,
            root_seed=self.root_seed,
        )
        assert isinstance(problem.model, TwoLayer)
        parts = problem.model.split(problem.start, self.dim)
        half = problem.model.width // 2
        inner, outer = parts["W"][:half], parts["a"][:half]
        pairs = [inner.ravel(), inner.ravel(), outer, -outer]
        return problem.model, problem.data.b, problem.data.labels, np.concatenate(pairs)

    def _games(
        self, model: TwoLayer, b: Array, y: Array, start: Array
    ) -> Iterator[dict[str, Any]]:
        n, width = len(y), model.width
        rows = np.stack([model.vjp(b, y, start, one) for one in np.eye(n)])
        kernel = width * rows @ rows.T
        inverse: Array = np.linalg.inv(kernel).astype(np.float64)
        limit = Game(self, n)
        games = {alpha: (Game(self, n), start) for alpha in self.alphas}
        off = dict.fromkeys(self.alphas, 0.0)
        last = round(self.time / self.step)
        times = set(np.unique(np.geomspace(1, last, 40).round().astype(int)).tolist())
        margins = np.zeros(n)
        for t in range(1, last + 1):
            for alpha, (game, w) in games.items():
                own = alpha * model.margins(b, y, w)
                off[alpha] = max(off[alpha], float(np.abs(own - margins).max()))
                s = game.play(own, kernel)
                step = self.step * width / alpha  # h m / alpha^2, of alpha f
                games[alpha] = game, w + step * model.vjp(b, y, w, s)
            margins = margins + self.step * kernel @ limit.play(margins, kernel)
            if t not in times:
                continue
            law, bound = float(margins @ inverse @ margins) ** 0.5, limit.bound(inverse)
            for alpha, (game, w) in games.items():
                yield {
                    **{"alpha": alpha, "iteration": t, "time": t * self.step},
                    "moved": float(np.linalg.norm(w - start)) / width**0.5,
                    "law": law / alpha,
                    "deviation": off[alpha],
                    "gap": game.gap(),
                    "bound": bound,
                }


class Game:
    """The adversary's side of the game, and the averages of both.

    >>> game = Game(MeanField(penalty=2.0), n=4)
    >>> game.play(np.full(4, 0.5), np.eye(4)).tolist(), game.gap()
    ([0.0, 0.0, 0.0, 0.0], 0.0)
    """

    def __init__(self, study: MeanField, n: int) -> None:
        self.h, self.q, self.n = study.step, study.penalty, n
        self.logits, self.t = np.zeros(n), 0
        self.mean_m, self.mean_p = np.zeros(n), np.zeros(n)
        self.square = self.spread = 0.0

    def play(self, margins: Array, kernel: Array) -> Array:
        """Return the weights s = p - q m / n, and take the adversary's step."""
        p = softmax(self.logits)
        s = p - self.q * margins / self.n
        self.logits = self.logits - self.h * margins
        self.t += 1
        self.mean_m += (margins - self.mean_m) / self.t
        self.mean_p += (p - self.mean_p) / self.t
        self.square += float(s @ kernel @ s)
        self.spread += float(np.ptp(margins)) ** 2
        return s

    def gap(self) -> float:
        """Return max over p of L at the mean margins, less min over m at the mean p."""
        m, p, share = self.mean_m, self.mean_p, self.q / (2 * self.n)
        return float(share * m @ m - m.min() + p @ p / (4 * share))

    def bound(self, inverse: Array) -> float:
        """Return the bound on the gap of this game, were it on the kernel."""
        reply = self.n * self.mean_p / self.q
        distance = reply @ inverse @ reply / 2 + np.log(self.n)
        steps = self.h * self.square / 2 + self.h * self.spread / 8
        return float(distance / (self.h * self.t) + steps / self.t)
