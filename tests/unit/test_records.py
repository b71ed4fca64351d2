import json
import math

import pytest
from support import make_config, make_spec

from gdexp.grid.cells import Cell
from gdexp.grid.grid import Grid
from gdexp.records.draft import append_record, read_draft
from gdexp.records.record import (
    Record,
    read_records,
    write_records,
)
from gdexp.records.tables import cells_table, trajectories_table
from gdexp.util.errors import RecordError


def records_of(config):
    grid = Grid.of(config)
    for job in grid.jobs():
        for cell in grid.cells(job):
            yield Record.of(cell, cell.spec.run(cell.dim, cell.seed))


def test_round_trip(tmp_path):
    records = list(records_of(make_config()))
    write_records(tmp_path / "a" / "r.jsonl", records)
    assert list(read_records([tmp_path / "a" / "r.jsonl"])) == records
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["r.jsonl"]


def test_content():
    record = next(records_of(make_config()))
    fields = json.loads(record.line)
    assert fields["key"] == "tiny/linear-gd/d8/s0"
    assert fields["cell"]["step_size"] == 1
    assert fields["outcome"]["outcome"] == "separated"
    trajectory = fields["trajectory"]
    assert len({len(series) for series in trajectory.values()}) == 1
    assert trajectory["iteration"][-1] == fields["outcome"]["iterations"]
    assert {"gdexp", "code", "commit", "dirty", "numpy"} <= set(fields["made_by"])


def test_numbers_beyond_json_become_null():
    spec = make_spec(
        model="conv",
        kernel=2,
        algorithm="perceptron",
        step=100,
        start="gaussian",
        max_iterations=5000,
    )
    cell = Cell(experiment="e", name="m", spec=spec, dim=16, seed=0)
    record = Record.of(cell, spec.run(16, 0))
    assert record.outcome["final_norm"] is None
    assert math.isfinite(record.trajectory["norm"][0])
    assert json.loads(record.line)["outcome"]["final_norm"] is None


def test_a_draft_goes_on_after_a_broken_end(tmp_path):
    first, second, third, *_ = records_of(make_config())
    path = tmp_path / "cells" / "draft.jsonl"
    assert read_draft(path) == []
    append_record(path, first)
    append_record(path, second)
    path.write_bytes(path.read_bytes()[:-30])
    assert read_draft(path) == [first]
    append_record(path, third)
    assert read_draft(path) == [first, third]


@pytest.mark.parametrize("damage", ["", "{", '{"format": 1}', "[1]", "3", "\xff", "{}"])
def test_damage_is_named(tmp_path, damage):
    path = tmp_path / "r.jsonl"
    path.write_bytes(damage.encode("latin-1"))
    with pytest.raises(RecordError, match=r"r\.jsonl.*delete") as caught:
        list(read_records([path]))
    assert "\n" not in str(caught.value)


def test_truncated_and_foreign_records(tmp_path):
    path = tmp_path / "r.jsonl"
    line = next(records_of(make_config())).line
    path.write_text(line[: len(line) // 2])
    with pytest.raises(RecordError, match="damaged"):
        list(read_records([path]))
    path.write_text(line.replace('"format":3', '"format":99'))
    with pytest.raises(RecordError, match="format 99, not 3"):
        list(read_records([path]))
    with pytest.raises(RecordError, match="cannot be read"):
        list(read_records([tmp_path / "none.jsonl"]))


def test_a_failed_write_leaves_nothing(tmp_path):
    def broken():
        yield from list(records_of(make_config()))[:1]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_records(tmp_path / "r.jsonl", broken())
    assert not list(tmp_path.iterdir())


def test_tables():
    records = list(records_of(make_config()))
    table = cells_table(records)
    leading = ["experiment", "model", "dim", "seed", "outcome", "iterations"]
    assert list(table.columns[:6]) == leading
    assert len(table) == 12
    assert set(table["family"]) == {"linear", "conv"}
    assert table.equals(cells_table(reversed(records)))
    curves = trajectories_table(records)
    assert curves["iteration"].max() == table["iterations"].max()
