"""Wall time per tracked cell of the whole workflow, start-up and all rules included."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from benchmarks.measure import REPETITIONS, Figure
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
    seeds: int, python: str = sys.executable, all_dims: bool = False, again: int = 0
) -> list[float]:
    """Return the seconds of a first run and of others with nothing to do.

    Of this version or of the one whose Python is given.
    """
    root = ROOT if python == sys.executable else Path(python).parents[2]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configuration(folder, seeds, all_dims)
        options = ["--snakefile", str(root / "Snakefile")]
        options += ["--workflow-profile", str(root / "profiles" / "default")]
        return [snakemake(folder, *options, python=python) for _ in range(1 + again)]


def figures() -> Iterator[Figure]:
    """Yield the figures of this suite: ours beside the version before."""
    before = os.environ.get("GDEXP_BEFORE")
    if before is None:
        print("GDEXP_BEFORE names no Python of a version before: left out")
        return
    # by seeds, 40 cells each: what the version before is to take in times of ours
    for seeds, target in ((1, 1 / 0.6), (10, 2), (125, 1 / 0.45)):
        pairs = [
            (warm(seeds)[0], warm(seeds, before)[0])
            for _ in range(REPETITIONS if seeds < 100 else 3)
        ]
        ours, theirs = zip(*pairs, strict=True)
        title = f"{40 * seeds:,} tracked cells, from start to end"
        yield Figure(title, "gdexp 0.1.0", ours, theirs, "s", target)
    (_, *ours), (_, *theirs) = (
        warm(100, python, all_dims=True, again=3) for python in (sys.executable, before)
    )
    title = "6,800 cells, another run with nothing to do"
    yield Figure(title, "gdexp 0.1.0", ours, theirs, "s", 1 / 0.7)
