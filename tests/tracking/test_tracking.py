"""Against a real sqlite store; nothing of mlflow is replaced."""

import dataclasses
import subprocess
import sys

import pandas as pd
import pytest

from gdexp.tracking import (
    Views,
    create_store,
    database,
    log_cell,
    log_summary,
    open_store,
    sync,
)
from gdexp.tracking.run import thin
from gdexp.tracking.sync import Synced
from gdexp.util.errors import TrackingError


def all_runs(view):
    return list(view.search(view.experiments["tiny"]))


def test_one_flat_run_per_cell(store, view, records):
    record = records[-1]
    run = view.client.get_run(log_cell(store, record, "configdigest"))
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "conv2-perceptron d=32 seed=1"
    parameters = run.data.params
    assert parameters["model"] == "conv"
    assert parameters["name"] == "conv2-perceptron"
    assert parameters["algorithm"] == "perceptron"
    assert parameters["kernel"] == "2"
    assert parameters["step"] == "0.25/sqrt(d)"
    assert {"dataset", "start", "dim", "seed", "step_size"} <= set(parameters)
    assert run.data.metrics["iterations"] == record.outcome["iterations"]
    assert set(run.data.metrics) == {
        *("iterations", "gradients", "sample_gradients", "dim"),
        *("loss", "accuracy", "misclassified", "min_margin", "norm"),
    }
    assert run.data.metrics["gradients"] == record.outcome["updates"]
    tags = run.data.tags
    assert tags["outcome"] == "separated"
    assert tags["gdexp.cell"] == record.key
    assert tags["gdexp.config"] == "configdigest"
    assert tags["gdexp.code"] == record.made_by["code"]
    assert {"gdexp.commit", "gdexp.dirty", "gdexp.version"} <= set(tags)
    assert "mlflow.parentRunId" not in tags


def test_trajectory_by_step(store, view, records):
    record = max(records, key=lambda r: len(r.trajectory["loss"]))
    run_id = log_cell(store, record, "")
    for key in ("loss", "accuracy", "misclassified", "min_margin", "norm"):
        history = view.client.get_metric_history(run_id, key)
        steps = [point.step for point in history]
        assert steps[0] == 0
        assert steps[-1] == record.outcome["iterations"]
        assert len(steps) <= 50
        where = record.trajectory["iteration"].index(steps[-1])
        assert history[-1].value == record.trajectory[key][where]


def test_thin():
    assert thin(1) == [0]
    assert thin(50) == list(range(50))
    rows = thin(200)
    assert len(set(rows)) == 50
    assert (rows[0], rows[-1]) == (0, 199)


def test_a_store_that_is_moved_away_is_noticed(store, writer, results, tmp_path):
    database(results).parent.rename(tmp_path / "away")
    with pytest.raises(TrackingError, match="was deleted"):
        store.check()
    with pytest.raises(TrackingError, match="no MLflow store"):
        open_store(results, ["tiny"], writer=writer)
    assert not database(results).exists()


def test_sync_builds_and_repairs(store, view, records):
    assert sync(store, records, "") == Synced(added=12)
    assert sync(store, records, "") == Synced(kept=12)
    runs = {run.data.tags["gdexp.cell"]: run for run in all_runs(view)}
    first, second, third, fourth, fifth = list(runs.values())[:5]
    # a run deleted by hand, a cell logged twice, and a run that was cut short
    view.client.delete_run(first.info.run_id)
    double = next(r for r in records if r.key == second.data.tags["gdexp.cell"])
    log_cell(store, double, "")
    view.client.update_run(third.info.run_id, status="RUNNING")
    view.client.update_run(fourth.info.run_id, status="FAILED")
    # a record that was computed anew, with another result
    stale = fifth.data.tags["gdexp.cell"]
    changed = [
        dataclasses.replace(r, outcome=r.outcome | {"iterations": 10**6})
        if r.key == stale
        else r
        for r in records
    ]
    assert sync(store, changed, "") == Synced(kept=8, added=4, removed=4)
    after = all_runs(view)
    assert len(after) == 12
    assert {run.info.status for run in after} == {"FINISHED"}
    assert {r.key for r in records} == {run.data.tags["gdexp.cell"] for run in after}
    assert sync(store, changed, "") == Synced(kept=12)


def test_sync_leaves_other_runs_alone(store, view, records):
    mine = view.client.create_run(store.experiments["tiny"]).info.run_id
    sync(store, records[:1], "")
    sync(store, records[1:2], "")
    assert view.client.get_run(mine).info.lifecycle_stage == "active"
    assert len(all_runs(view)) == 2


