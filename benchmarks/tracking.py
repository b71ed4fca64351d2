"""What a tracked run costs, and how many processes may write at once."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Figure, pair
from gdexp.core.spec import Spec
from gdexp.grid.cells import Cell
from gdexp.records.record import Record
from gdexp.tracking import ClientStore, RowStore, Store, create_store, log_cell
from gdexp.tracking.run import Run

RUNS = 100
WRITE = """
import sys
from benchmarks.tracking import record
from gdexp.tracking import log_cell, open_store
store = open_store(sys.argv[1], ["bench"])
for seed in range(int(sys.argv[2])):
    log_cell(store, record(seed), "")
"""


def record(seed: int = 0) -> Record:
    """Return the record of a cell with more than 50 points in its trajectory."""
    spec = Spec(
        dataset="c1",
        model="linear",
        algorithm="gd",
        step=1,
        start="zero",
        max_iterations=10**6,
    )
    cell = Cell(experiment="bench", name="linear-gd", spec=spec, dim=4096, seed=seed)
    return Record.of(cell, spec.run(cell.dim, seed))


def figures() -> Iterator[Figure]:
    """Yield the figures of this suite."""
    with tempfile.TemporaryDirectory() as folder:
        client = create_store(folder, ["bench"])
        rows = RowStore(folder, ["bench"])
        one = record()
        assert len(one.trajectory["loss"]) > 50

        def cpu(store: Store) -> float:
            start = time.process_time()
            for _ in range(RUNS):
                log_cell(store, one, "")
            return (time.process_time() - start) / RUNS * 1e3

        def together() -> float:
            start = time.process_time()
            rows.log([Run.of(one, rows.results, "") for _ in range(RUNS)])
            return (time.process_time() - start) / RUNS * 1e3

        cpu(client), cpu(rows)
        for name, ours in (
            ("", lambda: cpu(rows)),
            (f", {RUNS} in one transaction", together),
        ):
            yield pair(
                f"tracked run, 50 points x 5 keys, CPU{name}",
                "MLflow's client",
                ours,
                lambda: cpu(client),
                unit="ms",
                target=None,
            )

    def eight() -> float:
        with tempfile.TemporaryDirectory() as folder:
            create_store(folder, ["bench"])
            command = [sys.executable, "-c", WRITE, folder, "25"]
            root = Path(__file__).parents[1]
            start = time.perf_counter()
            writers = [subprocess.Popen(command, cwd=root) for _ in range(8)]
            failed = sum(writer.wait() != 0 for writer in writers)
            elapsed = time.perf_counter() - start
            assert failed == 0, f"{failed} of 8 writers failed"
            store = ClientStore(folder, ["bench"])
            runs = store.search(store.experiments["bench"])
            ends = [run.info.status for run in runs]
            assert ends == ["FINISHED"] * 200, f"{ends.count('FINISHED')} of 200 runs"
            return elapsed

    yield pair(
        "8 parallel writers of 25 runs each, none fails",
        "limit of 60 s",
        eight,
        60.0,
        unit="s",
        target=1,
    )
