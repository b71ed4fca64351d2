"""A PostgreSQL server in a folder of its own, for tests and benchmarks."""

import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from ports import free_port


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
        """Start it, without a database."""
        folder = self.folder
        secret = folder / "password"
        secret.write_text(self.password)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            shutil.chown(secret, "postgres")
        self._do("initdb", "-A", "scram-sha-256", "-U", "gdexp", f"--pwfile={secret}")
        secret.unlink()
        self.start_again()

    def create(self):
        """Create the database that the address names."""
        environment = os.environ | self.environment
        where = ["-h", "127.0.0.1", "-p", str(self.port)]
        program = [self._programs / "createdb", *where, "mlflow"]
        subprocess.run(program, env=environment, check=True)

    def start_again(self):
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._do("pg_ctl", "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self):
        if (self.folder / "data" / "postmaster.pid").exists():
            self._do("pg_ctl", "-m", "immediate", "stop")

    @contextmanager
    def away(self):
        """Stop it, and start it again whatever happens meanwhile."""
        self.stop()
        try:
            yield
        finally:
            self.start_again()

    def _do(self, program, *arguments):
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        command = [self._programs / program, "-D", self.folder / "data", *arguments]
        subprocess.run(
            [*user[: 4 * (os.geteuid() == 0)], *command],
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            check=True,
        )


@contextmanager
def postgres_server():
    """A server that was started, in a folder that its own user may enter."""
    with tempfile.TemporaryDirectory(prefix="gdexp-postgres-") as folder:
        server = Postgres(Path(folder))
        try:
            server.start()
            yield server
        finally:  # also what of it did start
            server.stop()
