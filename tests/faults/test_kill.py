"""Kill the workflow, its workers, a write: nothing is lost, nothing is done twice."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest
from support import (
    make_config,
    runs,
    stamps,
    started,
    tracked_by,
    wait_for,
    workers_of,
)

from gdexp.records.record import read_records
from gdexp.util.files import hold, sweep, whole

SEEDS = 34  # 204 cells
ROUNDS = 20
MADE = ("tables", "figures", "tracking/summary")


def grid():
    config = make_config()
    config["experiments"]["tiny"]["seeds"] = SEEDS
    return config


def products(workflow):
    return {
        path.relative_to(workflow.results): path.read_bytes()
        for folder in ("tables", "figures")
        for path in sorted((workflow.results / folder).rglob("*.*"))
    }


def start(workflow):
    streams = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
    return started(workflow.command(), **streams)


@pytest.mark.slow
def test_twenty_kills_and_a_plain_rerun_each(workflow, tmp_path_factory):
    """At random moments: SIGKILL of snakemake (even rounds) or of a worker (odd).

    Once all cells are there, the kills hit what is made of them: tables, figures,
    summary and sync, all of them anew in each round.
    """
    undisturbed = type(workflow)(tmp_path_factory.mktemp("undisturbed"))
    for flow in (workflow, undisturbed):
        flow.configure(grid())
    undisturbed.run()
    goal = undisturbed.records()
    assert len(goal) == 6 * SEEDS

    moments = random.Random(2512)
    cut = {"cells": 0, "products": 0}
    for number in range(ROUNDS):
        before = stamps(workflow, "cells")
        phase, folders = "cells", ("cells",)
        more = moments.randint(1, 30)
        left = len(goal) - len(before)
        if not left:
            phase, folders = "products", MADE
            more = moments.randint(1, 12)
            shutil.rmtree(workflow.results / "tables", ignore_errors=True)
        enough = min(more, left or more)
        had = stamps(workflow, *folders)
        with start(workflow) as process:
            wait_for(
                lambda had=had, enough=enough, process=process, folders=folders: (
                    len(stamps(workflow, *folders).items() - had.items()) >= enough
                    or process.poll() is not None
                )
            )
            time.sleep(moments.random() * 0.05)
            if number % 2:
                for worker in workers_of(workflow)[:1]:
                    os.kill(worker, signal.SIGKILL)
                time.sleep(moments.random() * 0.1)
            cut[phase] += process.poll() is None
            process.kill()
            process.wait()
        wait_for(lambda: not workers_of(workflow))
        after = stamps(workflow, "cells")
        assert {path: after[path] for path in before} == before, "computed again"
        list(read_records(workflow.results.rglob("s*.jsonl")))  # each is whole
        assert workflow.records().items() <= goal.items()
    assert min(cut.values()) >= 3, cut

    before = stamps(workflow, "cells")
    workflow.run()
    after = stamps(workflow, "cells")
    assert {path: after[path] for path in before} == before
    assert workflow.records() == goal
    assert products(workflow) == products(undisturbed)
    tracked = runs(workflow, "tiny")
    assert {run.info.status for run in tracked} == {"FINISHED"}
    cells = [run.data.tags.get("gdexp.cell") for run in tracked]
    assert len(cells) == len(set(cells)) == len(goal) + 1
    here = os.uname().nodename
    assert not list(workflow.results.rglob(f".*.{here}.*")), "temporary files are left"


DEADLY = """
import os
from gdexp.tracking import rows

log = rows.RowStore.log

def deadly(self, runs):
    if any(run.tags["gdexp.cell"] == "tiny/linear-gd/d16/s1" for run in runs):
        os.kill(os.getpid(), 9)
    return log(self, runs)

rows.RowStore.log = deadly
"""


@pytest.mark.slow
def test_a_worker_killed_between_its_record_and_its_run(copied_workflow):
    workflow = copied_workflow
    workflow.configure(make_config())
    # the store is there, so that workers log the runs of their cells themselves
    for words in (["cell", "tiny", "linear-gd", "8", "0"], ["sync"]):
        gdexp = [sys.executable, "-m", "gdexp", *words]
        subprocess.run(gdexp, cwd=workflow.folder, check=True)
    own = workflow.snakefile.parent / "own"
    own.mkdir()
    (own / "deadly.py").write_text(DEADLY)
    done = workflow.run("--until", "cell")
    assert "untracked ('gdexp sync' repairs)" in done.stderr
    assert tracked_by(workflow) < 12
    before = stamps(workflow, "cells")
    assert len(before) == 12
    shutil.rmtree(own)
    workflow.run()
    assert stamps(workflow, "cells") == before
    tracked = runs(workflow, "tiny")
    assert len(tracked) == 13
    assert {run.info.status for run in tracked} == {"FINISHED"}
    # nor is it forgotten what the record was made of
    config = make_config()
    config["experiments"]["tiny"]["models"]["linear-gd"]["step"] = 2
    workflow.configure(config)
    workflow.run()
    after = stamps(workflow, "cells")
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {path for path in after if "linear-gd" in path}


WRITER = """
import sys
from pathlib import Path
from gdexp.records.record import write_records
class Slow:
    line = "x" * 1_000_000
def lines():
    for i in range(10_000):
        yield Slow()
        if i == 5: print("writing", flush=True)
write_records(Path(sys.argv[1]), lines())
"""


@pytest.mark.parametrize("old", [None, "the old record\n"])
def test_a_writer_killed_in_mid_write(tmp_path, old):
    path = tmp_path / "s0.jsonl"
    if old:
        path.write_text(old)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE
    )
    with writer.stdout as said:
        assert said.readline() == b"writing\n"
        writer.kill()
        # ended, but its number is its own until it is asked how
        os.waitid(os.P_PID, writer.pid, os.WEXITED | os.WNOWAIT)
    assert (path.read_text() if old else path.exists()) == (old or False)
    with whole(tmp_path / "s1.jsonl") as other:  # of a process that is at work
        other.touch()
        assert len(list(tmp_path.glob(".*"))) == 2
        sweep(tmp_path)
        assert list(tmp_path.glob(".*")) == [other]
    writer.wait()


def test_a_second_run_in_the_same_results_is_refused(workflow):
    config = make_config(tracking={"mode": "none"})
    config["experiments"]["tiny"]["max_iterations"] = 10**12
    for model in config["experiments"]["tiny"]["models"].values():
        model.update(model="conv", kernel=2, start="zero")  # stationary
    workflow.configure(config)
    with start(workflow) as first:
        # its workers start before it takes the folder, its cells after
        logs = workflow.results / "logs" / "cells"
        wait_for(lambda: any(logs.rglob("*.log")), of=first)
        second = workflow.run(check=False)
    assert second.returncode != 0
    assert "gdexp: another run is at work in results" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.slow
def test_no_sync_beside_a_run(workflow):
    """It would delete the runs that cells are about to finish."""
    workflow.configure(make_config())
    workflow.run("collect")
    command = [sys.executable, "-m", "gdexp", "sync"]
    with closing(hold(workflow.results)):  # as a run does
        done = subprocess.run(
            command, cwd=workflow.folder, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("gdexp: another run is at work in results; wait")
    assert done.stderr.count("\n") == 1
    assert len(runs(workflow, "tiny")) == 12
    done = subprocess.run(
        command, cwd=workflow.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "12 runs kept, 0 added, 0 removed\n"
