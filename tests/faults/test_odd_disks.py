"""Disks that lack something, are full, slow, or do not tell case apart: real ones.

The file system is one of our own, through FUSE, of a type that gdexp does not know; see
`odd_disk`. All of a workflow's folder is on it.
"""

import errno
import os
import re
import subprocess
import sys
from contextlib import closing

import pytest
from support import make_config, runs

from gdexp.grid.grid import Grid
from gdexp.util.disks import journal
from gdexp.util.errors import TrackingError
from gdexp.util.files import hold, is_held, kept
from gdexp.work.making import check_store

LOCAL = "GDEXP_LOCAL_DISKS", "fuse.odd"
NOTHING = {"flock": "ENOSYS", "link": "EPERM", "mmap": "ENODEV", "locks": "ENOLCK"}
UNTRACKED = make_config(tracking={"mode": "none"})


def told(said, *words):
    """Return the one line of ours that has all of some words; no traceback."""
    assert "Traceback" not in said
    lines = [line for line in said.splitlines() if line.startswith("gdexp: ")]
    (line,) = [line for line in lines if all(word in line for word in words)]
    return line


def command(workflow, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "gdexp", *arguments],
        cwd=workflow.folder,
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=False,
    )


@pytest.mark.parametrize("error", ["ENOSYS", "EOPNOTSUPP", "ENOLCK"])
def test_no_locks(disk, capsys, error):
    disk.mount(lacks={"flock": error})
    with closing(hold(disk.folder)), closing(hold(disk.folder)):
        pass
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    for line in lines:
        told(line, "no locks", os.strerror(getattr(errno, error)), "gdexp status")
    with (disk.folder / "log").open("w+b") as log, kept(log):
        assert is_held(disk.folder / "log") is None


@pytest.mark.slow
def test_a_disk_that_has_none_of_it(on_disk, single):
    workflow = on_disk(UNTRACKED, lacks=NOTHING, ignores_case=True)
    done = workflow.run("collect", cores=1)
    told(done.stderr, "no locks", "second run", "gdexp status")
    assert workflow.records() == single.records()


def test_status_without_locks(on_disk):
    workflow = on_disk(UNTRACKED, lacks={"flock": "ENOSYS"})
    log = workflow.results / "logs" / "cells" / "tiny" / "linear-gd" / "d8" / "s0.log"
    log.parent.mkdir(parents=True)
    log.touch()
    done = command(workflow, "status")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("failed")]
    assert "failed or cut short or running: their locks cannot be asked" in line


@pytest.mark.slow
def test_a_type_that_is_not_known_takes_no_store(on_disk, single, tmp_path):
    workflow = on_disk()
    done = workflow.run()
    for words in ("set tracking.uri to a server", "LOCAL_DISKS=fuse.odd", "--uri sql"):
        told(done.stderr, "nothing is tracked", "fuse.odd", words)
    assert workflow.records() == single.records()
    assert (workflow.results / "figures" / "tiny" / "scaling.png").exists()
    assert not (workflow.results / "tracking").exists()
    assert "Nothing to be done" in workflow.run().stderr
    said = command(workflow, "status").stdout
    assert re.search(r"^outdated +0\b", said, re.MULTILINE)
    # what the line says mends it
    done = command(workflow, "sync", "--uri", f"sqlite:///{tmp_path}/local.db")
    assert done.stdout.startswith("0 runs kept, 12 added")


@pytest.mark.slow
def test_no_shared_memory(on_disk, monkeypatch):
    monkeypatch.setenv(*LOCAL)
    workflow = on_disk(lacks={"mmap": "ENODEV", "flock": "ENOSYS"})
    done = workflow.run()
    told(done.stderr, "no shared memory", "MLflow's UI")
    assert "untracked" not in done.stderr
    assert len(runs(workflow, "tiny")) == 13


def test_no_locks_for_sqlite(disk, monkeypatch):
    monkeypatch.setenv(*LOCAL)
    disk.mount(lacks={"locks": "ENOLCK"})
    grid = Grid.of(make_config(results=str(disk.folder / "results")))
    assert check_store(grid, tried=False) == ""
    with pytest.raises(TrackingError, match=r"no MLflow store can be at.*gdexp sync"):
        check_store(grid, tried=True)


def test_the_journal_of_each_disk(disk, tmp_path):
    assert journal(tmp_path / "not" / "yet") == "wal"
    disk.mount(lacks={"mmap": "ENODEV"})
    assert journal(disk.folder) == "delete"
    assert list(disk.folder.iterdir()) == []
    assert list(tmp_path.glob(".sqlite*")) == []


def test_no_rename(on_disk):
    workflow = on_disk(UNTRACKED, lacks={"rename": "ENOSYS"})
    done = command(workflow, "cell", "tiny", "linear-gd", "8", "0")
    assert done.returncode == 1
    told(done.stderr, "s0.jsonl: its disk cannot rename files")
    assert workflow.records() == {}


@pytest.mark.slow
def test_a_quota(on_disk, disk, single):
    workflow = on_disk(UNTRACKED, quota=100_000)
    done = workflow.run(check=False)
    assert done.returncode != 0
    assert "Disk quota exceeded" in done.stderr
    assert workflow.records().items() <= single.records().items()
    disk.set(quota=10**9)
    workflow.run("collect", cores=1)
    assert workflow.records() == single.records()


@pytest.mark.slow
def test_a_slow_disk(on_disk, single):
    workflow = on_disk(UNTRACKED, slow=0.005)
    workflow.run("collect", cores=1)
    assert workflow.records() == single.records()
