"""The commands of docs/cluster.md, word for word: a server asked by its host's name.

What is no command of the page's own is put in place of: the database's host and port,
port 5000, the folder ``/shared``, the user ``me`` and the host ``cluster``.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, suppress

import pytest
from ports import free_port
from postgres import postgres_programs, postgres_server
from support import ROOT, Workflow, make_config, runs, wait_for

PAGE = (ROOT / "docs" / "cluster.md").read_text("utf-8")
NAME = socket.gethostname()

pytestmark = pytest.mark.slow


def blocks(heading):
    """The fenced commands of a section."""
    section = re.split(rf"^#+ {heading}$", PAGE, flags=re.MULTILINE)[1]
    section = re.split(r"^##+ ", section, flags=re.MULTILINE)[0]
    return re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


class Place:
    """A folder `gdexp` as on a cluster, and a database server that has no database."""

    def __init__(self, folder, postgres):
        self.folder = folder
        self.port = free_port()
        self.uri = f"http://{NAME}:{self.port}"
        self.home = folder / "home"
        self.cluster = folder / "gdexp"
        self._database = f"127.0.0.1:{postgres.port}"
        self.environment = os.environ | postgres.environment
        # initdb lies beside createdb, which is not on every PATH
        self.environment["PATH"] += f"{os.pathsep}{postgres_programs()}"
        self.environment |= dict.fromkeys(("no_proxy", "NO_PROXY"), NAME)
        for one in (self.home, self.cluster):
            one.mkdir()
            (one / ".venv").symlink_to(sys.prefix)

    def words(self, text):
        """Commands with what is here in place of what the page calls so."""
        host, port = self._database.split(":")
        for called, here in (
            ("dbhost:5432", self._database),
            ("--host dbhost --port 5432", f"--host {host} --port {port}"),
            ("5000", str(self.port)),
            ("/shared", str(self.folder / "shared")),
            ("PGUSER=me", f"PGUSER={self.environment['PGUSER']}"),
            ("cluster:gdexp", str(self.cluster)),
        ):
            text = text.replace(called, here)
        return text

    def run(self, commands, folder):
        """What commands of the page print in a folder."""
        done = subprocess.run(
            ["bash", "-ec", self.words(commands)],
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def serving(self, commands):
        """Commands of the page whose last one serves until it is stopped."""
        log = self.folder / "server.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                ["bash", "-ec", self.words(commands)],
                cwd=self.cluster,
                env=self.environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

        def answers():
            assert process.poll() is None, log.read_text()
            address = f"http://127.0.0.1:{self.port}/health"
            with suppress(OSError), urllib.request.urlopen(address, timeout=5) as said:
                return said.status == 200
            return False

        try:
            wait_for(answers)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def tracked(self, experiment):
        """Cells that have a finished run on the server, asked by its name."""
        from mlflow import MlflowClient

        client = MlflowClient(self.uri)
        found = client.get_experiment_by_name(experiment)
        runs = client.search_runs([found.experiment_id])
        assert {run.info.status for run in runs} == {"FINISHED"}
        return [run.data.tags.get("gdexp.cell", "summary") for run in runs]


@pytest.fixture(scope="module")
def place(services, tmp_path_factory):
    if not postgres_programs():
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    try:
        socket.gethostbyname(NAME)
    except OSError:
        pytest.skip(f"no address for this machine's own name {NAME!r} (/etc/hosts)")
    if NAME == "localhost":
        pytest.skip("this machine has no name but localhost")
    with postgres_server() as server:
        yield Place(tmp_path_factory.mktemp("page"), server)


def grid(experiment, uri):
    config = make_config(tracking={"mode": "inline", "uri": uri})
    config["experiments"] = {experiment: config["experiments"].pop("tiny")}
    return config


def computed(place, experiment):
    """What a grid that tracks into the server says, and where it was computed."""
    flow = Workflow(place.cluster)
    flow.configure(grid(experiment, place.uri))
    return flow, flow.run(check=False, environment=place.environment)


def test_a_server_by_its_name_and_the_way_home(place):
    plain, fast = blocks("A tracking server on PostgreSQL")
    assert "--allowed-hosts" in plain
    with place.serving(plain):
        flow, done = computed(place, "plain")
        assert done.returncode == 0, done.stderr
        assert "untracked" not in done.stderr
        cells = place.tracked("plain")
        assert len(cells) == len(set(cells)) == 13
        assert "summary" in cells

        looked = place.run(*blocks("4. Look"), place.cluster)
        assert re.search(r"^done +12\b", looked, re.MULTILINE)
        (partial,) = re.findall(r"`(\.venv/bin/gdexp collect --partial)`", PAGE)
        place.run(partial, place.cluster)
        assert (flow.results / "partial" / "tables" / "cells.csv").exists()

    config = grid("plain", "")
    Workflow(place.home).configure(config)
    said = place.run(*blocks("5. Bring home"), place.home)
    first, *rest = said.splitlines()
    assert "has the id" in first  # adopted: the server's runs are its own
    assert rest == [
        "0 runs kept, 12 added, 0 removed",  # into sqlite
        "12 runs kept, 0 added, 0 removed",  # those of the server
    ]
    made = runs(Workflow(place.home), "plain")
    assert len(made) == 13  # the summary too

    Workflow(place.cluster).configure(grid("fast", place.uri))
    with place.serving(fast):
        place.run(".venv/bin/gdexp cell fast linear-gd 8 0", place.cluster)
        assert place.tracked("fast") == ["fast/linear-gd/d8/s0"]

    # without the names it is refused, and what helps is said once
    bare = re.sub(r"^ *--allowed-hosts .*\n", "", plain.partition("\n")[2], flags=re.M)
    assert "allowed" not in bare
    with place.serving(bare):
        _, done = computed(place, "bare")
    assert done.returncode != 0
    assert "12 untracked ('gdexp sync' repairs)" in done.stderr
    assert f"start it with --allowed-hosts {NAME}:{place.port}," in done.stderr
    assert "Traceback" not in done.stderr
