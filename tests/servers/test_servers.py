"""Runs on a tracking server with a real database, through its bad hours too.

GDEXP_RUNS sets how many runs the grid has; the default keeps the suite short.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from rows import awkward, compare
from support import (
    ROOT,
    Workflow,
    make_config,
    pip,
    started,
    tracked_by,
    wait_for,
    waiting,
)

from gdexp.grid.grid import Grid
from gdexp.records.record import Record

pytestmark = pytest.mark.slow

RUNS = int(os.environ.get("GDEXP_RUNS", "120")) // 6 * 6  # six model entries and dims


def grid(uri, experiment, seeds=RUNS // 6, **tracking):
    config = make_config(tracking={"uri": uri, **tracking})
    config["experiments"][experiment] = config["experiments"].pop("tiny") | {
        "seeds": seeds
    }
    return config


def tracked(server, experiment):
    """All runs of an experiment on the server, whoever made them."""
    from mlflow import MlflowClient

    client = MlflowClient(server.uri)
    found = client.get_experiment_by_name(experiment)
    runs, token = [], None
    while True:
        page = client.search_runs([found.experiment_id], page_token=token)
        runs, token = runs + list(page), page.token
        if not token:
            return runs


def secrets_in(folder, secret):
    """Files below a folder that hold a secret."""
    return [
        path
        for path in Path(folder).rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]


def sync(workflow, *arguments, environment=None, check=True):
    return subprocess.run(
        [sys.executable, "-m", "gdexp", "sync", *arguments],
        cwd=workflow.folder,
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        check=check,
    )


def said_to(server, experiment):
    """All that the server was told of an experiment and its runs, as text."""
    from mlflow import MlflowClient

    found = MlflowClient(server.uri).get_experiment_by_name(experiment)
    runs = [
        [run.info.run_name, run.data.tags, run.data.params]
        for run in tracked(server, experiment)
    ]
    return repr([found.tags, found.artifact_location, runs])


def interrupted(workflow, service, experiment, environment):
    """Run by eight writers, all of which wait for a service; return what was said."""
    # the store is made first, of one cell: else all cells might end before it is there
    first = [sys.executable, "-m", "gdexp", "cell", experiment, "linear-gd", "8", "0"]
    subprocess.run(first, cwd=workflow.folder, env=os.environ | environment, check=True)
    sync(workflow, environment=environment)
    command = workflow.command(cores=8)
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with started(command, env=os.environ | environment, **streams) as process:
        wait_for(lambda: tracked_by(workflow) >= RUNS // 10, 600, of=process)
        with service.away():
            wait_for(lambda: waiting(workflow, 8), of=process)
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    return errors


def test_eight_writers_and_a_server_that_restarts(workflow, server, postgres):
    workflow.configure(grid(server.uri, "restart"))
    # this server asks for none; whatever is set must not be found anywhere
    credentials = {
        "MLFLOW_TRACKING_USERNAME": "user-of-the-server",
        "MLFLOW_TRACKING_PASSWORD": "password-of-the-server",
    }
    errors = interrupted(workflow, server, "restart", credentials)
    runs = tracked(server, "restart")
    assert {run.info.status for run in runs} == {"FINISHED"}
    cells = [run.data.tags.get("gdexp.cell") for run in runs]
    assert len(cells) == len(set(cells)) == RUNS + 1
    again = sync(workflow, environment=credentials)
    assert again.stdout == f"{RUNS} runs kept, 0 added, 0 removed\n"
    told = errors + again.stderr + said_to(server, "restart")
    assert "conv2-perceptron" in told
    for secret in (postgres.password, *credentials.values()):
        assert secrets_in(workflow.folder, secret) == []
        assert secret not in told


def test_a_server_that_stays_away(workflow, server):
    workflow.configure(grid(server.uri, "away", seeds=2))
    with server.away():
        done = workflow.run(check=False)
        refused = sync(workflow, check=False)
    assert done.returncode != 0
    assert len(workflow.records()) == 12
    assert (workflow.results / "claims.md").exists()
    assert "12 untracked ('gdexp sync' repairs)" in done.stderr
    assert refused.returncode == 1
    for line in (done.stderr, refused.stderr):
        assert "Traceback" not in line
    assert sync(workflow).stdout == "0 runs kept, 12 added, 0 removed\n"
    assert sync(workflow).stdout == "12 runs kept, 0 added, 0 removed\n"
    assert len(tracked(server, "away")) == 13  # the summary too


@pytest.mark.parametrize("kind", ["server", "postgres"])
def test_one_current_run_per_record_whatever_was_called(
    workflow, server, postgres, kind, tmp_path_factory
):
    """Cells that are run again, copies that go on, and one that is adopted."""
    uri = {"server": server, "postgres": postgres}[kind].uri
    workflow.configure(grid(uri, f"current-{kind}", seeds=1))
    copy = Workflow(tmp_path_factory.mktemp("copy"))

    def runs():
        found = tracked(server, f"current-{kind}")
        return Counter(run.data.tags["gdexp.results"] for run in found)

    def mended(flow):
        flow.run(environment=postgres.environment)
        done = flow.run(environment=postgres.environment)
        return "Nothing to be done" in done.stderr

    assert mended(workflow)
    (first,) = runs()
    again = ["--forcerun", "cell", "--until", "cell"]
    workflow.run(*again, environment=postgres.environment)
    assert runs() == {first: 13}
    assert mended(workflow)
    assert runs() == {first: 7}
    for _ in range(2):
        shutil.copytree(workflow.folder, copy.folder, dirs_exist_ok=True)
        (copy.results / ".id").rename(copy.results / ".brought")
        shutil.copyfile(copy.results / ".brought", copy.results / ".id")
        assert mended(copy)
        assert sorted(runs().values()) == [7, 7]
    adopting = [sys.executable, "-m", "gdexp", "adopt"]
    subprocess.run(adopting, cwd=copy.folder, check=True)
    assert mended(copy)
    assert runs() == {first: 7}


def test_deferred_runs_go_straight_into_the_database(workflow, server, postgres):
    pytest.importorskip("psycopg2", reason="no driver (pip install gdexp[postgresql])")
    workflow.configure(grid(postgres.uri, "deferred", seeds=10, mode="deferred"))
    done = workflow.run(environment=postgres.environment)
    assert "untracked" not in done.stderr
    runs = tracked(server, "deferred")
    assert len(runs) == 61
    assert {run.info.status for run in runs} == {"FINISHED"}
    again = sync(workflow, environment=postgres.environment)
    assert again.stdout == "60 runs kept, 0 added, 0 removed\n"
    assert "runs uploaded (100 %)" in done.stderr
    told = done.stderr + again.stderr + said_to(server, "deferred")
    assert secrets_in(workflow.folder, postgres.password) == []
    assert postgres.password not in told


def test_rows_in_postgresql_are_runs_as_by_the_client(postgres, monkeypatch, tmp_path):
    pytest.importorskip("psycopg2", reason="no driver (pip install gdexp[postgresql])")
    for name, value in postgres.environment.items():
        monkeypatch.setenv(name, value)
    asked = Grid.of(make_config())
    cell = next(iter(asked.cells(next(iter(asked.jobs())))))
    record = Record.of(cell, cell.spec.run(cell.dim, cell.seed))
    compare(sys.executable, tmp_path, postgres.uri, awkward(record))


def test_eight_writers_of_rows_and_a_database_that_restarts(workflow, server, postgres):
    pytest.importorskip("psycopg2", reason="no driver (pip install gdexp[postgresql])")
    workflow.configure(grid(postgres.uri, "rows"))
    errors = interrupted(workflow, postgres, "rows", postgres.environment)
    assert "untracked" not in errors
    runs = tracked(server, "rows")
    cells = [run.data.tags.get("gdexp.cell") for run in runs]
    assert len(cells) == len(set(cells)) == RUNS + 1
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert {len(run.data.metrics) for run in runs if "seed" in run.data.params} == {9}


def test_a_sync_that_was_cut_short_goes_on(workflow, server, postgres):
    pytest.importorskip("psycopg2", reason="no driver (pip install gdexp[postgresql])")
    # by the client the runs come one by one; rows would come by the hundred
    workflow.configure(grid("", "cut", seeds=40, mode="none", writer="client"))
    workflow.run()
    command = [sys.executable, "-m", "gdexp", "sync", "--uri", postgres.uri]
    environment = os.environ | postgres.environment

    def logged():
        try:
            runs = tracked(server, "cut")
        except AttributeError:  # the experiment is not there yet
            return 0
        return sum(run.info.status == "FINISHED" for run in runs)

    told = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with started(command, cwd=workflow.folder, env=environment, **told) as first:
        wait_for(lambda: logged() >= 20, 600, of=first)
        first.kill()
    left = logged()
    assert 20 <= left < 240
    done = sync(workflow, "--uri", postgres.uri, environment=postgres.environment)
    kept, added, _ = (int(word) for word in done.stdout.split() if word.isdigit())
    assert kept >= left
    assert kept + added == 240
    runs = tracked(server, "cut")
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert len(runs) == 241


def test_a_wrong_password_in_one_line(workflow, postgres):
    pytest.importorskip("psycopg2", reason="no driver (pip install gdexp[postgresql])")
    workflow.configure(grid("", "wrong", seeds=1, mode="none"))
    workflow.run()
    wrong = {"PGUSER": "gdexp", "PGPASSWORD": "not-the-password"}
    done = sync(workflow, "--uri", postgres.uri, environment=wrong, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "password authentication failed" in done.stderr
    assert "PGPASSWORD" in done.stderr
    assert "not-the-password" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    log = (workflow.results / "logs" / "sync.log").read_text()
    assert "password authentication failed" in log
    assert "Traceback" not in log
    assert secrets_in(workflow.folder, "not-the-password") == []


@pytest.fixture(scope="module")
def skinny(tmp_path_factory):
    """A compute node's environment: mlflow-skinny, no SQL driver, no figures."""
    folder = tmp_path_factory.mktemp("skinny") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    # the versions of the lock, without the dependencies for databases and figures
    lock = (ROOT / "requirements.lock").read_text()
    versions = folder.parent / "versions.txt"
    versions.write_text("\n".join(re.findall(r"^[^ ]+==[^\\]+", lock, re.MULTILINE)))
    page = (ROOT / "docs" / "cluster.md").read_text("utf-8")
    (names,) = re.findall("^pip install (mlflow-skinny .+)$", page, re.MULTILINE)
    names += " hatchling"  # to build gdexp, which would fetch it otherwise
    pip(python, "install", "-q", "-c", versions, *names.split())
    pip(python, "install", "-q", "--no-deps", "--no-build-isolation", ROOT)
    return python


def test_compute_nodes_need_no_sql(workflow, server, skinny):
    listed = subprocess.check_output([skinny, "-m", "pip", "list"], text=True).lower()
    assert "mlflow-skinny" in listed
    for absent in ("sqlalchemy", "psycopg2", "seaborn", "mlflow "):
        assert absent not in listed
    workflow.configure(grid(server.uri, "skinny", seeds=2))
    for arguments in (["linear-gd", "8", "0"], ["conv2-perceptron", "32", "0-1"]):
        done = subprocess.run(
            [skinny, "-m", "gdexp", "cell", "skinny", *arguments],
            cwd=workflow.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "tracked" not in done.stderr
    runs = tracked(server, "skinny")
    assert len(runs) == 3
    assert {run.info.status for run in runs} == {"FINISHED"}
