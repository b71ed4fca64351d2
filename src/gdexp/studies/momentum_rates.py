"""How fast momentum is in the lazy regime, against the kernel at the start.

The square loss of a model that is linear in its parameters is a quadratic. With the
residuals r = 1 - m, the gradients J (n, p) of the margins, and x a step times an
eigenvalue of J J' / n, each mode of r obeys, from r_(-1) = r_0,

    gradient descent   r_(t+1) = (1 - x) r_t
    heavy ball         r_(t+1) = (1 + beta - x) r_t - beta r_(t-1)
    Nesterov           r_(t+1) = (1 - x) (r_t + t/(t+3) (r_t - r_(t-1))).

The first two are linear: r falls by the spectral radius of the companion matrix, which
for the heavy ball is sqrt(beta) wherever (1 + beta - x)^2 < 4 beta. For the third the
determinants of the companion matrices, (1 - x) t/(t+3), multiply to (1 - x)^t of about
6 t^-3, so that r falls as (1 - x)^(t/2) t^(-3/2). While t x << 1 << t sqrt(x), which
is for ever as the step tends to 0, the loss falls as t^-3; in the end it is linear, at
half the rate of gradient descent.

A two-layer network of scale 1 / sqrt(width) does the same with J at its start, up to
what its kernel moves, which tends to 0 with the width.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from gdexp.core.losses.square import Square
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.methods.heavy_ball import HeavyBall
from gdexp.core.methods.nag import Nesterov
from gdexp.core.models.two_layer import TwoLayer
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
FALLEN = (1e-24, 1e-10)  # the loss over that at the start, where a rate is fitted


@dataclass(frozen=True)
class MomentumRates(Study):
    """Settings: widths, Gaussian samples and dim, seeds, momenta, steps, iterations.

    The small step and its iterations are those of Nesterov's power law, at the smallest
    width.
    """

    name = "momentum_rates"
    title: ClassVar[str] = "Loss of momentum in the lazy regime against its kernel"
    source: ClassVar[str] = "arXiv 2010.13165 (abstract); rates derived; data ours"
    columns: ClassVar[Mapping[str, str]] = {
        **{"case": "str", "width": "int64", "seed": "int64", "iteration": "int64"},
        **{"loss": "float64", "law": "float64"},
        **{"rate": "float64", "rate_law": "float64", "radius": "float64"},
    }
    uses = (TwoLayer, GradientDescent, HeavyBall, Nesterov, Square)
    datasets = ("gaussian",)

    widths: tuple[int, ...] = (256, 1024, 4096)
    samples: int = 10
    dim: int = 20
    seeds: int = 10
    momenta: tuple[float, ...] = (0.5, 0.9)
    step: float = 0.1
    iterations: int = 1000
    small_step: float = 1e-5
    small_iterations: int = 20_000
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per case, width, seed and recorded iteration.

        Columns: case (the method; ``nag small`` at the small step), width, seed,
        iteration, loss, law (the loss of the quadratic with the kernel at the start),
        and of each run rate (half the fall of log loss per iteration, where the loss is
        between 1e-24 and 1e-10 of what it was), rate_law (that of the law, fitted
        alike) and radius (minus the logarithm of what the slowest mode is multiplied by
        in the end). Of the small step, rate and rate_law are the powers of t with
        which the loss falls, fitted where 3 < t sqrt(x) of the slowest mode and
        t x < 0.3 of the fastest, and radius is 3.
        """
        import pandas as pd

        cases: list[tuple[str, str, dict[str, float]]] = [
            ("gd", "gd", {}),
            ("nag", "nag", {}),
            *(
                (f"heavy ball {beta:g}", "heavy_ball", {"momentum": beta})
                for beta in self.momenta
            ),
        ]
        frames = [
            frame
            for width in self.widths
            for case, method, own in cases
            for frame in self._runs(case, width, method, own)
        ]
        small = {"step": self.small_step, "max_iterations": self.small_iterations}
        frames += self._runs("nag small", min(self.widths), "nag", small)
        return pd.concat(frames, ignore_index=True)

    def _runs(
        self, case: str, width: int, method: str, own: Mapping[str, float]
    ) -> Iterator["pd.DataFrame"]:
        import pandas as pd

        settings = {"step": self.step, "max_iterations": self.iterations, **own}
        spec = Spec(
            dataset="gaussian",
            samples=self.samples,
            model="two_layer",
            width=width,
            scale="1/sqrt(width)",
            loss="square",
            algorithm=method,
            stop="cap",
            root_seed=self.root_seed,
            **settings,
        )
        step, beta = settings["step"], settings.get("momentum", 0.0)
        ends = dict(spec.runs(self.dim, dict.fromkeys(range(self.seeds))))
        for seed, outcome in sorted(ends.items()):
            t, loss = outcome.trajectory.iteration, outcome.trajectory.loss
            values, modes = kernel(spec, self.dim, seed)
            law = losses(method, step * values, modes, beta, int(t[-1]))[t]
            if case == "nag small":
                span = (3 / np.sqrt(step * values[0]), 0.3 / (step * values[-1]))
                fits = [power(t, each, span) for each in (loss, law)]
                limit = 3.0
            else:
                fits = [rate(t, each, method == "nag") for each in (loss, law)]
                limit = float(min(-np.log(radii(method, step * values, beta))))
            yield pd.DataFrame(
                {
                    **{"case": case, "width": width, "seed": seed, "iteration": t},
                    **{"loss": loss, "law": law},
                    **{"rate": fits[0], "rate_law": fits[1], "radius": limit},
                }
            )


