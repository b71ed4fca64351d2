"""Python 3.11 to 3.13: what can be told of all of them by one of them."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml
from support import ROOT

from gdexp.util.errors import __file__ as errors
from gdexp.util.files import __file__ as files
from gdexp.util.screen import __file__ as screen
from gdexp.util.sources import __file__ as sources
from gdexp.util.sources import _facts

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ACTIONS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
PYTHONS = ACTIONS["jobs"]["test"]["strategy"]["matrix"]["python"]
SOURCES = sorted(
    path
    for folder in ("src", "tests", "benchmarks", "docs")
    for path in (ROOT / folder).rglob("*.py")
)


def test_what_is_promised_is_what_is_tested():
    oldest = PYTHONS[0]
    assert PYTHONS == ["3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == f">={oldest}"
    kind = "Programming Language :: Python :: "
    assert PROJECT["classifiers"] == [f"{kind}{python}" for python in PYTHONS]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert f"sys.version_info < {tuple(map(int, oldest.split('.')))}" in makefile
    assert f"--python-version {oldest}" in makefile  # of the lock
    steps = [step for job in ACTIONS["jobs"].values() for step in job["steps"]]
    used = {
        step["with"]["python-version"] for step in steps if "setup-python" in str(step)
    }
    assert used == {PYTHONS[0], "${{ matrix.python }}", PYTHONS[-1]}


@pytest.mark.parametrize("python", PYTHONS)
def test_all_sources_are_programs_of_each(python):
    version = tuple(map(int, python.split(".")))
    assert len(SOURCES) > 200
    for path in SOURCES:
        ast.parse(path.read_text("utf-8"), str(path), feature_version=version)


# what they read, or show, in different ways is in it
PROGRAM = '''
from functools import cache

class Some(list["int"], metaclass=type):
    """A docstring."""
    name: str | None = "\\U0001fae8 \\u1c89"
    __slots__ = ()

    @property
    def told(self) -> str:
        return f"{{}} {self.name!r:>{1 + 2}} {self.name = :{3}{4}}" f"" "é" u"ü"

@cache
async def some(a, /, *b: int, c=(None, ..., 1.5e300, 2j, b"\\xff"), **d):
    match a:
        case {"x": None, **rest} if not rest: return lambda *, e, f=1: -e
    return {**d, 1: True, 0xff: [*b]}
'''
PROGRAMS = """
import json, sys
from gdexp.util.sources import _facts
print(json.dumps([_facts(text)["program"] for text in json.load(sys.stdin)]))
"""


def test_the_digest_of_a_program_is_what_it_was():
    found = _facts(PROGRAM)["program"]
    assert found[:32] == "9dda9d1dad2e5ae18187652e34bb9eb1"
    assert _facts(PROGRAM.replace("A doc", "Another doc"))["program"] == found
    for old, new in (("1 + 2", "1 + 3"), ("True", "1"), ("=1", "=1.0"), ("é", "e")):
        assert _facts(PROGRAM.replace(old, new))["program"] != found


@pytest.mark.parametrize("python", PYTHONS)
def test_the_digests_of_programs_are_the_same_with_each(python, tmp_path):
    # one of pyenv's is not called unless it is chosen
    environment = os.environ | {"PYENV_VERSION": python}
    call = [shutil.which(f"python{python}") or "", "-c"]
    known = call[0] and subprocess.run([*call, ""], env=environment, check=False)
    if not known or known.returncode:
        pytest.skip(f"no Python {python} on this machine")
    (tmp_path / "gdexp" / "util").mkdir(parents=True)
    for module in (errors, files, screen, sources):  # without what the package imports
        shutil.copy(module, tmp_path / "gdexp" / "util")
    texts = [PROGRAM, *(path.read_text("utf-8") for path in SOURCES)]
    done = subprocess.run(
        [*call, PROGRAMS],
        input=json.dumps(texts),
        env=environment | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [_facts(text)["program"] for text in texts]


@pytest.fixture
def uv(tmp_path):
    """What resolves for a Python that is not here; pip looks at its own only."""
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    install = [folder / "bin" / "python", "-m", "pip", "install", "-q", "uv"]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no packages to install: {done.stderr[-200:]}")
    return folder / "bin" / "uv"


def resolved(uv, python, *arguments):
    """Packages that would be installed for a Python, none of them built here."""
    command = [uv, "pip", "install", "--dry-run"]
    command += ["--cache-dir", uv.with_name("cache")]
    command += ["--target", uv.with_name("target")]
    command += ["--python", sys.executable, "--python-version", python]
    # of this one there is no wheel
    command += ["--only-binary", ":all:", "--no-binary", "connection-pool"]
    done = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env=os.environ | {"UV_SYSTEM_CERTS": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    if re.search("error sending request|dns error|Failed to fetch", done.stderr):
        pytest.skip(f"PyPI cannot be asked: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    return re.findall(r"^ \+ (\S+)$", done.stderr, re.MULTILINE)


@pytest.mark.slow
def test_the_lock_fits_each_and_holds_what_is_asked_for(uv):
    lock = "requirements.lock"
    asked = ("-c", lock, "-r", "pyproject.toml", "--extra", "dev")
    for python in PYTHONS:
        locked = resolved(uv, python, "--require-hashes", "-r", lock)
        assert locked == resolved(uv, python, *asked)
        assert len(locked) > 100
