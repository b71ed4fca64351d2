"""Where a number comes from: code digests, commit, versions."""

import ast
import hashlib
import inspect
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import cast

PACKAGE = Path(__file__).parent

# Every module that can alter a number: for studies, which use many of them.
NUMERICS = (
    "algorithms",
    "arithmetic.py",
    "cells.py",
    "datasets",
    "descent",
    "models",
    "records.py",
    "seeds.py",
    "starts.py",
    "steps.py",
)


# Those that can alter the record of any cell. Its dataset's and its model's own come
# to them, see `Spec.code`; the registries do not: a new entry alters no number.
CORE = (
    "algorithms/base.py",
    "arithmetic.py",
    "cells.py",
    "datasets/base.py",
    "descent",
    "models/base.py",
    "records.py",
    "seeds.py",
    "starts.py",
    "steps.py",
)


@cache
def digest(*names: str) -> str:
    """Return a digest of what modules of the package do.

    Comments, blank lines, layout and docstrings are left out: only a change of the
    program counts.

    Parameters
    ----------
    *names : str
        Modules or folders, relative to the package or absolute; `NUMERICS` if none
        is given.

    Returns
    -------
    str
        12 hexadecimal digits.
    """
    total = hashlib.sha256()
    for name in names or NUMERICS:
        path = PACKAGE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            total.update(str(name).encode() + file.name.encode())
            total.update(_program(file.read_text("utf-8")).encode())
    return total.hexdigest()[:12]


def _program(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node, clean=False) is not None
        ):
            node.body = node.body[1:]
    return ast.dump(tree)


def module_of(thing: object) -> str:
    """Return the file of what defines a class or function, for `digest`."""
    file = Path(inspect.getfile(cast("type", thing))).resolve()
    inside = file.is_relative_to(PACKAGE)
    return file.relative_to(PACKAGE).as_posix() if inside else str(file)


@cache
def made_by() -> dict[str, str | bool]:
    """Return what makes the records of this process.

    Returns
    -------
    dict
        Version of gdexp, git commit ("unknown" outside a
        clone) and whether the tree had changes, versions of Python, NumPy, Numba.
    """
    commit = _git("rev-parse", "HEAD")
    return {
        "gdexp": version("gdexp"),
        "commit": commit or "unknown",
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
    }


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(PACKAGE), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # no git on this machine
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
