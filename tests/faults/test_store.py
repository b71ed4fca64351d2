"""A store that is locked, deleted or broken: the science goes on, sync repairs."""

import shutil
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest
from support import make_config, runs, started, tracked_by, wait_for, waiting

from gdexp.tracking import create_store, database


def grid(**changes):
    config = make_config()
    config["experiments"]["tiny"] |= {"seeds": 20} | changes
    return config


def start(workflow):
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return started(workflow.command(), text=True, **streams)


@pytest.mark.slow
def test_a_store_that_another_process_locks_for_a_minute(workflow):
    workflow.configure(grid())
    create_store(workflow.results, ["tiny"])  # or all cells might end before it is made
    place = database(workflow.results)
    with (
        closing(sqlite3.connect(place, timeout=60, isolation_level=None)) as lock,
        start(workflow) as process,
    ):
        wait_for(lambda: tracked_by(workflow) >= 5, 600, of=process)
        lock.execute("BEGIN EXCLUSIVE")
        wait_for(lambda: waiting(workflow, 2), of=process)
        time.sleep(60)
        assert waiting(workflow, 2)
        assert process.poll() is None
        lock.execute("COMMIT")
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "untracked" not in errors
    tracked = runs(workflow, "tiny")
    assert len(tracked) == 121
    assert {run.info.status for run in tracked} == {"FINISHED"}


@pytest.mark.slow
def test_a_store_deleted_in_mid_run(workflow):
    workflow.configure(grid())
    with start(workflow) as process:
        wait_for(lambda: len(workflow.records()) >= 5, of=process)
        # away at once: files that are made meanwhile could hinder a deletion
        (workflow.results / "tracking").rename(workflow.folder / "deleted")
        shutil.rmtree(workflow.folder / "deleted")
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert len(workflow.records()) == 120
    log = "".join(
        path.read_text() for path in (workflow.results / "logs").rglob("*.log")
    )
    assert "untracked tiny/" in log
    assert "untracked" not in errors  # the sync at the end of the workflow
    tracked = runs(workflow, "tiny")
    assert len(tracked) == 121
    assert {run.info.status for run in tracked} == {"FINISHED"}


@pytest.mark.slow
def test_a_store_that_is_no_database(workflow):
    workflow.configure(make_config())
    path = database(workflow.results)
    path.parent.mkdir(parents=True)
    path.write_text("no database")
    done = workflow.run(check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "file is not a database" in done.stderr
    assert len(workflow.records()) == 12
    assert (workflow.results / "tables" / "cells.csv").exists()
    assert "12 untracked ('gdexp sync' repairs)" in done.stderr
    path.unlink()
    workflow.run()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (13,)
    connection.close()
