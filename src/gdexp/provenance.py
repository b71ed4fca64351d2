"""Where a number comes from: code digests, commit, versions."""

import ast
import hashlib
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).parent

# Every module that can alter a record; a change in any of them reruns the cells.
NUMERICS = (
    "algorithms",
    "cells.py",
    "datasets",
    "descent",
    "models",
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
        Modules or folders, relative to the package; `NUMERICS` if none is given.

    Returns
    -------
    str
        12 hexadecimal digits.
    """
    total = hashlib.sha256()
    for name in names or NUMERICS:
        path = PACKAGE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            total.update(file.relative_to(PACKAGE).as_posix().encode())
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


@cache
def made_by() -> dict[str, str | bool]:
    """Return what makes the records of this process.

    Returns
    -------
    dict
        Version of gdexp, digest of the numerics, git commit ("unknown" outside a
        clone) and whether the tree had changes, versions of Python, NumPy, Numba.
    """
    commit = _git("rev-parse", "HEAD")
    return {
        "gdexp": version("gdexp"),
        "code": digest(),
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
