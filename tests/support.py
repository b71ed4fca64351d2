"""What tests share: small specs and configurations, and Snakemake as a user runs it."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import settings
from numba.core.caching import UserProvidedCacheLocator

from gdexp.core.forms import _loop
from gdexp.core.losses import LOSSES
from gdexp.core.methods import METHODS
from gdexp.core.problem import Problem
from gdexp.core.run import run
from gdexp.core.settled import ALIASES
from gdexp.core.spec import Spec
from gdexp.records.record import CLOSED, SUM, digest_of
from gdexp.records.stale import Survey
from gdexp.tracking import ClientStore
from gdexp.util import digests

# those that the compiled loops know
BATCH = ["gd", "normalized_gd", *ALIASES]

ROOT = Path(__file__).parents[1]

# real images beside a checkout: CIFAR-10 in its binary version, MNIST as IDX files
IMAGES = ROOT.parent / "shared" / "data"
needs_images = pytest.mark.skipif(
    not (IMAGES / "cifar-10-batches-bin").exists(), reason=f"no images in {IMAGES}"
)


# each study in less than a second or two
STUDY_SIZES: dict[str, dict] = {
    "reduction": {"scales": [10], "dim": 16, "steps": 20},
    "oscillation": {"dim": 16, "iterations": 30, "starts": 1},
    "phases": {"dim": 64},
    "edge": {"dims": [16], "edges": [1.41, 2.1], "starts": 5},
    "tail": {"dims": [16], "starts": 50},
    "homogeneity": {"scales": [10], "dim": 10, "samples": 5, "seeds": 1},
    "best_step": {"dims": [16, 32], "starts": 5, "halvings": 3, "repetitions": 10},
    "checks": {"dims": [16], "seeds": 1, "noise_starts": 10},
    "implicit": {"gains": [1.0, 100.0, 1e6], "seeds": 3},
    "flow_limit": {"dim": 16, "parts": [32, 64], "starts": 3, "dims": [16]},
    "momentum_rates": {
        **{"widths": [16], "samples": 4, "seeds": 2, "iterations": 400},
        **{"small_step": 1e-4, "small_iterations": 2000},
    },
    "bilinear": {"seeds": 2, "iterations": 300, "plane_iterations": 100},
    "mean_field": {"alphas": [4, 16], "width": 16, "seeds": 2, "time": 2},
    "poisson": {"widths": [8, 16], "points": 2, "steps": 40, "recorded": 8, "seeds": 2},
    "time_scales": {
        **{"scales": [0.1, 1], "width": 8, "widths": [4, 8]},
        **{"dim": 6, "tests": 50, "seeds": 2},
    },
    "frozen": {"samples": 8, "dim": 4, "widths": [2, 4, 8, 16], "seeds": 3},
    "modes": {"starts": 6, "scales": [1, 1000]},
    "conservation": {"steps": [0.1, 0.05], "dim": 6, "samples": 3, "seeds": 2},
    "products": {"samples": [64, 128], "features": [8, 16, 32], "seeds": 2},
    "large_steps": {
        **{"steps": [32, 64, 256], "iterations": 40, "times": [250, 500, 1000]},
        **{"network_steps": [16, 256], "network_iterations": 30, "seeds": 2},
        **{"samples": 10, "dim": 8, "width": 4},
    },
    "averaged_risk": {"samples": [100], "dims": [16], "steps": [1, 100]},
}


# what readers of tables and of YAML may take for nothing, a number or a truth
STRANGE_NAMES = (
    *("NA", "None", "nan", "null", "NULL2", "N-A", "inf", "Infinity", "true", "False2"),
    *("2e-1", "2025", "007", "1_000", "0x10", "0b1", "no", "2025-11-24", "1e5", "NaT"),
)


def often(times, **more) -> settings:
    """Draw so many times the examples of a suite: 100, or 25 in the short one."""
    return settings(max_examples=round(times * settings().max_examples), **more)


def some(members, *short) -> list:
    """Mark members of which the short suite takes these alone."""
    assert {*short} <= {*members}
    slow = pytest.mark.slow
    return [x if x in short else pytest.param(x, marks=slow) for x in members]


def make_spec(**changes) -> Spec:
    """A spec, of linear gradient descent on c1 unless stated otherwise."""
    default = {
        "dataset": "c1",
        "model": "linear",
        "algorithm": "gd",
        "step": 1,
        "start": "zero",
        "max_iterations": 100_000,
    }
    return Spec(**default | changes)


def make_problem(data, model, algorithm, step, start, precision="float64"):
    """A problem of one's own data, model and start, with an algorithm by its name."""
    name, loss = ALIASES.get(algorithm, (algorithm, "logistic"))
    method = METHODS[name](step)
    return Problem(data, model, method, LOSSES[loss](), start, precision)


