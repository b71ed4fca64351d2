"""A store tells the runs of the present grid from others, whatever was done to it."""

import dataclasses
import os
import shutil

import pandas as pd
import pytest
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.records.record import Record
from gdexp.tracking import (
    Views,
    database,
    log_cell,
    log_summary,
    open_store,
    server,
    state,
    sync,
)
from gdexp.tracking.sync import Synced
from gdexp.util.identity import adopt, settle

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


def test_a_store_in_a_folder_of_any_bytes_is_looked_at(store, results, tmp_path):
    seen = state(results, "")
    del store
    assert seen != "none"
    assert state(results.rename(tmp_path / os.fsdecode(b"w\xe9 ?")), "") == seen


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


def shared_with(results, tmp_path):
    """The address of a store that a folder and its copies share."""
    shutil.copy(database(results), tmp_path / "shared.db")
    return f"sqlite:///{tmp_path}/shared.db"


def summarize(results, uri=""):
    store = open_store(results, ["tiny"], uri, "client")
    columns = ["statistic", "model", "exponent", "ci_low"]
    table = pd.DataFrame([["median", "m", None, None]], columns=columns)
    table = table.assign(cells=1, capped=0, diverged=0)
    log_summary(store, "tiny", table, [], Views(8), "")


def all_of(view):
    """How many runs of each kind a store has, whoever's they are."""
    found = view.client.search_runs(list(view.experiments.values()))
    kinds = [run.data.tags["gdexp.kind"] for run in found]
    return kinds.count("cell"), kinds.count("summary")


@pytest.mark.parametrize("shared", [True, False])
def test_adopted_it_has_the_runs_of_both(
    store, writer, results, records, tmp_path, shared
):
    """Those that it logged before, as a copy, too."""
    uri = shared_with(results, tmp_path) if shared else ""
    sync(open_store(results, ["tiny"], uri, writer), records, "")
    summarize(results, uri)
    copy = shutil.copytree(results, tmp_path / "copy")
    settle(copy)
    theirs = open_store(copy, ["tiny"], uri, writer)
    sync(theirs, records, "")
    log_cell(theirs, records[0], "")
    summarize(copy, uri)
    view = open_store(copy, ["tiny"], uri, "client")
    assert all_of(view) == ((25, 2) if shared else (13, 1))
    before = state(copy, uri)
    adopt(copy)
    assert state(copy, uri) != before
    done = sync(open_store(copy, ["tiny"], uri, writer), records, "")
    assert done == Synced(kept=12, removed=13 if shared else 1)
    summarize(copy, uri)
    assert all_of(view) == (12, 1)
    assert current(view) == keys(records)
    assert sync(open_store(copy, ["tiny"], uri, writer), records, "").removed == 0


def test_a_server_s_runs_depend_on_whose_they_are(results, tmp_path):
    """The server itself is not asked."""
    uri = "http://localhost:5000"
    settle(results)
    seen = [state(results, uri)]
    copy = shutil.copytree(results, tmp_path / "copy")
    seen.append(state(copy, uri))
    settle(copy)
    assert state(copy, uri) == seen[-1]
    adopt(copy)
    seen.append(state(copy, uri))
    assert len(set(seen)) == 3
    (copy / ".id").unlink()
    state(copy, uri)
    assert not (copy / ".id").exists()  # who only looks makes nothing


def test_a_copy_has_the_runs_of_its_own_store_alone(results, records, tmp_path):
    uri = shared_with(results, tmp_path)
    for place in (uri, ""):
        sync(open_store(results, ["tiny"], place), records, "")
    copy = shutil.copytree(results, tmp_path / "copy")
    assert state(copy, uri) != state(results, uri)
    assert state(copy, "") == state(results, "")


def test_a_store_behind_a_link_is_shared_by_copies(
    store, writer, results, view, records, tmp_path
):
    del store, view
    tracking, elsewhere = results / "tracking", tmp_path / "elsewhere"
    tracking.rename(elsewhere)
    tracking.symlink_to(elsewhere)
    mine = open_store(results, ["tiny"], writer=writer)
    sync(mine, records, "")
    copy = shutil.copytree(results, tmp_path / "copy", symlinks=True)
    settle(copy)
    changed = [
        dataclasses.replace(r, outcome=r.outcome | {"iterations": 1}) for r in records
    ]
    theirs = open_store(copy, ["tiny"], writer=writer)
    server(copy)
    assert sync(theirs, changed, "") == Synced(added=12)
    shutil.rmtree(copy)
    mine = open_store(results, ["tiny"], writer="client")
    assert sync(mine, records, "") == Synced(kept=12)
    # artifacts are beside the store, whoever opened it last
    (tmp_path / "note.txt").write_text("note")
    run = next(mine.logged()).id
    mine.client.log_artifact(run, str(tmp_path / "note.txt"))
    assert len(list(elsewhere.rglob("note.txt"))) == 1
    place = mine.client.get_experiment(mine.experiments["tiny"]).artifact_location
    assert place == (elsewhere / "artifacts" / "tiny").as_uri()


def test_a_link_to_another_s_file(store, writer, results, records, tmp_path):
    sync(store, records, "")
    settle(results)
    copy = shutil.copytree(results, tmp_path / "copy")
    database(copy).unlink()
    database(copy).symlink_to(database(results))
    assert sync(open_store(copy, ["tiny"], writer=writer), records, "").added == 12
    assert sync(store, records, "") == Synced(kept=12)
