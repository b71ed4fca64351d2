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
NUMERICS = ("core", "records.py")
# what a record follows from besides its members: the closure of their imports
ROOTS = ("core/spec.py",)


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
            # of files elsewhere the name alone: they may be moved with the checkout
            label = name if path.is_relative_to(PACKAGE) else path.name
            total.update(label.encode() + file.name.encode())
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


def digest_of(*things: object) -> str:
    """Return the digest of all that computes a record with these members.

    Of the modules that they and `ROOTS` import, in turn, below ``core``: never through
    a registry, so that a new member alters no digest, and an edited one its own.

    Parameters
    ----------
    *things : class or function
        What a spec names.
    """
    roots = tuple(sorted({*ROOTS, *map(module_of, things)}))
    return digest(*closure(roots), "records.py")


@cache
def closure(roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return the modules below ``core`` that some import, with these, in order."""
    found: set[str] = set()
    ahead = list(roots)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += _imports(PACKAGE / name)
    return tuple(sorted(found))


def _imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                names += _files(node.module, each.name)
    return names


def _files(module: str, name: str) -> list[str]:
    """Return the file that defines a name of a module, through the packages on the way.

    What a package computes, as a registry its members, is in no file.
    """
    if not module.startswith(("gdexp.core.", "gdexp.core")):
        return []
    path = Path(*module.split(".")[1:])
    if (PACKAGE / path).with_suffix(".py").exists():
        return [path.with_suffix(".py").as_posix()]
    if (PACKAGE / path / f"{name}.py").exists():
        return [(path / f"{name}.py").as_posix()]
    start = ast.parse((PACKAGE / path / "__init__.py").read_text("utf-8"))
    for node in start.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            if any(name == each.name for each in node.names):
                return _files(node.module, name)
            continue
        own = isinstance(node, ast.FunctionDef | ast.ClassDef)
        if own and node.name == name:  # type: ignore[attr-defined]
            # one that a package defines itself, without what that imports
            return [(path / "__init__.py").as_posix()] if path.name == "forms" else []
    return []


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
