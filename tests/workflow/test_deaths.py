"""Processes that die, or are told to, when it suits least: no job hangs or is lost."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from support import break_cells, make_config, wait_for

from gdexp.util.errors import JobError
from gdexp.work.process import DiedError, Worker
from gdexp.work.workers import Workers

CONFIG = make_config(tracking={"mode": "none"})


class Acted:
    """A nursery whose workers are threads here that a test plays.

    They read what is said to them and answer with what the test gives them to.
    """

    def __init__(self):
        self.heard, self.answers = [], []

    def bear(self, listen, answer, _first, _then):
        threading.Thread(
            target=self._play, args=(os.dup(listen), os.dup(answer)), daemon=True
        ).start()
        return 1

    def _play(self, listen, answer):
        with os.fdopen(listen) as tasks, os.fdopen(answer, "wb", buffering=0) as out:
            tasks.readline()  # the configuration
            for line in tasks:
                self.heard.append(json.loads(line)["task"])
                for said in self.answers.pop(0):
                    if isinstance(said, threading.Event):
                        assert said.wait(60)
                    else:
                        out.write(said)
                if not said.endswith(b"\n"):
                    return

    def status(self, _name):
        return -9

    def close(self):
        return 0


BEGUN = b'{"begun": true}\n'
DONE = b'{"error": null, "result": 1, "later": false}\n'
LATER = b'{"error": null, "result": 1, "later": true}\n'


def test_half_an_answer_is_none():
    nursery = Acted()
    nursery.answers = [[BEGUN, b'{"error": nu']]
    worker = Worker(nursery, CONFIG)
    with pytest.raises(DiedError) as died:
        worker.ask({"task": "plan"}, print, print)
    assert died.value.begun
    assert worker.close() == -9


def test_what_a_worker_has_left_is_waited_for_when_it_has_another_task(monkeypatch):
    """Else a sync logs again what it is just logging."""
    nursery, logged = Acted(), threading.Event()
    monkeypatch.setattr("gdexp.work.workers.Nursery", lambda: nursery)
    nursery.answers = [[BEGUN, LATER], [logged, BEGUN, DONE]]
    with closing(Workers(CONFIG)) as workers, ThreadPoolExecutor() as pool:
        workers.do("cell", log="log")
        figure = pool.submit(workers.do, "figure", log="log")
        wait_for(lambda: nursery.heard == ["cell", "figure"], 60)
        rest = pool.submit(workers.rest)
        try:
            with pytest.raises(TimeoutError):
                rest.result(0.5)
        finally:
            logged.set()
        rest.result(60)
        figure.result(60)


@pytest.mark.parametrize("said", ["", "{", '{"results": "r"}\n{"task": "ce'])
def test_a_worker_ends_with_half_a_line(said, tmp_path):
    answers, answer = os.pipe()
    done = subprocess.run(
        [sys.executable, "-m", "gdexp.work.worker", str(answer)],
        input=said,
        text=True,
        capture_output=True,
        pass_fds=[answer],
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    os.close(answers)
    os.close(answer)
    assert done.returncode == 0


@pytest.fixture
def workers(tmp_path, monkeypatch):
    """Workers whose parent knows Ctrl-C, be these tests begun in the background."""
    monkeypatch.chdir(tmp_path)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with closing(Workers(CONFIG)) as workers:
        yield workers
    signal.signal(signal.SIGINT, before)


def compute(workers, seed=0):
    job = f"tiny/linear-gd/d8/s{seed}"
    workers.do("cell", log="log", job=job, output=f"{job}.jsonl", track="")
    return Path(f"{job}.jsonl").exists()


def test_a_parent_that_dies_before_its_workers_are_born_harms_no_job(workers):
    workers.start(3, [], also_mlflow=False)
    os.kill(workers._nursery._process.pid, signal.SIGKILL)
    assert compute(workers)


def test_after_ctrl_c_nothing_starts_anew(workers):
    assert compute(workers)
    nursery = workers._nursery._process
    children = Path(f"/proc/{nursery.pid}/task/{nursery.pid}/children").read_text()
    for process in (*map(int, children.split()), nursery.pid):
        os.kill(process, signal.SIGINT)
    for seed in (1, 2):
        with pytest.raises(JobError, match="no worker starts: interrupted"):
            compute(workers, seed)


NO_ROOM = f"""
import os

fork = os.fork

def full():
    if os.path.exists("full"):
        raise BlockingIOError({errno.EAGAIN}, "Resource temporarily unavailable")
    return fork()

os.fork = full
"""


def test_no_room_for_one_more_process_is_said_and_no_end(
    workers, tmp_path, monkeypatch
):
    (tmp_path / "sitecustomize.py").write_text(NO_ROOM)
    (tmp_path / "full").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(JobError, match="starts: Resource temporarily unavailable"):
        compute(workers)
    (tmp_path / "full").unlink()
    assert compute(workers)


FORKS = """import os, time
            child = os.fork()
            while not child:
                time.sleep(1)
            open("children", "a").write(f"{child} ")
            os.kill(os.getpid(), 9)
"""


def test_the_death_of_a_worker_that_has_forked_is_seen(copied_workflow):
    workflow = copied_workflow
    break_cells(workflow, {8: FORKS})
    done = workflow.run("--until", "cell", check=False, cores=1)
    assert "its worker died with status -9" in done.stderr
    for child in (workflow.folder / "children").read_text().split():
        os.kill(int(child), signal.SIGKILL)  # the workflow has not waited for it


def run_with(workflow, changes):
    """Run the cells in a Snakemake with something changed in it."""
    script = workflow.folder / "changed.py"
    script.write_text(f"{changes}\nimport sys\nfrom snakemake import cli\ncli.main()\n")
    python, _, _, *arguments = workflow.command("--until", "cell", cores=1)
    return subprocess.run(
        [python, str(script), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


STOPPED = """
import os
import signal
from gdexp.work.progress import Progress

count = Progress._count

def stopped(self, job):
    os.kill(os.getpid(), signal.SIGTERM)
    count(self, job)

Progress._count = stopped
"""


def test_sigterm_while_snakemake_looks_at_a_job_that_ended(workflow):
    """It has its lock then, for which its handler would wait."""
    workflow.configure(CONFIG)
    done = run_with(workflow, STOPPED)
    assert done.returncode == 1
    assert "Will exit after finishing currently running jobs" in done.stderr
    assert 1 <= len(workflow.records()) < 12


FULL = """
import os
from gdexp.work.progress import Progress

start = Progress.start

def full(self, *given):
    os.dup2(os.open("/dev/full", os.O_WRONLY), 2)
    start(self, *given)
    self.note("a line")

Progress.start = full
"""


def test_a_screen_that_takes_no_more_harms_nothing(workflow):
    """As that of a run in the background whose log is on a disk that is full."""
    workflow.configure(CONFIG)
    run_with(workflow, FULL)
    assert len(workflow.records()) == 12


def test_a_screen_that_is_closed_harms_nothing(workflow):
    workflow.configure(CONFIG)
    command = workflow.command("--until", "cell", cores=1)
    subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *command],
        cwd=workflow.folder,
        timeout=300,
        check=True,
    )
    assert len(workflow.records()) == 12
