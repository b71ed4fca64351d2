"""Results are copied, moved and put together; what is shown is that of the grid."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import Workflow, made_once, make_config, runs, stamps

from gdexp.tracking import ClientStore, database, state

SMALL = {"phases": {"dim": 16}}


def config_of(**changes):
    config = make_config(studies=SMALL, **changes)
    config["experiments"]["tiny"] |= {"dims": [8, 16], "seeds": 2}
    return config


@pytest.fixture(scope="session")
def tracked(tmp_path_factory):
    """A finished, tracked grid with a study."""
    return made_once(tmp_path_factory, "tracked", config_of())


@pytest.fixture
def elsewhere(tracked, tmp_path):
    """Its results alone, without Snakemake's memory, and with other times."""
    flow = Workflow(tmp_path)
    flow.configure(config_of())
    shutil.copytree(tracked.results, flow.results, copy_function=shutil.copyfile)
    return flow


def gdexp(flow, *arguments):
    command = [sys.executable, "-m", "gdexp", *arguments]
    return subprocess.run(
        command, cwd=flow.folder, capture_output=True, text=True, check=True
    ).stdout


def bring(flow, home):
    """As rsync does it: new files in place of those that were there."""

    def replace(source, target):
        shutil.copyfile(source, f"{target}.new")
        Path(f"{target}.new").replace(target)

    options = {"dirs_exist_ok": True, "copy_function": replace}
    shutil.copytree(flow.results, home.results, **options)


def outdated(flow):
    (line,) = (x for x in gdexp(flow, "status").splitlines() if "outdated" in x)
    return line


def current(flow):
    found = runs(flow, "tiny")
    return sorted(
        run.data.tags["gdexp.cell"]
        for run in found
        if run.data.tags.get("gdexp.current") == "true"
    )


def test_copied_nothing_is_outdated_and_each_change_is_followed(elsewhere):
    flow = elsewhere
    before = stamps(flow, "cells", "tables/experiments")
    assert outdated(flow).split() == ["outdated", "0"]
    flow.run()
    assert stamps(flow, "cells") == {
        path: time for path, time in before.items() if path.startswith("cells")
    }
    changed = config_of(statistic="q90")
    changed["experiments"]["tiny"]["dims"] = [8]
    changed["studies"] = {"phases": {"dim": 32}}
    flow.configure(changed)
    shutil.rmtree(flow.folder / ".snakemake")
    assert int(outdated(flow).split()[1]) > 5
    flow.run()
    assert outdated(flow).split() == ["outdated", "0"]
    assert stamps(flow, "cells") == {
        path: time for path, time in before.items() if path.startswith("cells")
    }
    cells = (flow.results / "tables/cells.csv").read_text()
    assert ",8," in cells
    assert ",16," not in cells
    assert "q90" in (flow.results / "report/setup.html").read_text()
    # what is no more of the grid is told from what is
    assert len(current(flow)) == 4
    assert len(runs(flow, "tiny")) == 8 + 1
    assert "Nothing to be done" in flow.run().stderr


@pytest.mark.slow
def test_moved_it_goes_on(elsewhere, tmp_path):
    flow, name = elsewhere, "a ?#%é'$ [x]{y}~"
    flow.run()
    kept = {path.name for path in flow.folder.iterdir()}
    moved = Workflow(flow.folder.rename(tmp_path.parent / f"{tmp_path.name} {name}"))
    assert "Nothing to be done" in moved.run().stderr
    more = config_of()
    more["experiments"]["tiny"]["seeds"] = 3
    moved.configure(more)
    moved.run()
    store = ClientStore(moved.results, ["tiny"])
    found = list(store.search(store.experiments["tiny"]))
    assert len(found) == 12 + 1
    (summary,) = (run for run in found if run.info.run_name == "summary")
    assert summary.info.artifact_uri.startswith(moved.results.as_uri())
    assert store.client.list_artifacts(summary.info.run_id, "figures")
    assert not tmp_path.exists()  # nothing was made at the old place
    assert {path.name for path in moved.folder.iterdir()} == kept  # nor in the new one


