"""Identities, step counts and bounds: numbers that a formula gives in advance."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.losses.logistic import Logistic
from gdexp.core.losses.perceptron import Perceptron
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.methods.normalized_gd import NormalizedGradientDescent
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear
from gdexp.core.seeds import streams
from gdexp.core.spec import Spec
from gdexp.studies.base import Study

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[str | float, ...]


@dataclass(frozen=True)
class Checks(Study):
    """Settings: dims of c1, seeds, the standard deviations of the noise per step."""

    name = "checks"
    title: ClassVar[str] = "Identities, step counts and bounds"
    source: ClassVar[str] = (
        "derived; step counts of arXiv 2412.08424, Table 1 (n inferred from it)"
    )
    columns: ClassVar[Mapping[str, str]] = {
        **{"check": "str", "case": "str", "measured": "float64"},
        **{"expected": "float64", "ci_low": "float64", "ci_high": "float64"},
    }
    uses = (
        Linear,
        Conv,
        GradientDescent,
        NormalizedGradientDescent,
        Logistic,
        Perceptron,
    )
    datasets = ("c1", "c2", "worst_case", "gaussian")

    dims: tuple[int, ...] = (16, 64, 256, 1024, 4096, 16384)
    seeds: int = 20
    noises: tuple[float, ...] = (1e-12, 1e-8, 1e-4, 1e-2)
    noise_starts: int = 10_000
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per check and case.

        Columns: check, case, measured, expected, ci_low, ci_high.

        For the checks gradient, quadratic_form and spectrum `measured` is an error
        relative to the largest entry and `expected` 0; for the bounds `expected` is
        the bound; for noise both are mean iterations, without noise as expected, and
        ci_low and ci_high the 95 % interval of the mean difference, start by start.
        """
        import pandas as pd

        rows: list[Row] = [
            *self._identities(),
            *self._counts(),
            *self._bounds(),
            *self._noise(),
        ]
        named = [dict(zip(self.columns, row, strict=False)) for row in rows]
        return pd.DataFrame(named, columns=list(self.columns))

    def _identities(self) -> Iterator[Row]:
        rng = np.random.default_rng(self.root_seed)
        for k in (1, 2, 3):
            d, n = 20, 7
            model, z, y = Conv(k), rng.standard_normal((n, d)), np.ones(n)
            w = rng.standard_normal(k + d)
            weights = 1 / (1 + np.exp(model.f(z, w))) / n
            gradient = complex_step(partial(_loss, model, z), w)
            error = np.abs(model.vjp(z, y, w, weights) + gradient).max()
            yield "gradient", f"k={k}", float(error / np.abs(gradient).max()), 0.0
            forms = np.array([w @ model.quadratic_form(b) @ w / 2 for b in z])
            margins = model.f(z, w)
            error = np.abs(forms - margins).max() / np.abs(margins).max()
            yield "quadratic_form", f"k={k}", float(error), 0.0
        for d in (8, 64, 256):
            for case, b in (
                ("gaussian", rng.standard_normal(d)),
                ("c1", np.ones(d) + np.eye(d)[0]),
            ):
                form = Conv(2).quadratic_form(b)
                found = np.linalg.eigvalsh(form)  # in ascending order
                square, overlap = b @ b, b @ np.roll(b, 1)
                pair = np.sqrt([square + overlap, square - overlap])
                known = np.sort(np.concatenate([pair, -pair, np.zeros(d - 2)]))
                error = np.abs(found - known).max() / known[-1]
                yield "spectrum", f"{case} d={d}", float(error), 0.0

    def _counts(self) -> Iterator[Row]:
        for step in (1e2, 1e4):
            for d in self.dims:
                outcome = _linear("c1", "gd", step).run(d, 0)
                case = f"step={step:g} d={d}"
                yield "c1_zero_start", case, outcome.iterations, d / 4 + 2
        for algorithm, step, known in (
            ("normalized_gd", 100, 2),
            ("normalized_gd", 10, 2),
            ("normalized_gd", 1, 16),
            ("normalized_gd", 0.1, 157),
            ("gd", 100, 308),
        ):
            outcome = _linear("worst_case", algorithm, step, samples=1000).run(2, 0)
            yield "worst_case", f"{algorithm} {step:g}", outcome.iterations, known

    def _bounds(self) -> Iterator[Row]:
        cases: list[tuple[str, int | None, int, int]]
        cases = [("c1", None, d, 0) for d in self.dims]
        cases += [("c2", None, d, 0) for d in self.dims]
        cases += [("worst_case", 1000, 2, 0)]
        cases += [("gaussian", 20, 60, seed) for seed in range(self.seeds)]
        for dataset, n, d, seed in cases:
            spec = _linear(dataset, "gd", 1, samples=n)
            spec = spec.but(root_seed=self.root_seed)
            z = spec.problem(d, seed).z
            ratio = float((z**2).sum(axis=1).max() / squared_margin(z))
            case = f"{dataset} d={d} seed={seed}"
            for check, algorithm, bound in (
                ("bound_batch", "perceptron", len(z) * ratio),
                ("bound_normalized", "normalized_perceptron", ratio),
                (
                    "bound_normalized_gd",
                    "normalized_gd",
                    ratio + 2 * np.log(2 * len(z) - 1) / squared_margin(z),
                ),
            ):
                outcome = spec.but(algorithm=algorithm).run(d, seed)
                yield check, case, outcome.iterations, bound

    def _noise(self) -> Iterator[Row]:
        from gdexp.stats.seeds import Z
        from gdexp.stats.statistics.mean import Mean

        d, kappa = 256, 0.5
        still = self._times(d, kappa, 0.0)
        for sigma in self.noises:
            noisy = self._times(d, kappa, sigma)
            gap = noisy - still
            half = np.nan
            if len(gap) >= Mean.least:
                half = Z * float(gap.std(ddof=1)) / np.sqrt(len(gap))
            means = float(noisy.mean()), float(still.mean())
            yield "noise", f"{sigma:g}", *means, gap.mean() - half, gap.mean() + half

    def _times(self, dim: int, kappa: float, sigma: float) -> np.ndarray:
        """Return T of the quadratic perceptron on c1, Gaussian noise in each step.

        All starts at once; the same ones whatever the noise.
        """
        z = _linear("c1", "perceptron", 1).problem(dim, 0).z
        shifted = np.stack([z, np.roll(z, 1, axis=1)])  # (k, n, d)
        starts, noise, _ = streams(self.root_seed, dim, 0)
        c = starts.standard_normal((self.noise_starts, 2))
        v = starts.standard_normal((self.noise_starts, dim))
        times = np.zeros(self.noise_starts, int)
        going, step = np.arange(self.noise_starts), kappa / np.sqrt(dim) / len(z)
        while len(going):
            products = np.einsum("knd,sd->skn", shifted, v, optimize=True)
            wrong = (np.einsum("sk,skn->sn", c, products) <= 0).astype(float)
            stays = wrong.any(axis=1)
            c, v, wrong = c[stays], v[stays], wrong[stays]
            going, products = going[stays], products[stays]
            times[going] += 1
            up = np.einsum("sn,skn->sk", wrong, products)
            right = np.einsum("sn,sk,knd->sd", wrong, c, shifted, optimize=True)
            c = c + step * up + sigma * noise.standard_normal(c.shape)
            v = v + step * right + sigma * noise.standard_normal(v.shape)
        return times