def test_results_folders_share_a_store(store, view, writer, results, records, tmp_path):
    """Two people, one server: neither sync touches the other's runs."""
    uri = f"sqlite:///{database(results)}"
    other = open_store(tmp_path / "other", ["tiny"], uri, writer)
    theirs = [
        dataclasses.replace(r, outcome=r.outcome | {"iterations": 1}) for r in records
    ]
    assert sync(store, records, "") == Synced(added=12)
    assert sync(other, theirs, "") == Synced(added=12)
    assert sync(store, records, "") == Synced(kept=12)
    assert sync(other, theirs[:6], "") == Synced(kept=6)
    assert len(view.client.search_runs([store.experiments["tiny"]])) == 24


def test_a_run_left_running_is_closed_even_if_its_cell_is_gone(store, view, records):
    run_id = log_cell(store, records[0], "")
    view.client.update_run(run_id, status="RUNNING")
    assert sync(store, records[1:2], "") == Synced(added=1, removed=1)


def test_summary(view, tmp_path):
    exponents = pd.DataFrame(
        {
            "experiment": "tiny",
            "model": ["a", "b"],
            "statistic": "mean",
            "exponent": [0.5, float("nan")],
            "ci_low": [0.4, float("nan")],
            "ci_high": [0.6, float("nan")],
            "cells": 6,
            "capped": [0, 6],
            "diverged": 0,
        }
    )
    figure, table = tmp_path / "scaling.png", tmp_path / "exponents.csv"
    figure.write_bytes(b"png")
    table.write_text("csv")
    about = "tiny", exponents, [figure, table], Views(16), ""
    run_id = log_summary(view, *about)
    run = view.client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params == {"exponent_mean.a": "0.5"}
    assert (
        "| a | mean | 0.500 | 0.400 to 0.600 |" in run.data.tags["mlflow.note.content"]
    )
    artifacts = [
        file.path
        for folder in ("figures", "tables")
        for file in view.client.list_artifacts(run_id, folder)
    ]
    assert artifacts == ["figures/scaling.png", "tables/exponents.csv"]
    assert log_summary(view, *about) == run_id
    other = log_summary(view, *about[:3], Views(32), "")
    assert other != run_id  # whose description links other views
    figure.write_bytes(b"other")
    assert log_summary(view, *about) != run_id
    assert len(all_runs(view)) == 1


def test_no_store(writer, tmp_path):
    with pytest.raises(TrackingError, match="no MLflow store"):
        open_store(tmp_path, ["tiny"], writer=writer)
    assert not list(tmp_path.iterdir())


def test_no_place_for_a_store(tmp_path):
    (tmp_path / "tracking").write_text("a file")
    with pytest.raises(TrackingError, match="cannot create"):
        create_store(tmp_path, ["tiny"])


def test_deleted_experiment(view, writer, results):
    view.client.delete_experiment(view.experiments["tiny"])
    with pytest.raises(TrackingError, match="was deleted"):
        open_store(results, ["tiny"], writer=writer)


def test_a_store_is_made_once_and_then_left_alone(results, store):
    assert (
        create_store(results, ["tiny", "more"]).experiments["tiny"]
        == (store.experiments["tiny"])
    )


EIGHT = {
    "ClientStore": "ClientStore(sys.argv[1], ['tiny', 'new'])",
    "create_store": "create_store(sys.argv[1], ['tiny', 'new'])",
}


@pytest.mark.slow
@pytest.mark.parametrize("call", EIGHT)
def test_eight_processes_make_a_store_and_its_experiments_at_once(
    call, results, tmp_path
):
    place = results if call == "ClientStore" else tmp_path / "empty"
    code = (
        "import sys; from gdexp.tracking import ClientStore, create_store;"
        f"print({EIGHT[call]}.experiments['new'])"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(place)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    answers = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, answers
    assert len({out for out, _ in answers}) == 1
    assert database(place).exists()


def test_a_store_that_was_deleted_while_it_was_open_is_made_anew(
    store, view, results, records
):
    """Somebody's UI holds it open, and what belongs to it lies around."""
    sync(store, records, "")
    assert database(results).with_name("mlflow.db-wal").exists()
    database(results).unlink()
    again = create_store(results, ["tiny"])
    assert sync(again, records, "").added == 12
    assert sync(open_store(results, ["tiny"]), records, "").kept == 12
