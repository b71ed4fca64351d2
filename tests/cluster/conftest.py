import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from support import ROOT, Workflow

SCRIPT = Path(__file__).with_name("slurm.sh")


class Slurm:
    """A real Slurm of one node; see slurm.sh."""

    def __init__(self, folder):
        self.folder = folder
        path = f"{folder / 'bin'}:{os.environ['PATH']}"
        conf = folder / "slurm.conf"
        self.environment = os.environ | {"SLURM_CONF": str(conf), "PATH": path}
        self.node = os.uname().nodename.partition(".")[0]
        self.before = {}

    def call(self, *command):
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def states(self):
        """State of every job of this test so far by its id, those that ended too."""
        said = self.call("squeue", "--states=all", "--noheader", "--format=%i %T")
        states = dict(line.split() for line in said.splitlines())
        return {job: states[job] for job in states.keys() - self.before}

    def time_is_up(self):
        """Move the time limit of the one running job to this moment; return its id.

        Slurm counts it in minutes and looks twice a minute, and kills as ever.
        """
        (job,) = (job for job, state in self.states().items() if state == "RUNNING")
        self.call("scontrol", "update", f"jobid={job}", "EndTime=now+1")
        return job

    def node_is(self, state):
        where = ["scontrol", "update", f"nodename={self.node}", f"state={state}"]
        self.call(*where, "reason=test")


class ClusterWorkflow(Workflow):
    """Snakemake as a user of a cluster calls it, with shorter waits."""

    slurm: Slurm
    process: subprocess.Popen | None = None

    def command(self, *arguments, cores=2):
        profile = self.snakefile.parent / "profiles"
        command = super().command(*arguments, cores=cores)
        command[command.index(str(profile / "default"))] = str(profile / "slurm")
        where = command.index("--cores")
        command[where : where + 2] = ["--jobs", "8"]
        # squeue: this Slurm keeps no accounts
        return [
            *command,
            "--slurm-no-account",
            "--slurm-status-command=squeue",
            "--slurm-init-seconds-before-status-checks=1",
            "--seconds-between-status-checks=1",
        ]

    def start(self, *arguments):
        self.process = subprocess.Popen(
            self.command(*arguments),
            env=self.slurm.environment | {"PYTHONPATH": str(ROOT / "src")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.process


@pytest.fixture(scope="module")
def slurm(services):
    pytest.importorskip("snakemake_executor_plugin_slurm", reason="no gdexp[slurm]")
    # short: a socket lies in it
    folder = Path(tempfile.mkdtemp(prefix="gdexp-slurm-"))
    try:
        done = subprocess.run(
            [SCRIPT, "start", folder], stderr=subprocess.PIPE, text=True, check=False
        )
        if done.returncode == 3:
            pytest.skip(done.stderr.strip())
        assert done.returncode == 0, done.stderr
        yield Slurm(folder)
    finally:  # also what of it did start
        subprocess.run([SCRIPT, "stop", folder], check=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(slurm, tmp_path):
    (tmp_path / "cluster").mkdir()
    flow = ClusterWorkflow(tmp_path / "cluster")
    flow.slurm = slurm
    slurm.before = {}
    slurm.before = slurm.states()
    yield flow
    if flow.process:  # of a test that failed
        with flow.process:
            flow.process.kill()
    slurm.call("scancel", f"--user={os.geteuid()}")
