import shutil

import pytest
from hypothesis import settings
from support import ROOT, Workflow, make_config

settings.register_profile("gdexp", deadline=None, derandomize=True)
settings.load_profile("gdexp")


@pytest.hookimpl(trylast=True)  # after pytest-randomly
def pytest_collection_modifyitems(items):
    """Long tests first: begun last, one of them would keep a single core at work."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture
def workflow(tmp_path):
    flow = Workflow(tmp_path)
    flow.configure(make_config())
    return flow


@pytest.fixture
def copied_workflow(tmp_path):
    """A workflow whose code may be changed: a copy of the repository."""
    code = tmp_path / "code"
    for name in ("Snakefile", "workflow", "profiles", "src", "config.yaml"):
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, code / name, ignore=ignored)
        else:
            code.mkdir(exist_ok=True)
            shutil.copy(source, code / name)
    folder = tmp_path / "run"
    folder.mkdir()
    flow = Workflow(folder, code / "Snakefile")
    flow.configure(make_config(tracking={"mode": "none"}))
    return flow
