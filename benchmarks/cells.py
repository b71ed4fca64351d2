"""Wall time per tracked cell of the whole workflow, start-up and all rules included."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from benchmarks.measure import Figure
from gdexp.grid.config import read

ROOT = Path(__file__).parents[1]
DIMS = [2**i for i in range(4, 14)]


def configuration(folder: Path, seeds: int) -> Path:
    """Write the paper grid with ten dims: 40 cells per seed."""
    config = read(ROOT / "config.yaml")
    grid = config["experiments"]["two-sample"] | {"dims": DIMS, "seeds": seeds}
    config |= {"experiments": {"two-sample": grid}, "studies": {}}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def snakemake(folder: Path, *arguments: str) -> float:
    """Return the seconds that Snakemake takes."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    command += ["--directory", str(folder), "--configfile", str(folder / "config.yaml")]
    start = time.perf_counter()
    done = subprocess.run([*command, *arguments], capture_output=True, text=True)
    elapsed = time.perf_counter() - start
    assert done.returncode == 0, done.stderr
    return elapsed


def warm(seeds: int) -> tuple[float, float]:
    """Return the seconds of a first run and of a second with nothing to do."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configuration(folder, seeds)
        options = ["--snakefile", str(ROOT / "Snakefile")]
        options += ["--workflow-profile", str(ROOT / "profiles" / "default")]
        return snakemake(folder, *options), snakemake(folder, *options)


def cold(seeds: int) -> float:
    """Return the seconds of the same cells, a Python process with mlflow for each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configuration(folder, seeds)
        # the store is made before, in a process of its own: not part of the time
        made = f"create_store({str(folder / 'results')!r}, ['two-sample'])"
        code = f"from gdexp.tracking import create_store; {made}"
        subprocess.run([sys.executable, "-c", code], check=True)
        os.environ["GDEXP_PYTHON"] = sys.executable
        snakefile = str(Path(__file__).parent / "cold.smk")
        options = ["--snakefile", snakefile, "--scheduler", "greedy"]
        return snakemake(folder, *options, "--workflow-profile", "none")


def figures() -> Iterator[Figure]:
    """Yield the figures of this suite."""
    runs = [(warm(10)[0] / 400 * 1e3, cold(1) / 40 * 1e3) for _ in range(5)]
    ours, theirs = zip(*runs, strict=True)
    name = "tracked cell, wall, 400 cells"
    yield Figure(name, "limit of 40 ms", ours, [40.0] * 5, "ms", target=1)
    peer = "a Python process with mlflow per job, 40 cells"
    yield Figure(name, peer, ours, theirs, "ms", target=25)
    runs = [warm(125) for _ in range(5)]
    first, second = zip(*runs, strict=True)
    yield Figure(
        "5,000 tracked cells", "limit of 180 s", first, [180.0] * 5, "s", target=1
    )
    yield Figure(
        "second run with nothing to do, 5,000 cells",
        "limit of 8 s",
        second,
        [8.0] * 5,
        "s",
        target=1,
    )
