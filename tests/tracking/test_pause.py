"""A store that was away: cells do without it for a minute, a sync asks it again."""

import dataclasses
import time

import pytest
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.records.record import write_records
from gdexp.tracking import Store, database, log_cell
from gdexp.tracking.sync import runs_of
from gdexp.util.errors import TrackingError
from gdexp.work.tasks import Context, cells


@pytest.fixture
def context(results):
    return Context(Grid.of(make_config(results=str(results))))


def keys_of(store):
    found = runs_of(store, store.experiments["tiny"])
    return [run.data.tags["gdexp.cell"] for run in found]


def away():
    from mlflow.exceptions import MlflowException

    raise MlflowException("nobody answers")


def test_a_sync_logs_though_the_store_was_away_a_moment_ago(context, records, tmp_path):
    path = tmp_path / "records.jsonl"
    write_records(path, records[:2])
    cells.store(context)
    with pytest.raises(TrackingError, match="nobody answers"):
        context.store.call(away)
    with pytest.raises(TrackingError, match="did not answer a moment ago"):
        log_cell(context.store, records[0], "")
    keys = [record.key for record in records[:2]]
    cells.track(context, str(path), keys)
    assert sorted(keys_of(context.store)) == sorted(keys)


def test_a_sync_logs_though_the_store_was_made_anew(context, records, tmp_path):
    path = tmp_path / "records.jsonl"
    write_records(path, records[:1])
    cells.store(context)
    # as after a deletion: what this process has open is not what is there now
    context.store._inode = -1
    cells.track(context, str(path), [records[0].key])
    assert keys_of(context.store) == [records[0].key]


def test_a_run_that_is_refused_stops_no_other(store, records):
    refused = dataclasses.replace(records[0], cell=records[0].cell | {"no:name?": 1})
    with pytest.raises(TrackingError, match="no:name"):
        log_cell(store, refused, "")
    log_cell(store, records[1], "")
    assert records[1].key in keys_of(store)


def test_a_store_that_is_absent_is_asked_for_once_a_minute(
    context, results, monkeypatch, capsys, tmp_path
):
    database(results).unlink()
    now, asked = [1000.0], []
    opening = Store.open

    def counted(*arguments):
        asked.append(now[0])
        return opening(*arguments)

    monkeypatch.setattr(Store, "open", counted)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for seed in ("0", "1"):
        output = str(tmp_path / f"s{seed}.jsonl")
        cells.cell(context, f"tiny/linear-gd/d8/s{seed}", output)
        said = capsys.readouterr().err
        assert f"untracked tiny/linear-gd/d8/s{seed}: " in said
    now[0] += 61
    cells.cell(context, "tiny/linear-gd/d16/s0", str(tmp_path / "s0.jsonl"))
    assert asked == [1000.0, 1061.0]
