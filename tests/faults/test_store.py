"""A store that is locked, deleted or broken: the science goes on, sync repairs."""

import shutil
import sqlite3
import subprocess
import sys
import time

import pytest
from support import make_config, runs, wait_for

from gdexp.tracking import database


def grid(**changes):
    config = make_config()
    config["experiments"]["tiny"] |= {"seeds": 20} | changes
    return config


LOCKER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("COMMIT")
"""


def start(workflow):
    return subprocess.Popen(
        workflow.command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_a_store_that_another_process_locks_for_a_minute(workflow):
    workflow.configure(grid())
    process = start(workflow)
    wait_for(lambda: len(workflow.records()) >= 5)
    path = str(database(workflow.results))
    locker = subprocess.Popen(
        [sys.executable, "-c", LOCKER, path, "60"], stdout=subprocess.PIPE
    )
    with locker.stdout as said:
        assert said.readline() == b"locked\n"
    begin = time.monotonic()
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert time.monotonic() - begin > 55
    assert locker.wait() == 0
    assert "untracked" not in errors
    tracked = runs(workflow, "tiny")
    assert len(tracked) == 121
    assert {run.info.status for run in tracked} == {"FINISHED"}


@pytest.mark.slow
def test_a_store_deleted_in_mid_run(workflow):
    workflow.configure(grid())
    process = start(workflow)
    wait_for(lambda: len(workflow.records()) >= 5)
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
