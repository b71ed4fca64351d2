"""Where a number comes from: code digests, commit, versions."""

import ast
import hashlib
import inspect
import os
import platform
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import cast

PACKAGE = Path(__file__).parent
UNKNOWN = "unknown"

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
        Version of gdexp, commit of the git repository that tracks this package and
        whether its tree had changes (both "unknown" without one, whatever repository
        lies around it), versions of Python, NumPy, Numba.
    """
    return {
        "gdexp": version("gdexp"),
        **_commit(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
    }


def _commit() -> dict[str, str | bool]:
    commit = None
    if _git("ls-files", "--error-unmatch", "--", Path(__file__).name):
        commit = _git("rev-parse", "--verify", "HEAD")
    if not commit:
        return {"commit": UNKNOWN, "dirty": UNKNOWN}
    return {"commit": commit, "dirty": _dirty()}


def _dirty() -> bool | str:
    """Return whether tracked files were changed."""
    # status would run the filters that the configuration of a repository names
    keys = _git("config", "--null", "--name-only", "--get-regexp", r"^filter\.") or ""
    filters = {key.rpartition(".")[0] for key in keys.split("\0") if key}
    if any("=" in name for name in filters):
        return UNKNOWN  # no option can empty this one
    # one that is required and empty would be an error
    empty = [
        f"{name}.{setting}"
        for name in sorted(filters)
        for setting in ("clean=", "process=", "required=false")
    ]
    files = ("--untracked-files=no", "--ignore-submodules=all")
    changes = _git("status", "--porcelain", *files, options=empty)
    return UNKNOWN if changes is None else bool(changes)


def _git(*arguments: str, options: Sequence[str] = ()) -> str | None:
    """Return what git prints, None if it fails; nothing that it finds is executed.

    A hook that this runs below sets ``GIT_DIR`` and others for another repository, so
    all of these are left out. A tree of another user, as in a container, is looked at
    all the same: no hook or monitor that its configuration names is run, no object is
    fetched and nothing is written.
    """
    own = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    fixed = ("safe.directory=*", "core.fsmonitor=false", f"core.hooksPath={os.devnull}")
    try:
        done = subprocess.run(
            [
                *("git", "--no-pager", "--no-optional-locks", "-C", str(PACKAGE)),
                *(word for option in (*fixed, *options) for word in ("-c", option)),
                *arguments,
            ],
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
            stdin=subprocess.DEVNULL,
            env=own | {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1"},
        )
    except OSError:  # no git on this machine
        return None
    return done.stdout.strip() if done.returncode == 0 else None
