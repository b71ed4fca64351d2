"""Wall time per tracked cell against other tools on the same toy cells.

Ours computes its cells, fits and draws as well; the peers only log what gdexp logs.
Their environment is optional: `make .venv-bench/installed`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.cells import warm
from benchmarks.measure import REPETITIONS, Figure
from benchmarks.torch_env import PYTHON

PEERS = Path(__file__).parent / "peers"
sys.path.insert(0, str(PEERS))
from toycell import DIMS, MODELS, finished  # noqa: E402  # the peers' own module

CELLS_PER_SEED = len(DIMS) * len(MODELS)


def joblib_loop(folder: str, seeds: int) -> list[list[str]]:
    """Return the commands of the plain joblib loop."""
    return [["joblib_loop.py", folder, str(seeds)]]


def hydra_multirun(folder: str, seeds: int) -> list[list[str]]:
    """Return the commands of the hydra multirun."""
    return [
        ["-c", f"from toycell import create_store; create_store({folder!r})"],
        [
            "hydra_app.py",
            "--multirun",
            "hydra/launcher=joblib",
            "hydra.launcher.n_jobs=2",
            f"hydra.sweep.dir={folder}/multirun",
            f"folder={folder}",
            f"model={','.join(MODELS)}",
            f"dim={','.join(map(str, DIMS))}",
            f"seed=range({seeds})",
        ],
    ]


def benchopt_run(folder: str, seeds: int) -> list[list[str]]:
    """Return the commands of benchopt."""
    return [
        ["-c", f"from toycell import create_store; create_store({folder!r})"],
        [
            "-m",
            "benchopt",
            "run",
            "benchopt_toy",
            "--n-jobs=2",
            "--no-plot",
            "--no-html",
            "--no-cache",
        ],
    ]


def plain_snakemake(folder: str, seeds: int) -> list[list[str]]:
    """Return the commands of plain Snakemake, with its default settings."""
    options = ["--cores", "2", "--directory", folder, "--config", f"seeds={seeds}"]
    return [["-m", "snakemake", "--snakefile", str(PEERS / "Snakefile"), *options]]


def peer(commands: list[list[str]], folder: str, seeds: int) -> float:
    """Run commands in the peers' environment; return milliseconds per cell."""
    environment = os.environ | {
        "PYTHONPATH": str(PEERS),
        "TOY_FOLDER": folder,
        "TOY_SEEDS": str(seeds),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    start = time.perf_counter()
    for command in commands:
        done = subprocess.run(
            [PYTHON, *command],
            cwd=PEERS,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    elapsed = time.perf_counter() - start
    cells = CELLS_PER_SEED * seeds
    assert finished(folder) == cells, f"{finished(folder)} of {cells} runs"
    return elapsed / cells * 1e3


def figures() -> Iterator[Figure]:
    """Yield the figures of this suite."""
    if not PYTHON.exists():
        print("the peers are not installed: `make .venv-bench/installed` adds them")
        return
    peers = {
        "joblib loop with MLflow": (joblib_loop, 10),
        "hydra multirun, joblib launcher, MLflow": (hydra_multirun, 10),
        "benchopt, MLflow in the solver": (benchopt_run, 10),
        "plain Snakemake, one MLflow script per job, 40 cells": (plain_snakemake, 1),
    }
    ours, theirs = [], {name: [] for name in peers}
    for _ in range(3):
        ours.append(warm(10)[0] / 400 * 1e3)
        for name, (commands, seeds) in peers.items():
            with tempfile.TemporaryDirectory() as folder:
                theirs[name].append(peer(commands(folder, seeds), folder, seeds))
    for name, times in theirs.items():
        title = "pipeline of 400 tracked cells, wall per cell"
        yield Figure(title, name, ours, times, "ms", target=None)
    # a grid so small that the start decides, and one where it does not count
    for seeds, target in ((1, 1), (50, 2.5)):
        grid, loop = [], []
        cells = CELLS_PER_SEED * seeds
        for _ in range(REPETITIONS if seeds < 50 else 3):
            grid.append(warm(seeds)[0])
            with tempfile.TemporaryDirectory() as folder:
                each = peer(joblib_loop(folder, seeds), folder, seeds)
                loop.append(each * cells / 1e3)
        title = f"pipeline of {cells:,} tracked cells, wall"
        yield Figure(title, "joblib loop with MLflow", grid, loop, "s", target)