def run_in(form, problem, cap, *, full=False):
    """Run in a form of the caller's choice."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gdexp.core.run.form_of", lambda *_: form)
        return run(problem, cap, full=full)


def make_config(**changes) -> dict:
    """A configuration of 12 small cells."""
    models = {
        "linear-gd": {
            "model": "linear",
            "algorithm": "gd",
            "step": 1,
            "start": "gaussian",
        },
        "conv2-perceptron": {
            "model": "conv",
            "kernel": 2,
            "algorithm": "perceptron",
            "step": "0.25/sqrt(d)",
            "start": "gaussian",
        },
    }
    experiment = {
        "dataset": "c1",
        "dims": [8, 16, 32],
        "seeds": 2,
        "max_iterations": 10_000,
        "models": models,
    }
    return {"seed": 7, "experiments": {"tiny": experiment}} | changes


class Workflow:
    """Snakemake, as a user calls it, in a folder of its own."""

    def __init__(self, folder: Path, snakefile: Path = ROOT / "Snakefile") -> None:
        self.folder = folder
        self.snakefile = snakefile
        self.results = folder / "results"

    def configure(self, config: dict) -> Path:
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(config))
        return path

    def command(self, *arguments: str, cores: int = 2) -> list[str]:
        return [
            sys.executable,
            "-m",
            "snakemake",
            "--snakefile",
            str(self.snakefile),
            "--directory",
            str(self.folder),
            "--workflow-profile",
            str(self.snakefile.parent / "profiles" / "default"),
            "--configfile",
            str(self.folder / "config.yaml"),
            "--cores",
            str(cores),
            *arguments,
        ]

    def run(
        self,
        *arguments: str,
        cores: int = 2,
        check: bool = True,
        environment: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*arguments, cores=cores),
            capture_output=True,
            text=True,
            env=os.environ
            | {"PYTHONPATH": str(self.snakefile.parent / "src")}
            | (environment or {}),
            check=False,
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def records(self) -> dict[str, bytes]:
        folder = self.results / "cells"
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("s*.jsonl"))
        }


def base_of_all(tmp_path_factory) -> Path:
    """Return the temporary folder that the processes of these tests have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def made_once(tmp_path_factory, name: str, config: dict) -> Workflow:
    """Return a finished grid of all processes: the first that comes makes it."""
    base = base_of_all(tmp_path_factory)
    flow = Workflow(base / name)
    with (base / f"{name}.lock").open("a+") as made:
        fcntl.flock(made, fcntl.LOCK_EX)
        if not made.seek(0, os.SEEK_END):
            flow.folder.mkdir(exist_ok=True)
            flow.configure(config)
            flow.run()
            made.write("made")
    return flow


def forget():
    """Have digests of code taken anew, as in another process."""
    digests.digest.cache_clear()
    digests.closure.cache_clear()


def share_loops(copy: Path) -> None:
    """Put the compiled loops where Numba looks for those of a copied repository.

    They are of the same source, and each process of the copy would compile its own.
    """
    make_spec().run(8, 0)  # if they were never used here
    made = Path(_loop.run.stats.cache_path)
    source = copy / Path(_loop.__file__).relative_to(ROOT)
    name = UserProvidedCacheLocator.get_suitable_cache_subpath(source)
    folder = source.parent / "__pycache__" / made.parent.name / name
    folder.mkdir(parents=True)
    for file in made.glob("*.nb[ci]"):
        shutil.copy(file, folder)


