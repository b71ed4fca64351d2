"""Nanoseconds per iteration of the reduced loop, one thread."""

import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Figure, pair
from benchmarks.torch_env import Torch
from gdexp.core.forms import form_of
from gdexp.core.problem import Problem
from gdexp.core.spec import Spec

KINDS = list(itertools.product(["linear", "conv"], ["gd", "perceptron"]))
# so small that no run of the benchmark separates
STEP = {"linear": "1e-4/d**2", "conv": "1e-7/sqrt(d)"}


def problem(model: str, algorithm: str, d: int, **more: object) -> Problem:
    """Return a run that does not end: the loop alone is measured."""
    default = {
        "dataset": "c1",
        "model": model,
        "algorithm": algorithm,
        "kernel": 2 if model == "conv" else None,
        "step": STEP[model],
        "start": "gaussian",
        "max_iterations": 1,
    }
    spec = Spec(**default | more)
    seeds = (spec.problem(d, seed) for seed in itertools.count())
    # a start that is no separator already
    return next(p for p in seeds if (p.model.f(p.z, p.start) <= 0).any())


def reduced(run: Problem, iterations: int) -> float:
    """Return seconds per iteration in the compiled reduced form."""
    for count in (10, iterations):
        state = form_of(run).of(run)
        start = time.perf_counter()
        state.advance(count, np.array([0, count]))
        elapsed = time.perf_counter() - start
    assert state.counters[0] == iterations, "the run ended before the benchmark"
    return elapsed / iterations


def numpy_direct(run: Problem, iterations: int) -> float:
    """Return seconds per iteration of a plain NumPy loop over the parameters."""
    z, k = run.z, 2 if run.model.degree == 2 else 0
    c, v, factor = run.start[:k], run.start[k:], run.step / len(run.z)
    start = time.perf_counter()
    for _ in range(iterations):
        shifted = v if k == 0 else c[0] * v + c[1] * np.roll(v, -1)
        margins = z @ shifted
        if (margins > 0).all():
            raise AssertionError("the run ended before the benchmark")
        total = factor * (run.loss.weight(margins) @ z)
        if k == 0:
            v = v + total
        else:
            back = np.roll(total, 1)
            change = np.array([total @ v, back @ v])
            c, v = c + change, v + c[0] * total + c[1] * back
    return (time.perf_counter() - start) / iterations


def numpy_gram(run: Problem, iterations: int, *, stable: bool) -> float:
    """Return seconds per iteration of a NumPy loop on the Gram matrix."""
    gram, margins = run.z @ run.z.T, run.z @ run.start
    factor = run.step if stable else run.step / len(margins)
    start = time.perf_counter()
    for _ in range(iterations):
        if (margins > 0).all():
            raise AssertionError("the run ended before the benchmark")
        if stable:
            weights = run.loss.weight(margins) / len(margins)
        elif run.perceptron:
            weights = margins <= 0
        else:
            weights = 1 / (1 + np.exp(margins))
        margins = margins + factor * (gram @ weights)
    return (time.perf_counter() - start) / iterations


def figures() -> Iterator[Figure]:
    """Yield the figures of this suite."""
    torch = Torch()
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c1.npz"
        starts = {m: problem(m, "gd", 2**14).start for m in ("linear", "conv")}
        z = problem("linear", "gd", 2**14).z
        np.savez(path, z=z, w_linear=starts["linear"], w_conv=starts["conv"])
        for model, algorithm in KINDS:
            name = f"iteration, two samples, {model} {algorithm}"
            run = problem(model, algorithm, 2**14)
            small, large = (problem(model, algorithm, d) for d in (2**4, 2**20))

            def ours(run: Problem = run) -> float:
                return 1e9 * reduced(run, 1_000_000)

            yield pair(name, "limit of 80 ns", ours, 80.0, unit="ns", target=1)
            yield pair(
                f"{name}, d = 2^20",
                "itself at d = 2^4",
                lambda run=large: ours(run),
                lambda run=small: ours(run),
                unit="ns",
                target=1 / 1.3,
            )
            yield pair(
                f"{name}, d = 2^14",
                "direct NumPy loop, float64",
                ours,
                lambda run=run: 1e9 * numpy_direct(run, 300),
                unit="ns",
                target=300,
            )
            if torch.process:
                words = {"path": path, "dtype": "float64", "iterations": 300}
                words |= {"model": model, "algorithm": algorithm, "step": run.step}
                yield pair(
                    f"{name}, d = 2^14",
                    "PyTorch loop, float64",
                    ours,
                    lambda words=words: 1e9 * torch.seconds(**words),
                    unit="ns",
                    target=300,
                )
        for model, algorithm in itertools.product(STEP, ("heavy_ball", "nag")):
            name = f"iteration, two samples, {model} {algorithm}"
            for d in (2**4, 2**20):
                run = problem(model, algorithm, d)
                yield pair(
                    f"{name}, d = 2^{d.bit_length() - 1}",
                    "limit of 150 ns",
                    lambda run=run: 1e9 * reduced(run, 2000),
                    150.0,
                    unit="ns",
                    target=1,
                )
        for algorithm in ("gd", "perceptron"):
            more = {"dataset": "gaussian", "samples": 100, "step": 1e-9}
            run = problem("linear", algorithm, 60, **more)
            for peer, stable in (("stable weights", True), ("bare", False)):
                yield pair(
                    f"iteration, 100 Gaussian samples, linear {algorithm}",
                    f"NumPy Gram loop, {peer}",
                    lambda run=run: 1e6 * reduced(run, 20_000),
                    lambda run=run, s=stable: 1e6 * numpy_gram(run, 5_000, stable=s),
                    unit="us",
                    target=5,
                )
