"""Eight processes that log into one sqlite file at once: no run is lost."""

import subprocess
import sys

import pytest

from gdexp.records.record import write_records

WRITER = """
import sys
from gdexp.records.record import read_records
from gdexp.tracking import open_store, log_cell
store = open_store(sys.argv[1], ["tiny"], writer=sys.argv[3])
print("open", flush=True)
sys.stdin.read()  # until all are there
for record in read_records([sys.argv[2]]):
    log_cell(store, record, "")
"""


@pytest.mark.parametrize(
    "writer", ["rows", pytest.param("client", marks=pytest.mark.slow)]
)
def test_eight_writers(view, writer, results, records, tmp_path):
    path = tmp_path / "records.jsonl"
    write_records(path, records)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(results), str(path), writer],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(8)
    ]
    for writer in writers:
        assert writer.stdout.readline() == b"open\n"
    for writer in writers:
        writer.stdin.close()
        writer.stdin = None
    for writer in writers:
        _, errors = writer.communicate()
        assert writer.returncode == 0, errors
    runs = list(view.search(view.experiments["tiny"]))
    assert len(runs) == 8 * len(records)
    assert {run.info.status for run in runs} == {"FINISHED"}
