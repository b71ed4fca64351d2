"""Iterations on 5,000 CIFAR images: the row form against two-pass loops.

Ours runs the first 20,000 iterations in five windows; the peers, whose cost does not
depend on the iteration, a burst beside each window. The images are the binary version
of CIFAR-10, in the folder that the environment variable GDEXP_CIFAR10 names.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Figure
from benchmarks.torch_env import Torch
from gdexp.core.datasets import Dataset
from gdexp.core.forms import form_of
from gdexp.core.forms.rows import Rows
from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear
from gdexp.core.problem import Problem

FOLDER = Path(os.environ.get("GDEXP_CIFAR10", "cifar-10-batches-bin"))
WINDOWS, WINDOW, BURST = 5, 4_000, 100
SETTINGS = [
    ("linear", 0.001),
    ("linear", 0.1),
    ("linear", 10.0),
    ("conv", 2.0**-8),
]


def images() -> Dataset | None:
    """Return 2,500 airplanes (-1) and 2,500 automobiles (+1) as bytes."""
    files = sorted(FOLDER.glob("data_batch_*.bin"))
    if not files:
        print(f"no CIFAR-10 images at {FOLDER}: set GDEXP_CIFAR10; images left out")
        return None
    raw = np.concatenate([np.fromfile(f, np.uint8).reshape(-1, 3073) for f in files])
    rng = np.random.default_rng(0)
    chosen = [
        raw[rng.choice(np.flatnonzero(raw[:, 0] == label), 2500, replace=False), 1:]
        for label in (0, 1)
    ]
    return Dataset(np.concatenate(chosen), np.repeat([-1.0, 1.0], 2500), 1 / 255)


def numpy_loop(z: np.ndarray, w: np.ndarray, model: str, step: float) -> float:
    """Return seconds per iteration of the two passes z v and z^T weights."""
    n, step = len(z), z.dtype.type(step)
    w = w.astype(z.dtype)
    c, v = w[:2], w[2:]
    start = time.perf_counter()
    for _ in range(BURST):
        if model == "linear":
            w = w + step / n * (Logistic().weight(z @ w) @ z)
        else:
            margins = z @ (c[0] * v + c[1] * np.roll(v, -1))
            pull = step / n * (Logistic().weight(margins) @ z)
            shifted = np.roll(pull, 1)
            change = np.array([pull @ v, shifted @ v])
            c, v = c + change, v + c[0] * pull + c[1] * shifted
    return (time.perf_counter() - start) / BURST


def figures() -> Iterator[Figure]:
    """Yield the figures of this suite."""
    data = images()
    if data is None:
        return
    torch = Torch()
    z = {name: data.z.astype(name) for name in ("float64", "float32")}
    starts = {
        "linear": np.zeros(3072),
        "conv": 0.01 * np.random.default_rng(0).standard_normal(3074),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npz"
        np.savez(path, z=z["float32"], **{f"w_{k}": w for k, w in starts.items()})
        for model, step in SETTINGS:
            start = starts[model]
            kind = Linear() if model == "linear" else Conv(2)
            words = {"path": path, "dtype": "float32", "model": model, "step": step}
            words |= {"algorithm": "gd", "iterations": BURST}
            for precision in ("float64", "float32"):
                run = Problem(
                    data, kind, GradientDescent(step), Logistic(), start, precision
                )
                assert form_of(run) is Rows
                Rows.of(run).advance(2, np.array([0, 2]))
                state, ours, torch_times = Rows.of(run), [], []
                numpy_times: dict[str, list[float]] = {"float64": [], "float32": []}
                for window in range(1, WINDOWS + 1):
                    begin = time.perf_counter()
                    end = window * WINDOW
                    status, _ = state.advance(end, np.array([0, end]))
                    assert status == "capped", f"{status} before the benchmark ended"
                    ours.append((time.perf_counter() - begin) / WINDOW * 1e3)
                    for name, times in numpy_times.items():
                        times.append(numpy_loop(z[name], start, model, step) * 1e3)
                    if torch.process:
                        torch_times.append(torch.seconds(**words) * 1e3)
                goal = 3 if step == 10 else 1
                peers = {
                    "float64": [("NumPy float64", numpy_times["float64"], goal)],
                    "float32": [
                        ("NumPy float32", numpy_times["float32"], 1),
                        ("PyTorch float32", torch_times, 2),
                    ],
                }
                for peer, times, target in peers[precision]:
                    if times:
                        title = f"iteration, 5000 images, {model} step {step:g}"
                        yield Figure(
                            f"{title}, {precision}", peer, ours, times, "ms", target
                        )
