import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support import ROOT, make_config, share_loops


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """A copy of what git has or would take, with this environment and small grids."""
    folder = tmp_path_factory.mktemp("clone") / "gdexp"
    environment = Path(sys.prefix)
    if not (environment / "installed").exists():
        pytest.skip("this environment was not set up by make")
    # new files too that nobody has added yet
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    if not shutil.which("git"):
        pytest.skip("no git")
    names = subprocess.run(
        listing, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if names.returncode:
        pytest.skip(f"not a checkout: {names.stderr.strip()}")
    for name in filter(lambda name: (ROOT / name).exists(), names.stdout.splitlines()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name in ("requirements.lock", "pyproject.toml"):
        os.utime(folder / name, (0, 0))  # the environment is as new as they are
    (folder / ".venv").symlink_to(environment)
    share_loops(folder)
    config = yaml.safe_dump(make_config())
    (folder / "config.yaml").write_text(config)
    (folder / "my.yaml").write_text(f"{config}results: results/mine\n")
    return folder