BREAKING = """
from dataclasses import dataclass
from gdexp.core.datasets.c1 import C1

@dataclass(frozen=True)
class Breaking(C1):
    name = "breaking"

    def build(self, dim, n, rng):
        key = rng.bit_generator.seed_seq.spawn_key[:2]
{cases}
        return super().build(dim, n, rng)
"""


def break_cells(workflow, statements):
    """Let a copied workflow's cells of seed 1 execute statements, by dimension."""
    own = workflow.snakefile.parent / "own"
    own.mkdir(exist_ok=True)
    cases = "\n".join(
        f"        if key == ({dim}, 1):\n            {statement}"
        for dim, statement in statements.items()
    )
    (own / "breaking.py").write_text(BREAKING.format(cases=cases))
    config = make_config(tracking={"mode": "none"})
    config["experiments"]["tiny"]["dataset"] = "breaking"
    workflow.configure(config)


def stale_records(grid) -> list[str]:
    """The record files of another configuration, program or data."""
    return [f"{grid.results}/cells/{job.path}" for job in Survey.of(grid).stale]


def signed(text: str) -> str:
    """Records that were changed by hand, each with the sum that it has now."""
    lines = []
    for line in text.splitlines():
        said = line.rpartition(SUM)[0] + "}"
        lines.append(f"{said[:-1]}{SUM}{digest_of(said.encode())}{CLOSED}\n")
    return "".join(lines)


def logs_with(workflow, word):
    """Logs that have a word in them, below the folder of logs."""
    folder = workflow.results / "logs"
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*.log")
        if word in path.read_text()
    }


def tracked_by(workflow):
    """How many cells have a run, as far as those know who made it."""
    return len(list((workflow.results / "tracking" / "cells").rglob("*.json")))


def waiting(workflow, writers):
    """Whether so many writers have a record that is not tracked yet: each has one."""
    return len(workflow.records()) - tracked_by(workflow) >= writers


def stamps(workflow, *folders):
    """When each file below folders of the results was written.

    Not those that are just being written, hidden ones: they are gone in a moment.
    """
    found = {}
    for folder in folders:
        for place, _, names in os.walk(workflow.results / folder):
            for path in (Path(place, name) for name in names if name[0] != "."):
                with suppress(FileNotFoundError):  # Snakemake removes outputs meanwhile
                    written = path.stat().st_mtime_ns
                    found[str(path.relative_to(workflow.results))] = written
    return found


# of pip, where no address or no way leads to a registry
NO_NETWORK = "NameResolutionError|NewConnectionError|ConnectTimeoutError|ProxyError"
NO_NETWORK += "|Temporary failure in name resolution"


def pip(python, *arguments):
    """Call pip, which without a network is a reason to skip; return what it said."""
    command = [python, "-m", "pip", *arguments, "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and re.search(NO_NETWORK, done.stderr):
        pytest.skip(f"no packages to install: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    return done.stdout


def runs(workflow, experiment):
    store = ClientStore(workflow.results, [experiment])
    return list(store.search(store.experiments[experiment]))


def workers_of(workflow):
    """Process ids of the workers that run in the workflow's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            name = (process / "comm").read_text().strip()
            folder = (process / "cwd").readlink()
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if name == "gdexp-worker" and folder == workflow.folder and state != "Z":
            found.append(int(process.name))
    return found


@contextmanager
def started(command, **options):
    """A process with a group of its own, none of which outlives a test that failed."""
    with subprocess.Popen(command, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def wait_for(condition, seconds=180, *, of=None):
    """Wait long: on a loaded machine eight processes take a minute to import.

    Not for what a process should do that has ended.
    """
    end = time.monotonic() + seconds
    while True:
        ended = of is not None and of.poll() is not None
        if condition():
            return
        assert not ended, f"it ended: {of.stderr and of.stderr.read()}"
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
