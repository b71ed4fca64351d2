"""The loops beside those of another version of gdexp, in turn on this machine.

``GDEXP_BEFORE=/path/to/.venv/bin/python python -m benchmarks before`` names the Python
of a checkout of that version; without it this suite measures nothing.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.images import FOLDER
from benchmarks.measure import Figure, pair

# runs in both versions: only where things are imported from differs
SCRIPT = """
import itertools, json, sys, time
import numpy as np
try:
    from gdexp.core.spec import Spec
    from gdexp.core.forms import form_of
except ImportError:
    from gdexp.cells import Spec
    from gdexp.descent import form_of
model, algorithm, d, iterations, more = json.loads(sys.argv[1])
kernel = {"kernel": 2} if model == "conv" else {}
spec = Spec(**{"dataset": "c1", "model": model, "algorithm": algorithm,
               "start": "gaussian", "max_iterations": 1, **kernel, **more})
problems = (spec.problem(d, seed) for seed in itertools.count())
signed = lambda p: getattr(p.model, "f", p.model.margins)(p.z, p.start)
run = next(p for p in problems if (signed(p) <= 0).any())
best = float("inf")
for burst in range(20 if iterations > 1000 else 5):
    state = form_of(run).of(run)
    start = time.perf_counter()
    status, rows = state.advance(iterations, np.array([0, iterations]))
    best = min(best, (time.perf_counter() - start) / rows[-1, 0])
print(best)
"""
STEP = {"linear": "1e-4/d**2", "conv": "1e-7/sqrt(d)"}


def seconds(python: str, *words: object) -> float:
    """Return seconds per iteration, the least of 20 bursts in a process of its own."""
    command = [python, "-c", SCRIPT, json.dumps(words)]
    alone = os.environ | {"NUMBA_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=alone
    )
    return float(done.stdout)


def figures() -> Iterator[Figure]:
    """Yield the figures of this suite."""
    before = os.environ.get("GDEXP_BEFORE")
    if before is None:
        return
    cases = [
        (
            f"iteration, two samples, {model} {algorithm}, least of 20",
            (model, algorithm, 2**14, 200_000, {"step": STEP[model]}),
        )
        for model in STEP
        for algorithm in ("gd", "perceptron")
    ]
    cases += [
        (
            f"iteration, 100 Gaussian samples, linear {algorithm}, least of 20",
            (
                "linear",
                algorithm,
                60,
                20_000,
                {"dataset": "gaussian", "samples": 100, "step": 1e-9},
            ),
        )
        for algorithm in ("gd", "perceptron")
    ]
    cases += [
        (
            f"iteration, 5000 images, {model}, float32, one core, least of 5",
            (
                model,
                "gd",
                3072,
                200,
                {
                    "dataset": "cifar10",
                    "samples": 5000,
                    "precision": "float32",
                    "data": str(FOLDER.parent.resolve()),
                    **{"step": 0.01, "start": start},
                },
            ),
        )
        for model, start in (("linear", "zero"), ("conv", "gaussian:0.01"))
        if FOLDER.exists()
    ]
    for name, words in cases:
        yield pair(
            name,
            "gdexp 0.1.0",
            lambda words=words: 1e9 * seconds(sys.executable, *words),
            lambda words=words: 1e9 * seconds(before, *words),
            unit="ns",
            target=1 / 1.15,
        )
