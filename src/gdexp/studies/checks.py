"""Identities, step counts and bounds: numbers that a formula gives in advance."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
import pandas as pd

from gdexp.cells import Spec
from gdexp.models import Conv
from gdexp.studies.base import Study

Row = tuple[str, str, float, float]


@dataclass(frozen=True)
class Checks(Study):
    """Settings: dims of c1, seeds, the standard deviations of the noise per step."""

    title: ClassVar[str] = "Identities, step counts and bounds"
    source: ClassVar[str] = "derived; step counts of arXiv 2412.08424, Table 1"

    dims: tuple[int, ...] = (16, 64, 256, 1024, 4096, 16384)
    seeds: int = 20
    noises: tuple[float, ...] = (1e-12, 1e-8, 1e-4, 1e-2)
    noise_starts: int = 1000

    def table(self) -> pd.DataFrame:
        """Return one row per check and case: check, case, measured, expected.

        For the checks gradient, quadratic_form and spectrum `measured` is an error
        relative to the largest entry and `expected` 0; for the bounds `expected` is
        the bound; for noise both are mean iterations, without noise as expected.
        """
        rows: list[Row] = [
            *self._identities(),
            *self._counts(),
            *self._bounds(),
            *self._noise(),
        ]
        return pd.DataFrame(rows, columns=["check", "case", "measured", "expected"])

    def _identities(self) -> Iterator[Row]:
        rng = np.random.default_rng(0)
        for k in (1, 2, 3):
            d, n = 20, 7
            model, z = Conv(k), rng.standard_normal((n, d))
            w = rng.standard_normal(k + d)
            weights = 1 / (1 + np.exp(model.margins(z, w))) / n
            gradient = complex_step(partial(_loss, model, z), w)
            error = np.abs(model.pullback(z, w, weights) + gradient).max()
            yield "gradient", f"k={k}", float(error / np.abs(gradient).max()), 0.0
            forms = np.array([w @ model.quadratic_form(b) @ w / 2 for b in z])
            margins = model.margins(z, w)
            error = np.abs(forms - margins).max() / np.abs(margins).max()
            yield "quadratic_form", f"k={k}", float(error), 0.0
        for d in (8, 64, 256):
            for case, b in (
                ("gaussian", rng.standard_normal(d)),
                ("c1", np.ones(d) + np.eye(d)[0]),
            ):
                form = Conv(2).quadratic_form(b)
                found = np.sort(np.abs(np.linalg.eigvalsh(form)))[::-1]
                square, overlap = b @ b, b @ np.roll(b, 1)
                pair = np.sqrt([square + abs(overlap), square - abs(overlap)])
                known = np.concatenate([np.repeat(pair, 2), np.zeros(d - 2)])
                error = np.abs(found - known).max() / pair[0]
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
            z = _linear(dataset, "gd", 1, samples=n).problem(d, seed).z
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
                outcome = _linear(dataset, algorithm, 1, samples=n).run(d, seed)
                yield check, case, outcome.iterations, bound

    def _noise(self) -> Iterator[Row]:
        spec = Spec(
            dataset="c1",
            model="conv",
            kernel=2,
            algorithm="perceptron",
            step="0.25/sqrt(d)",
            start="gaussian",
            max_iterations=10**6,
        )
        d = 256
        still = np.mean([spec.run(d, s).iterations for s in range(self.noise_starts)])
        for sigma in self.noises:
            times = [_noisy(spec, d, seed, sigma) for seed in range(self.noise_starts)]
            yield "noise", f"{sigma:g}", float(np.mean(times)), float(still)


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


def _noisy(spec: Spec, dim: int, seed: int, sigma: float) -> int:
    """Return T with Gaussian noise added to the parameters at each step."""
    problem = spec.problem(dim, seed)
    rng = np.random.default_rng([seed, dim])
    w, t = problem.start, 0
    while True:
        margins = problem.model.margins(problem.z, w)
        if (margins > 0).all():
            return t
        weights = problem.algorithm.weights(margins)
        w = w + problem.step * problem.model.pullback(problem.z, w, weights)
        w = w + sigma * rng.standard_normal(len(w))
        t += 1


def _loss(model: Conv, z: np.ndarray, w: np.ndarray) -> complex:
    return complex(np.log1p(np.exp(-model.margins(z, w))).mean())


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