def _linear(
    dataset: str, algorithm: str, step: float, samples: int | None = None
) -> Spec:
    return Spec(
        dataset=dataset,
        samples=samples,
        model="linear",
        algorithm=algorithm,
        step=step,
        start="zero",
        max_iterations=10**7,
    )


def _loss(model: Conv, z: np.ndarray, w: np.ndarray) -> complex:
    return complex(np.log1p(np.exp(-model.f(z, w))).mean())


def complex_step(f: Callable[[np.ndarray], complex], w: np.ndarray) -> np.ndarray:
    """Return the gradient of an analytic function to all digits, without calculus.

    The derivative is Im f(w + i h e_j) / h, which has no difference to cancel.
    """
    h = 1e-30
    return np.array([f(w + 1j * h * e).imag / h for e in np.eye(len(w))])


def squared_margin(z: np.ndarray, steps: int = 20_000) -> float:
    """Return mu^2, or a little more: the least |sum_i p_i z_i|^2 over the simplex.

    Frank-Wolfe with exact line search. Each p gives an upper bound on the margin, so
    a bound on iterations made with it is never too generous.
    """
    gram = z @ z.T
    p = np.full(len(z), 1 / len(z))
    for _ in range(steps):
        slope = gram @ p
        i = int(slope.argmin())
        square, down = p @ slope, slope[i]
        width = square - 2 * down + gram[i, i]
        if square - down <= 1e-9 * square or width <= 0:
            break
        share = min((square - down) / width, 1.0)
        p *= 1 - share
        p[i] += share
    return float(p @ gram @ p)
