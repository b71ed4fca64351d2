"""A grid in surroundings that have everything at once that leaked into one once."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest
import requests
from ports import free_port
from support import ROOT, make_config, started, wait_for

from gdexp.tracking import database, server

PRINTED = "print('a stray line'); print('one without an end', end='')\n"
MATPLOTLIB = "text.usetex: True\nfont.family: fantasy\nsavefig.dpi: 30\n"
# files of the working folder with names that some import has too
SHADOWS = ("random", "queue", "json", "numpy", "pandas", "sqlalchemy", "mlflow", "yaml")
VARIABLES = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "NUMBA_DISABLE_JIT": "1",
    "NUMBA_CACHE_DIR": "/proc/nowhere",
    "GIT_DIR": "/nowhere",
    "GIT_WORK_TREE": "/nowhere",
    "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
    "MLFLOW_EXPERIMENT_NAME": "other",
    "MLFLOW_RUN_ID": "0" * 32,
    "LC_ALL": "C",
    "PYTHONWARNINGS": "ignore",
    "COLUMNS": "20",
}


def shadow(folder):
    for name in SHADOWS:
        (folder / f"{name}.py").write_text("raise SystemExit('a shadow')\n")


@pytest.fixture
def hostile(workflow, tmp_path):
    """What the environment says; the working folder and the home are no better."""
    shadow(workflow.folder)
    home, start = tmp_path / "home", tmp_path / "start"
    settings = home / ".config" / "matplotlib"
    settings.mkdir(parents=True)
    for folder in (settings, workflow.folder):
        (folder / "matplotlibrc").write_text(MATPLOTLIB)
    start.mkdir()
    for name in ("usercustomize", "sitecustomize"):
        (start / f"{name}.py").write_text(PRINTED)
    paths = f"{ROOT / 'src'}{os.pathsep}{start}"
    return VARIABLES | {"HOME": str(home), "PYTHONPATH": paths}


def test_nothing_around_a_grid_alters_it(hostile, workflow, single):
    workflow.configure(make_config())
    python, *arguments = workflow.command()
    done = subprocess.run(
        [python, "-P", *arguments],  # as the script `snakemake` starts, in any folder
        cwd=workflow.folder,
        env=os.environ | hostile,
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "untracked" not in done.stderr
    assert workflow.records() == single.records()
    for path in sorted(single.results.rglob("*")):
        if path.suffix in {".png", ".pdf", ".csv", ".txt"}:
            ours = workflow.results / path.relative_to(single.results)
            assert ours.read_bytes() == path.read_bytes(), path


@pytest.mark.skipif(
    " " in sys.executable,
    reason="Snakemake starts no process where there is a space in the path of Python",
)
def test_jobs_with_processes_of_their_own_take_no_module_from_around(copied_workflow):
    """As on a cluster: each is a ``python -m snakemake`` in the working folder."""
    flow = copied_workflow
    for folder in (flow.folder, flow.snakefile.parent):
        shadow(folder)
    python, *arguments = flow.command("results/cells/tiny/linear-gd/d8/s0.jsonl")
    profile = arguments.index("--workflow-profile") + 1
    arguments[profile] = "none"  # without that these are threads
    done = subprocess.run(
        [python, "-P", *arguments],
        cwd=flow.folder,
        env=os.environ | {"PYTHONPATH": str(flow.snakefile.parent / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [*flow.records()] == ["tiny/linear-gd/d8/s0.jsonl"]


@pytest.mark.slow
def test_the_server_of_the_ui_takes_no_module_from_the_working_folder(tmp_path):
    before = dict(os.environ)
    shadow(tmp_path)
    database(tmp_path).parent.mkdir()
    database(tmp_path).touch()
    port = free_port()
    command, environment = server(tmp_path)
    assert os.environ == before  # that of the server is no other process's
    command += ["--port", f"{port}"]

    def answers():
        with suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{port}/health", timeout=5).ok

    with started(
        command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_for(answers, of=process)
