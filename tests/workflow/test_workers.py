"""Workers: none outlives its workflow, and none takes another's job down."""

import os
import shutil
import signal
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest
from support import (
    break_cells,
    logs_with,
    make_config,
    runs,
    started,
    wait_for,
    workers_of,
)

from gdexp.cli.main import main
from gdexp.grid.grid import Grid
from gdexp.util.errors import JobError
from gdexp.util.files import is_held
from gdexp.work.collecting import collect
from gdexp.work.making import Making
from gdexp.work.workers import Workers


@pytest.fixture
def endless(workflow):
    """A workflow whose cells take hours, started, with its workers at work."""
    config = make_config(tracking={"mode": "none"})
    config["experiments"]["tiny"]["max_iterations"] = 10**12
    for model in config["experiments"]["tiny"]["models"].values():
        model.update(model="conv", kernel=2, start="zero")  # stationary
    workflow.configure(config)
    with started(
        workflow.command(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # as a terminal gives it; ignored if these tests were begun in the background
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        logs = workflow.results / "logs" / "cells"
        wait_for(lambda: len(list(logs.rglob("*.log"))) == 2, of=process)
        assert len(workers_of(workflow)) == 2
        yield process


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_the_workflow(endless, workflow, number):
    if number == signal.SIGINT:  # Ctrl-C goes to all processes of the terminal
        os.killpg(endless.pid, number)
    else:
        endless.send_signal(number)
    wait_for(lambda: not workers_of(workflow))
    if number == signal.SIGKILL:
        assert endless.wait() == -signal.SIGKILL
    assert not workflow.records()


def test_sigterm_lets_the_running_cells_finish(endless, workflow):
    """Snakemake's way: no new jobs; the workers go when the last one is done."""
    workers = workers_of(workflow)
    endless.terminate()
    said = b"Will exit after finishing currently running jobs"
    assert any(said in line for line in endless.stdout)
    assert workers_of(workflow) == workers
    assert endless.poll() is None
    for worker in workers:
        os.kill(worker, signal.SIGKILL)  # for these cells never finish
    wait_for(lambda: endless.poll() is not None)
    assert not workers_of(workflow)
    assert endless.returncode != 0
    assert len(list((workflow.results / "logs" / "cells").rglob("*.log"))) == 2


def test_a_killed_worker_fails_its_job_only(endless, workflow):
    first, second = workers_of(workflow)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: len(set(workers_of(workflow)) - {first, second}) == 1)
    assert second in workers_of(workflow)


@pytest.fixture
def workers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(Workers(make_config(tracking={"mode": "none"}))) as workers:
        yield workers


def compute(workers, seed=0):
    job = f"tiny/linear-gd/d8/s{seed}"
    workers.do("cell", log="log", job=job, output=f"{job}.jsonl", track="")
    return Path(f"{job}.jsonl").exists()


def processes_of(workers):
    """Process ids of the workers, and before them that of their parent."""
    parent = workers._nursery._process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [parent, *map(int, children.split())]


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_workers_are_forked_or_start_anew(how, workers, monkeypatch):
    monkeypatch.setattr("gdexp.work.nursery.HOW", how)
    assert compute(workers)
    with pytest.raises(JobError, match="TypeError"):
        workers.do("rows", log="log", what="?")
    parent, worker = processes_of(workers)
    assert compute(workers, 1)
    assert processes_of(workers) == [parent, worker]


@pytest.mark.parametrize("victims", [[0], [1], [0, 1]])
def test_a_worker_or_its_parent_that_died_meanwhile_harms_no_job(victims, workers):
    assert compute(workers)
    before = processes_of(workers)
    for victim in victims:
        os.kill(before[victim], signal.SIGKILL)
    assert compute(workers, 1)
    if 1 in victims:
        assert before[1] not in processes_of(workers)


def test_mlflow_sends_nothing_home(workers, monkeypatch):
    """It decides that while it is imported, which workers do ahead of their tasks."""
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    assert compute(workers)
    for process in processes_of(workers):
        environment = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
        assert b"MLFLOW_DISABLE_TELEMETRY=true" in environment


CRASHES = {  # by the dimension of the cells that crash
    8: ("import ctypes; ctypes.string_at(0)", "Segmentation"),
    16: ("import os; os._exit(3)", "its worker died with status 3"),
    32: ("raise SystemExit(4)", "SystemExit: 4"),
}


@pytest.mark.slow
def test_crashes_fail_their_jobs_only(copied_workflow):
    workflow = copied_workflow
    break_cells(workflow, {dim: statement for dim, (statement, _) in CRASHES.items()})
    done = workflow.run(check=False)
    assert done.returncode != 0
    lines = done.stderr.splitlines()
    models = ("linear-gd", "conv2-perceptron")
    good = {f"tiny/{model}/d{dim}/s0.jsonl" for model in models for dim in CRASHES}
    assert set(workflow.records()) == good
    for dim, (_, word) in CRASHES.items():
        for model in models:
            log = f"cells/tiny/{model}/d{dim}/s1.log"
            text = (workflow.results / "logs" / log).read_text()
            (line,) = (x for x in lines if "cell failed: " in x and log in x)
            assert word in line + text
            # whatever Python can catch is a line, and its worker goes on
            assert ("its worker died with status" in line) == (dim != 32)
    own = {f"cells/tiny/{model}/d8/s1.log" for model in models}
    assert logs_with(workflow, "Segmentation") == own
    assert logs_with(workflow, "breaking.py") >= own  # where it happened
    assert not workers_of(workflow)


@pytest.mark.slow
def test_warm_or_cold_the_record_is_the_same(finished, monkeypatch, capsys):
    workflow = finished
    warm = workflow.records()
    path = "tiny/conv2-perceptron/d32/s1.jsonl"
    log = workflow.results / "logs" / "cells" / path.replace("jsonl", "log")
    assert "conv2-perceptron/d32/s1: separated after" in log.read_text()
    (workflow.results / "cells" / path).unlink()
    monkeypatch.chdir(workflow.folder)
    assert main(["cell", "tiny", "conv2-perceptron", "32", "1"]) == 0
    assert workflow.records() == warm


@pytest.mark.slow
def test_a_first_use_is_announced_once(cold_workflow):
    workflow = cold_workflow
    said = workflow.run("collect").stderr
    lines = [line for line in said.splitlines() if "compiling the" in line]
    assert lines == ["gdexp: compiling the loop, some seconds, once on this machine"]
    shutil.rmtree(workflow.results)
    assert "compiling the" not in workflow.run("collect").stderr
    assert len(workflow.records()) == 12


HELD = """
import time
from pathlib import Path
from gdexp.work.tasks import cells

make = cells.make_store

def make_store(results, *more):
    end = time.monotonic() + 100
    while not [*Path(results).rglob("s*.jsonl")]:
        assert time.monotonic() < end, "no cell ended before"
        time.sleep(0.05)
    return make(results, *more)

cells.make_store = make_store
"""


def test_cells_that_end_before_the_store_is_made_are_tracked_without_a_sync(
    copied_workflow,
):
    workflow = copied_workflow
    own = workflow.snakefile.parent / "own"
    own.mkdir()
    (own / "held.py").write_text(HELD)
    workflow.configure(make_config())
    done = workflow.run("--until", "cell")
    assert "untracked" not in done.stderr
    assert not (workflow.results / "tracking" / "synced.json").exists()
    assert not logs_with(workflow, "by MLflow's client")
    made = runs(workflow, "tiny")
    assert len(made) == len({run.data.tags["gdexp.cell"] for run in made}) == 12


SLOW = """
import time
from pathlib import Path
from gdexp.tracking.rows import RowStore
from gdexp.work.tasks import cells

log, make, run = RowStore.log, cells.make_store, cells.run_job

def slowly(self, runs):
    time.sleep(0.4)
    return log(self, runs)

def make_store(results, *more):
    store = make(results, *more)
    Path(results, "open").touch()
    return store

def run_job(grid, *more):
    end = time.monotonic() + 100
    while not Path(grid.results, "open").exists():
        assert time.monotonic() < end, "no store"
        time.sleep(0.05)
    time.sleep(0.6)  # slower than its log, or all of them end before the store is there
    return run(grid, *more)

RowStore.log, cells.make_store, cells.run_job = slowly, make_store, run_job
"""


def test_runs_that_are_logged_after_the_answers_are_waited_for(copied_workflow):
    workflow = copied_workflow
    own = workflow.snakefile.parent / "own"
    own.mkdir()
    (own / "slow.py").write_text(SLOW)
    workflow.configure(make_config())
    assert "untracked" not in workflow.run("--until", "cell").stderr
    assert len(runs(workflow, "tiny")) == 12


class Recorder:
    """Workers of which the one that logs early cells takes as long as others do one."""

    def __init__(self):
        self.tracks = []
        self.first, self.second = threading.Event(), threading.Event()

    def do(self, task, *, log, track="", **arguments):
        if task == "cell":
            self.tracks.append(track)
            (self.second if self.first.is_set() else self.first).set()
        else:
            waits = self.first if task == "store" else self.second
            assert waits.wait(60)

    def rest(self):
        pass


def test_cells_log_themselves_while_early_ones_are_logged():
    """With a slow server one worker would log them all."""
    workers = Recorder()
    making = Making(workers, print)
    making.start("log")
    making.cell(log="log", job="early", output="")
    wait_for(lambda: making._over, 10)
    making.cell(log="log", job="another", output="")
    making.join()
    assert workers.tracks == ["", "then"]


def test_a_table_of_many_cells_is_the_same_by_several_workers(finished, monkeypatch):
    config = make_config(results=str(finished.results), tracking={"mode": "none"})
    grid = Grid.of(config)
    files = [f"{grid.results}/cells/{job.path}" for job in grid.jobs()]
    whole = (finished.results / "tables/experiments/tiny/cells.csv").read_bytes()
    output = str(finished.results / "tables/experiments/tiny/other.csv")
    monkeypatch.setattr("gdexp.work.collecting.MANY", 1)
    log = str(finished.results / "logs" / "table.log")
    with closing(Workers(config)) as workers:
        collect(workers, grid, "tiny", files, output, log=log, cores=2)
        assert Path(output).read_bytes() == whole
        Path(files[0]).write_text("damaged")
        with pytest.raises(JobError, match="damaged"):
            collect(workers, grid, "tiny", files, output, log=log, cores=2)
        # workers that wait for their next task do none
        logs = list((finished.results / "logs").glob("table*"))
        assert logs
        assert not any(is_held(path) for path in logs)
    assert not list(finished.results.glob("tmp*"))
