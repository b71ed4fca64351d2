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


def configuration(folder: Path, seeds: int, all_dims: bool = False) -> Path:
    """Write the two-sample grid with ten dims, 40 cells per seed, or with all 17."""
    config = read(ROOT / "config.yaml")
    grid = config["experiments"]["two-sample"] | {"seeds": seeds}
    if not all_dims:
        grid |= {"dims": DIMS}
    config |= {"experiments": {"two-sample": grid}, "studies": {}}
    config.pop("tables", None)  # unknown to a version before
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def snakemake(folder: Path, *arguments: str, python: str = sys.executable) -> float:
    """Return the seconds that Snakemake takes."""
    command = [python, "-m", "snakemake", "--cores", "2"]
    command += ["--directory", str(folder), "--configfile", str(folder / "config.yaml")]
    # whose packages have no byte code, as pip may leave them, would be compiled anew
    environment = os.environ.copy()
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, env=environment
    )
    elapsed = time.perf_counter() - start
    assert done.returncode == 0, done.stderr
    return elapsed


def warm(
    seeds: int, python: str = sys.executable, all_dims: bool = False
) -> tuple[float, float]:
    """Return the seconds of a first run and of a second with nothing to do.

    Of this version or of the one whose Python is given.
    """
    root = ROOT if python == sys.executable else Path(python).parents[2]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configuration(folder, seeds, all_dims)
        options = ["--snakefile", str(root / "Snakefile")]
        options += ["--workflow-profile", str(root / "profiles" / "default")]
        return (
            snakemake(folder, *options, python=python),
            snakemake(folder, *options, python=python),
        )


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
    peer = "a Python process with mlflow per job, 40 cells"
    yield Figure(name, peer, ours, theirs, "ms", target=25)
    before = os.environ.get("GDEXP_BEFORE")
    if before is None:
        return
    # seeds, all dims?, what the version before is to take in times of ours
    for seeds, all_dims, first, second in (
        (1, False, 1 / 0.6, None),
        (10, False, 2, None),
        (125, False, 1 / 0.45, None),
        (100, True, None, 1 / 0.7),
    ):
        cells = seeds * 4 * (17 if all_dims else len(DIMS))
        pairs = [
            (warm(seeds, all_dims=all_dims), warm(seeds, before, all_dims))
            for _ in range(5 if cells < 1000 else 3)
        ]
        for k, title, target in (
            (0, f"{cells:,} tracked cells, from start to end", first),
            (1, f"{cells:,} cells, second run with nothing to do", second),
        ):
            ours, theirs = zip(*((a[k], b[k]) for a, b in pairs), strict=True)
            yield Figure(title, "gdexp 0.1.0", ours, theirs, "s", target)
