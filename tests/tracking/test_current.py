"""A store tells the runs of the present grid from others, whatever was done to it."""

import dataclasses
import shutil

import pytest
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.records.record import Record
from gdexp.tracking import database, log_cell, open_store, state, sync
from gdexp.tracking.sync import Synced
from gdexp.util.identity import settle

CURRENT = "gdexp.current"


def current(view):
    found = view.client.search_runs(
        list(view.experiments.values()), f"tags.`{CURRENT}` = 'true'"
    )
    return sorted(run.data.tags["gdexp.cell"] for run in found)


def keys(records):
    return sorted(record.key for record in records)


def test_runs_of_the_present_grid_alone_are_current(store, view, records):
    sync(store, records, "")
    assert current(view) == keys(records)
    # a dim is dropped, and comes back
    fewer = [record for record in records if record.cell["dim"] != 32]
    assert sync(store, fewer, "") == Synced(kept=8)
    assert current(view) == keys(fewer)
    assert sync(store, fewer, "") == Synced(kept=8)
    assert sync(store, records, "") == Synced(kept=12)
    assert current(view) == keys(records)


def test_an_entry_that_is_renamed(store, view, records):
    sync(store, records, "")
    config = make_config()
    models = config["experiments"]["tiny"]["models"]
    models["renamed"] = models.pop("linear-gd")
    renamed = [
        Record.of(cell, cell.spec.run(cell.dim, cell.seed))
        for job in Grid.of(config).jobs()
        for cell in Grid.of(config).cells(job)
    ]
    assert sync(store, renamed, "") == Synced(kept=6, added=6)
    assert current(view) == keys(renamed)


def test_an_experiment_that_the_configuration_has_no_more(
    store, writer, results, view, records
):
    sync(store, records, "")
    other = open_store(results, ["tiny"], writer=writer)
    view.client.create_experiment("other")
    other = open_store(results, ["other"], writer=writer)
    moved = [
        dataclasses.replace(
            record,
            key=record.key.replace("tiny", "other"),
            cell=record.cell | {"experiment": "other"},
        )
        for record in records[:3]
    ]
    assert sync(other, moved, "") == Synced(added=3)
    assert current(view) == []  # of tiny


def test_an_experiment_that_was_renamed_in_the_ui(store, writer, results, view):
    first = store.experiments["tiny"]
    view.client.rename_experiment(first, "my favourite")
    assert open_store(results, ["tiny"], writer=writer).experiments["tiny"] == first
    # and one whose name was taken by another
    view.client.create_experiment("tiny")
    assert open_store(results, ["tiny"], writer=writer).experiments["tiny"] != first


def test_dim_is_sorted_as_a_number(store, view, records):
    sync(store, records, "")
    found = view.client.search_runs(
        [view.experiments["tiny"]], order_by=["metrics.dim DESC"]
    )
    assert [run.data.metrics["dim"] for run in found] == 4 * [32] + 4 * [16] + 4 * [8]
    assert {run.data.params["dim"] for run in found} == {"8", "16", "32"}


def test_whatever_is_done_to_its_runs_is_seen(store, view, results, records):
    sync(store, records, "")
    seen = [state(results, "")]
    run, other, *_ = view.search(view.experiments["tiny"])
    steps = [
        lambda: view.client.delete_run(run.info.run_id),
        lambda: log_cell(store, records[0], ""),
        lambda: view.client.delete_run(other.info.run_id),
        lambda: view.client.set_terminated(run.info.run_id, "KILLED"),
        lambda: view.client.delete_experiment(view.experiments["tiny"]),
        lambda: database(results).unlink(),
    ]
    view.client.set_tag(other.info.run_id, "mine", "a note")
    assert state(results, "") == seen[0]
    for step in steps:
        view.client.restore_run(run.info.run_id) if len(seen) == 4 else None
        step()
        seen.append(state(results, ""))
    assert len(set(seen)) == len(seen)
    assert state(results, "http://localhost:5000") == ""


def test_restored_it_is_seen_too(store, view, results, records):
    sync(store, records, "")
    run = next(view.search(view.experiments["tiny"]))
    view.client.delete_run(run.info.run_id)
    sync(store, records, "")
    before = state(results, "")
    view.client.restore_run(run.info.run_id)
    assert state(results, "") != before
    assert sync(store, records, "") == Synced(kept=12, removed=1)


@pytest.mark.parametrize("name", ["copy", "a ?#%é", "new\nline", "'\"$~[x]{y}"])
def test_the_store_goes_where_the_folder_goes(
    store, writer, results, view, records, tmp_path, name, monkeypatch
):
    (tmp_path / "working").mkdir()
    monkeypatch.chdir(tmp_path / "working")
    sync(store, records, "")
    (first, *_) = view.search(view.experiments["tiny"])
    (tmp_path / "note.txt").write_text("note")
    view.client.log_artifact(first.info.run_id, str(tmp_path / "note.txt"))
    del store
    moved = results.rename(tmp_path / name)
    there = open_store(moved, ["tiny"], writer=writer)
    assert sync(there, records, "") == Synced(kept=12)
    client = open_store(moved, ["tiny"], writer="client").client
    assert [file.path for file in client.list_artifacts(first.info.run_id)] == [
        "note.txt"
    ]
    place = client.get_run(first.info.run_id).info.artifact_uri
    assert place.startswith(moved.as_uri())
    # of the first run this process remembers where its artifacts were
    another = client.create_run(there.experiments["tiny"]).info.run_id
    client.log_artifact(another, str(tmp_path / "note.txt"))
    assert len(list(moved.rglob("note.txt"))) == 2
    assert not [*(tmp_path / "working").iterdir()]


def test_a_copy_has_runs_of_its_own(store, writer, results, view, records, tmp_path):
    """In the store that was copied with it; and in one that both share."""
    uri = f"sqlite:///{tmp_path}/shared.db"
    shutil.copy(database(results), tmp_path / "shared.db")
    sync(store, records, "")
    assert sync(open_store(results, ["tiny"], uri, writer), records, "").added == 12
    copy = shutil.copytree(results, tmp_path / "copy")
    settle(copy)
    assert sync(open_store(copy, ["tiny"], writer=writer), records, "").kept == 12
    # parted ways
    changed = [
        dataclasses.replace(r, outcome=r.outcome | {"iterations": 1}) for r in records
    ]
    theirs = open_store(copy, ["tiny"], uri, writer)
    assert sync(theirs, changed, "") == Synced(added=12)
    mine = open_store(results, ["tiny"], uri, writer)
    assert sync(mine, records, "") == Synced(kept=12)
    assert sync(theirs, changed, "") == Synced(kept=12)