def kernel(spec: Spec, dim: int, seed: int) -> tuple[Array, Array]:
    """Return the eigenvalues of J J' / n at the start, and the residuals' modes."""
    problem = spec.problem(dim, seed)
    b, y, w = problem.data.b, problem.data.labels, problem.start
    n = len(y)
    rows = [problem.model.vjp(b, y, w, one) for one in np.eye(n)]
    values, vectors = np.linalg.eigh(np.stack(rows) @ np.stack(rows).T / n)
    return values, vectors.T @ (1.0 - problem.model.margins(b, y, w))


def losses(method: str, x: Array, modes: Array, beta: float, last: int) -> Array:
    """Return the loss of the quadratic at each iteration, shape (last + 1,).

    >>> one = np.ones(1)
    >>> losses("gd", 0.5 * one, one, 0.0, 2).tolist()
    [0.5, 0.125, 0.03125]
    """
    before = now = modes
    found = [now @ now / 2]
    for t in range(last):
        share = {"gd": 0.0, "nag": t / (t + 3)}.get(method, beta)
        ahead = now + share * (now - before)
        # Nesterov takes the gradient ahead, the heavy ball where it is
        before, now = now, ahead - x * (ahead if method == "nag" else now)
        found.append(now @ now / 2)
    return np.array(found) / len(modes)


def radii(method: str, x: Array, beta: float) -> Array:
    """Return what each mode is multiplied by in the end, for 0 < x < 1.

    >>> radii("heavy_ball", np.array([0.5, 0.01]), 0.25).round(4).tolist()
    [0.5, 0.9866]
    """
    if method == "nag":
        return np.asarray(np.sqrt(1 - x))
    trace = 1 + beta - x
    root = np.emath.sqrt(trace**2 - 4 * beta)
    return np.asarray(np.maximum(np.abs(trace + root), np.abs(trace - root)) / 2)


def rate(t: NDArray[np.int64], loss: Array, nesterov: bool) -> float:
    """Return half the fall of log loss per iteration, of log(t^3 loss) for Nesterov.

    NaN where fewer than 5 iterations were recorded in between.
    """
    low, high = (share * loss[0] for share in FALLEN)
    own = (low < loss) & (loss < high) & (t > 0)
    logs = np.log(loss[own]) + (3 * np.log(t[own]) if nesterov else 0)
    return -float(np.polyfit(t[own], logs, 1)[0]) / 2 if own.sum() >= 5 else np.nan


def power(t: NDArray[np.int64], loss: Array, span: tuple[float, float]) -> float:
    """Return p of loss = a t^(-p) over a span of t, NaN without 5 iterations in it."""
    own = (span[0] < t) & (t < span[1])
    if own.sum() < 5:
        return np.nan
    return -float(np.polyfit(np.log(t[own]), np.log(loss[own]), 1)[0])