@pytest.mark.slow
def test_behind_a_link_on_another_disk(elsewhere, tmp_path_factory):
    flow = elsewhere
    other = tmp_path_factory.mktemp("disk") / "results"
    shutil.move(flow.results, other)
    flow.results.symlink_to(other)
    flow.run()
    assert "Nothing to be done" in flow.run().stderr
    assert len(current(flow)) == 8
    assert (other / "tracking" / "mlflow.db").exists()


@pytest.mark.slow
def test_copies_that_part_ways_share_a_store(elsewhere, tmp_path):
    """Nobody deletes runs of another, until one says that it is the other."""
    uri = f"sqlite:///{tmp_path}/shared.db"
    shared = {"tracking": {"uri": uri}}
    first = elsewhere
    first.configure(config_of(**shared))
    first.run()
    second = Workflow(tmp_path / "second")
    second.folder.mkdir()
    shutil.copytree(first.results, second.results)
    other = config_of(**shared)
    other["experiments"]["tiny"]["models"]["linear-gd"]["step"] = 5
    second.configure(other)
    said = second.run().stderr
    assert "gdexp adopt" in said

    def ids():
        store = ClientStore(first.results, ["tiny"], uri)
        found = store.client.search_runs(list(store.experiments.values()))
        return [run.data.tags["gdexp.results"] for run in found]

    assert sorted(ids().count(each) for each in set(ids())) == [9, 9]
    gdexp(first, "sync")
    assert "Nothing to be done" in first.run().stderr
    assert len(ids()) == 18
    bring(first, second)
    second.run()
    assert sorted(ids().count(each) for each in set(ids())) == [9, 9]
    own = json.loads((first.results / ".id").read_text())["id"]
    shutil.rmtree(first.folder / "results")
    assert "gdexp sync" in gdexp(second, "adopt")
    second.run()
    assert ids() == 9 * [own]
    assert "Nothing to be done" in second.run().stderr


@pytest.mark.slow
def test_brought_home_and_continued_on_both_sides(elsewhere, tmp_path):
    home = Workflow(tmp_path / "home")
    home.folder.mkdir()
    shutil.copytree(elsewhere.results, home.results)
    for flow, seeds in ((elsewhere, 3), (home, 4)):
        more = config_of()
        more["experiments"]["tiny"]["seeds"] = seeds
        flow.configure(more)
        flow.run()
    bring(elsewhere, home)
    home.run()
    assert len(current(home)) == 16
    assert outdated(home).split() == ["outdated", "0"]
    assert "Nothing to be done" in home.run().stderr


@pytest.mark.slow
def test_one_current_run_per_record_whatever_was_called(elsewhere):
    flow = elsewhere
    flow.run()
    keys = current(flow)
    assert len(keys) == 8

    def mended():
        flow.run()
        assert "Nothing to be done" in flow.run().stderr
        return current(flow) == keys

    flow.run("--forcerun", "cell", "--until", "cell")
    assert len(current(flow)) == 16
    assert mended()
    store = ClientStore(flow.results, ["tiny"])
    some = [run for run in runs(flow, "tiny") if "gdexp.cell" in run.data.tags][:3]
    for run in some:
        store.client.delete_run(run.info.run_id)
    assert mended()
    for run in some:
        store.client.restore_run(run.info.run_id)
    assert mended()
    store.client.rename_experiment(store.experiments["tiny"], "renamed")
    assert "Nothing to be done" in flow.run().stderr
    flow.run("--forcerun", "cell")
    assert mended()
    assert store.client.get_experiment_by_name("tiny") is None
    before = state(flow.results, "")
    database(flow.results).unlink()
    assert state(flow.results, "") != before
    assert mended()


@pytest.mark.slow
def test_a_record_that_is_gone_and_a_table_that_somebody_changed_are_made(elsewhere):
    flow = elsewhere
    flow.run()
    record = flow.results / "cells" / next(iter(flow.records()))
    said = record.read_bytes()
    table = flow.results / "tables/experiments/tiny/scaling.csv"
    text = table.read_bytes()
    table.write_bytes(text + text.splitlines(keepends=True)[-1])
    assert "scaling.csv" in outdated(flow)  # the first that is made with it
    flow.run()
    assert table.read_bytes() == text
    record.unlink()
    flow.run()
    # all but where and when it was made
    assert record.read_bytes().split(b'"made_by"')[0] == said.split(b'"made_by"')[0]
