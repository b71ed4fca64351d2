"""`gdexp status` on 10,000 records: the command as a user calls it, start included."""

import dataclasses
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.cells import configuration
from benchmarks.measure import Figure, pair
from gdexp.grid.grid import Grid, load
from gdexp.records.record import Record, write_records

SEEDS = 250  # 40 cells each


def fill(grid: Grid) -> int:
    """Write a record and a log for every cell, of one run per model; count them."""
    made: dict[str, Record] = {}
    count = 0
    for job in grid.jobs():
        for cell in grid.cells(job):
            if cell.name not in made:
                made[cell.name] = Record.of(cell, cell.spec.run(2**10, 0))
            own = {"key": cell.key, "cell": cell.parameters()}
            record = dataclasses.replace(made[cell.name], **own)
            write_records(Path(grid.results, "cells", job.path), [record])
            log = Path(grid.results, "logs", "cells", job.path).with_suffix(".log")
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(f"{cell.key}: done\n")
            count += 1
    return count


def figures(seeds: int = SEEDS) -> Iterator[Figure]:
    """Yield the figures of this suite."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = configuration(folder, seeds)
        config.write_text(f"results: {folder}/results\n" + _without(config, "results"))
        count = fill(load(config))

        def status() -> float:
            command = [sys.executable, "-m", "gdexp", "status"]
            start = time.perf_counter()
            said = subprocess.check_output(command, cwd=folder, text=True)
            elapsed = time.perf_counter() - start
            assert said.split()[:2] == ["done", f"{count:,}"], said
            return elapsed

        title = f"gdexp status on {count:,} records"
        yield pair(title, "limit of 0.6 s", status, 0.6, unit="s", target=1)


def _without(path: Path, key: str) -> str:
    lines = path.read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(f"{key}:"))
