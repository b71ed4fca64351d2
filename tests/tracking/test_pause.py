"""A store that was away: cells do without it for a minute, a sync asks it again."""

import dataclasses
import time
from pathlib import Path

import pytest
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.records.record import write_records
from gdexp.records.tracked import noted
from gdexp.tracking import ClientStore, database, log_cell, open_store
from gdexp.util.errors import TrackingError
from gdexp.work import jobs
from gdexp.work.tasks import Context, cells


@pytest.fixture
def context(results, writer):
    tracking = {"writer": writer}
    return Context(Grid.of(make_config(results=str(results), tracking=tracking)))


def keys_of(view):
    found = view.search(view.experiments["tiny"])
    return [run.data.tags["gdexp.cell"] for run in found]


def stop_answering(store):
    """Let a store be away for one moment, as its own kind of error says it."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import OperationalError

    def client():
        raise MlflowException("nobody answers")

    def rows(connection):
        raise OperationalError("", {}, Exception("nobody answers"))

    if isinstance(store, ClientStore):
        store.call(client)
    else:
        store._do(rows)


def test_a_sync_logs_though_the_store_was_away_a_moment_ago(
    context, view, records, tmp_path
):
    path = tmp_path / "records.jsonl"
    write_records(path, records[:2])
    cells.store(context)
    with pytest.raises(TrackingError, match="nobody answers"):
        stop_answering(context.store)
    with pytest.raises(TrackingError, match="did not answer a moment ago"):
        log_cell(context.store, records[0], "")
    keys = [record.key for record in records[:2]]
    cells.track(context, [(str(path), keys)])
    assert sorted(keys_of(view)) == sorted(keys)


def test_a_sync_logs_though_the_store_was_made_anew(context, view, records, tmp_path):
    path = tmp_path / "records.jsonl"
    write_records(path, records[:1])
    cells.store(context)
    # as after a deletion: what this process has open is not what is there now
    context.store._inode = -1
    cells.track(context, [(str(path), [records[0].key])])
    assert keys_of(view) == [records[0].key]


def test_a_run_that_is_refused_stops_no_other(store, view, records):
    refused = dataclasses.replace(records[0], cell=records[0].cell | {"no:name?": 1})
    with pytest.raises(TrackingError, match="no:name"):
        log_cell(store, refused, "")
    log_cell(store, records[1], "")
    assert records[1].key in keys_of(view)


def test_a_store_that_is_absent_is_asked_for_once_a_minute(
    context, results, monkeypatch, capsys, tmp_path
):
    database(results).unlink()
    now, asked = [1000.0], []

    def counted(*arguments):
        asked.append(now[0])
        return open_store(*arguments)

    monkeypatch.setattr(jobs, "open_store", counted)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for seed in ("0", "1"):
        output = str(tmp_path / f"s{seed}.jsonl")
        cells.cell(context, f"tiny/linear-gd/d8/s{seed}", output, "now")
        said = capsys.readouterr().err
        assert f"untracked tiny/linear-gd/d8/s{seed}: " in said
    now[0] += 61
    cells.cell(context, "tiny/linear-gd/d16/s0", str(tmp_path / "s0.jsonl"), "now")
    assert asked == [1000.0, 1061.0]


@pytest.mark.parametrize("opened", [True, False])
def test_cells_are_tracked_at_once_or_later(context, results, opened, records):
    """Later is once the task was answered, or by whoever makes the store meanwhile."""
    outputs = [str(Path(results) / f"{i}.jsonl") for i in range(4)]
    view = ClientStore(results, ["tiny"])
    keys = [record.key for record in records[:4]]
    for key, output, track in zip(keys, outputs, ["", "", "then", "now"], strict=True):
        cells.cell(context, key, output, track)
    assert keys_of(view) == keys[3:]
    cells.after(context)
    assert sorted(keys_of(view)) == sorted(keys[2:])
    if opened:
        cells.store(context)
    cells.late(context, [*zip(keys[:2], outputs[:2], strict=True)])
    assert sorted(keys_of(view)) == sorted(keys)
    grid = context.grid
    for record in records[:4]:
        known = noted(grid.results, grid.job(record.key))
        assert known == {record.key: record.digest}
