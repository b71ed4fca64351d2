import fcntl
import shutil

import pytest
from groups import Groups
from hypothesis import settings
from support import ROOT, Workflow, base_of_all, made_once, make_config, share_loops


def pytest_configure(config):
    """Draw a quarter of the examples in the short suite; see `often` in support."""
    examples = 25 if config.option.markexpr == "not slow" else 100
    settings.register_profile(
        "gdexp", deadline=None, derandomize=True, max_examples=examples
    )
    settings.load_profile("gdexp")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Groups(config, log)


@pytest.hookimpl(trylast=True)  # after pytest-randomly
def pytest_collection_modifyitems(items):
    """Long tests first: begun last, one of them would keep a single core at work."""

    def short(item):
        small = "src" in item.path.parts or item.path.parent.name == "unit"
        return item.get_closest_marker("slow") is None, small

    items.sort(key=short)


@pytest.fixture
def workflow(tmp_path):
    flow = Workflow(tmp_path)
    flow.configure(make_config())
    return flow


@pytest.fixture(scope="session")
def single(tmp_path_factory):
    """A finished grid, a seed per job, two cores, warm workers: what others equal."""
    config = make_config(tracking={"mode": "none"})
    return made_once(tmp_path_factory, "single", config)


@pytest.fixture(scope="session")
def services(tmp_path_factory):
    """What starts servers, a database or a Slurm: in one process only, see groups."""
    with (base_of_all(tmp_path_factory) / "services.lock").open("w") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)  # an error if it is not so
        yield


@pytest.fixture
def finished(single, workflow):
    """The same to change and to damage: a copy, for a run of its own takes longer."""
    shutil.copytree(single.folder, workflow.folder, dirs_exist_ok=True)
    return workflow


@pytest.fixture
def cold_workflow(tmp_path):
    """A workflow whose code may be changed: a copy of the repository, never run."""
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


@pytest.fixture
def copied_workflow(cold_workflow):
    """The same with the loops compiled, as if it had been run."""
    share_loops(cold_workflow.snakefile.parent)
    return cold_workflow
