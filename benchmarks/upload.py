"""Upload of finished records by `gdexp sync`, with two processes, start included.

The database is one of its own in a temporary folder, as in tests/servers.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from benchmarks.measure import Figure, pair
from benchmarks.tracking import record
from gdexp.grid.grid import Grid
from gdexp.records.record import Record, write_records

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres import postgres_programs, postgres_server  # the tests' own module

RUNS = 5000
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


def upload(runs: int, uri: str = "", environment: Mapping[str, str] = {}) -> float:
    """Return the seconds in which a store gets some runs."""
    with tempfile.TemporaryDirectory() as name:
        records(Path(name), runs)
        command = [sys.executable, "-m", "gdexp", "sync", "--cores", "2"]
        start = time.perf_counter()
        said = subprocess.check_output(
            [*command, *(["--uri", uri] if uri else [])],
            cwd=name,
            env=os.environ | dict(environment),
            stderr=subprocess.DEVNULL,
            text=True,
        )
        elapsed = time.perf_counter() - start
        assert f"{runs} added" in said, said
        return elapsed


def figures(runs: int = RUNS) -> Iterator[Figure]:
    """Yield the figures of this suite."""
    yield pair(
        f"a deleted store of {runs:,} runs made again",
        f"limit of {runs / 5000 * 15:g} s",
        lambda: upload(runs),
        runs / 5000 * 15,
        unit="s",
        target=1,
    )
    if not postgres_programs():
        print("PostgreSQL is not installed (apt-get install postgresql): left out")
        return
    with postgres_server() as server:
        server.create()
        where = server.uri, server.environment
        upload(4, *where)  # makes the tables, once in the life of a database
        yield pair(
            f"upload of {runs:,} runs into PostgreSQL, wall per run",
            "limit of 3.33 ms, 300 runs per second",
            lambda: upload(runs, *where) / runs * 1e3,
            3.33,
            unit="ms",
            target=1,
        )
