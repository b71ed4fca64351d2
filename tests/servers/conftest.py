"""A real PostgreSQL and a real MLflow server on it, in folders of their own."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest
from ports import free_port
from postgres import postgres_programs, postgres_server
from support import wait_for


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

    @contextmanager
    def away(self):
        """Stop it, and start it again whatever happens meanwhile."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def _answers(self):
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            assert self._process.poll() is None, self._log.read_text()
            return False


@pytest.fixture(scope="module")
def postgres(services):
    if not postgres_programs():
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with postgres_server() as server:
        server.create()
        yield server


@pytest.fixture(scope="module")
def server(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    server = Server(postgres.uri, folder, postgres.environment)
    try:
        server.start()
        yield server
    finally:
        server.stop()
