"""Microseconds per run and iteration of a two-layer network, beside a NumPy loop."""

import itertools
import time
from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Figure, pair
from gdexp.core.forms.autodiff import Batch, lanes
from gdexp.core.problem import Problem
from gdexp.core.spec import Spec

# seeds, width, n, d, iterations; ours may take so much of NumPy's time
SIZES = [(200, 16, 2, 16, 2000, 1 / 10), (4, 64, 20, 256, 2000, 1)]


def problems(seeds: int, width: int, n: int, d: int) -> list[Problem]:
    """Return runs that do not end: the loop alone is measured."""
    spec = Spec(
        dataset="gaussian",
        samples=n,
        model="two_layer",
        width=width,
        algorithm="gd",
        step=1e-9,
        max_iterations=1,
    )
    drawn = (spec.problem(d, seed) for seed in itertools.count())
    # starts that are no separators already
    runs = (p for p in drawn if (margins(p) <= 0).any())
    return list(itertools.islice(runs, seeds))


def margins(run: Problem) -> np.ndarray:
    """Return the margins at the start."""
    return run.model.margins(run.data.b, run.data.labels, run.start)


def jax(runs: list[Problem], iterations: int) -> float:
    """Return seconds per run and iteration, together or one at a time, by size."""
    together = lanes(len(runs[0].z) * len(runs[0].start), len(runs))
    begin = time.perf_counter()
    for first in range(0, len(runs), together):
        batch = Batch(runs[first : first + together])
        batch.advance(iterations, [np.array([0, iterations])] * len(batch.states))
        assert (np.asarray(batch.arrays["t"]) == iterations).all(), "a run ended"
    return (time.perf_counter() - begin) / iterations / len(runs)


def numpy(run: Problem, iterations: int) -> float:
    """Return seconds per iteration of a plain NumPy loop."""
    b, y, m = run.data.b, run.data.labels, run.model.width  # type: ignore[attr-defined]
    w, a = run.start[:-m].reshape(m, -1), run.start[-m:]
    factor = run.step / len(y)
    begin = time.perf_counter()
    for _ in range(iterations):
        h = b @ w.T
        hidden = np.maximum(h, 0.0)
        margins = y * (hidden @ a)
        if (margins > 0).all():
            raise AssertionError("the run ended before the benchmark")
        s = factor * y * run.loss.weight(margins)
        w, a = w + ((s[:, None] * a) * (h > 0)).T @ b, a + s @ hidden
    return (time.perf_counter() - begin) / iterations


def figures() -> Iterator[Figure]:
    """Yield the figures of this suite."""
    with threadpool_limits(1):
        for seeds, width, n, d, iterations, share in SIZES:
            runs = problems(seeds, width, n, d)
            jax(runs, iterations)  # compiles
            yield pair(
                f"run and iteration, two-layer relu network, width {width}, n = {n},"
                f" d = {d}, {seeds} seeds",
                "NumPy loop, float64",
                lambda r=runs, i=iterations: 1e6 * jax(r, i),
                lambda r=runs, i=iterations: 1e6 * numpy(r[0], i),
                unit="us",
                target=1 / share,
            )
