import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import Workflow, make_config

SERVER = Path(__file__).parents[1] / "odd_disk.py"


class OddDisk:
    """A mounted file system that lacks what it is told to; see `odd_disk`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._settings = folder / "disk", folder / "settings.json"
        self.folder.mkdir()
        (folder / "backing").mkdir()
        self._command = [folder / "backing", self.folder, self._settings]
        self._server = None

    def mount(self, **settings) -> None:
        self.set(**settings)
        self._server = subprocess.Popen(
            [sys.executable, SERVER, *self._command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if not self._server.stdout.readline():
            pytest.skip("a file system of our own needs root and /dev/fuse")

    def set(self, **settings) -> None:
        """Change what it lacks; locks are as they were when it was mounted."""
        self._settings.write_text(json.dumps(settings))

    def close(self) -> None:
        if self._server is not None:
            self._server.communicate()


@pytest.fixture
def disk(tmp_path):
    disk = OddDisk(tmp_path)
    yield disk
    disk.close()


@pytest.fixture
def on_disk(disk):
    """A workflow all of whose folder is on an odd disk, to be mounted by the test."""
    flow = Workflow(disk.folder)

    def mount(config=None, **settings):
        disk.mount(**settings)
        flow.configure(config or make_config())
        return flow

    return mount
