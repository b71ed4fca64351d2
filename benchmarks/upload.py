"""Upload of finished records into PostgreSQL by `gdexp sync`, start included.

The database is one of its own in a temporary folder, as in tests/servers.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from benchmarks.measure import Figure, pair
from benchmarks.tracking import record
from gdexp.grid.grid import Grid
from gdexp.records.record import Record, write_records

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres import Postgres, postgres_programs  # the tests' own module

RUNS = 2000
MODEL = {"model": "linear", "algorithm": "gd", "step": 1, "start": "zero"}


def records(folder: Path, runs: int) -> None:
    """Write a configuration and its records, of one run: 251 metric values each."""
    entry = {"dataset": "c1", "dims": [4096], "seeds": runs, "max_iterations": 10**6}
    entry["models"] = {"linear-gd": MODEL}
    config = {"tracking": {"mode": "none"}, "experiments": {"bench": entry}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    grid, one = Grid.of(config), record()
    for job in grid.jobs():
        (cell,) = grid.cells(job)
        own = Record(
            cell.key, cell.parameters(), one.outcome, one.trajectory, one.made_by
        )
        write_records(folder / "results" / "cells" / job.path, [own])


def figures(runs: int = RUNS) -> Iterator[Figure]:
    """Yield the figures of this suite."""
    if not postgres_programs():
        print("PostgreSQL is not installed (apt-get install postgresql): left out")
        return
    with tempfile.TemporaryDirectory(prefix="gdexp-postgres-") as place:
        server = Postgres(Path(place))
        try:
            server.start()

            def upload(runs: int = runs) -> float:
                with tempfile.TemporaryDirectory() as name:
                    records(Path(name), runs)
                    start = time.perf_counter()
                    said = subprocess.check_output(
                        [sys.executable, "-m", "gdexp", "sync", "--uri", server.uri],
                        cwd=name,
                        env=os.environ | server.environment,
                        stderr=subprocess.DEVNULL,
                        text=True,
                    )
                    elapsed = time.perf_counter() - start
                    assert f"{runs} added" in said, said
                    return elapsed / runs * 1e3

            upload(4)  # makes the tables, once in the life of a database
            yield pair(
                f"upload of {runs:,} runs into PostgreSQL, wall per run",
                "limit of 20 ms, 50 runs per second",
                upload,
                20.0,
                unit="ms",
                target=1,
            )
        finally:
            server.stop()
