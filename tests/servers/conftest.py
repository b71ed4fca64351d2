"""A real PostgreSQL and a real MLflow server on it, in folders of their own."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from support import wait_for


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def postgres_programs():
    """The folder of initdb, which Debian keeps off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else on_path and Path(on_path).parent


class Postgres:
    """A database server with a password; it refuses to run as root."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_hex(12)
        self.uri = f"postgresql://127.0.0.1:{self.port}/mlflow"
        self.environment = {"PGUSER": "gdexp", "PGPASSWORD": self.password}
        self._programs = postgres_programs()

    def start(self):
        folder = self.folder
        secret = folder / "password"
        secret.write_text(self.password)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            shutil.chown(secret, "postgres")
        self._do("initdb", "-A", "scram-sha-256", "-U", "gdexp", f"--pwfile={secret}")
        secret.unlink()
        options = f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1"
        self._do("pg_ctl", "-w", "-l", folder / "log", "-o", options, "start")
        environment = os.environ | self.environment
        where = ["-h", "127.0.0.1", "-p", str(self.port)]
        program = [self._programs / "createdb", *where, "mlflow"]
        subprocess.run(program, env=environment, check=True)

    def stop(self):
        if (self.folder / "data" / "postmaster.pid").exists():
            self._do("pg_ctl", "-m", "immediate", "stop")

    def _do(self, program, *arguments):
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        command = [self._programs / program, "-D", self.folder / "data", *arguments]
        subprocess.run(
            [*user[: 4 * (os.geteuid() == 0)], *command],
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            check=True,
        )


class Server:
    """An MLflow tracking server that can be stopped and started."""

    def __init__(self, backend, folder, environment):
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self._environment = os.environ | environment
        self._command = [sys.executable, "-m", "mlflow", "server"]
        self._command += ["--host", "127.0.0.1", "--port", str(self.port)]
        self._command += ["--workers", "2", "--gunicorn-opts=--keep-alive=60"]
        self._command += ["--backend-store-uri", backend]
        self._command += ["--artifacts-destination", str(folder / "artifacts")]
        self._log = folder / "server.log"
        self._process = None

    def start(self):
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._answers)

    def stop(self):
        if self._process:
            os.killpg(self._process.pid, 9)
            self._process.wait()

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            assert self._process.poll() is None, self._log.read_text()
            return False


@pytest.fixture(scope="module")
def postgres():
    if not postgres_programs():
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="gdexp-postgres-"))
    server = Postgres(folder)
    try:
        server.start()
        yield server
    finally:  # also what of it did start
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    server = Server(postgres.uri, folder, postgres.environment)
    try:
        server.start()
        yield server
    finally:
        server.stop()
