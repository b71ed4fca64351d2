"""Where a number comes from: the commit and the versions of what made it."""

import os
import platform
import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version

from gdexp.util.digests import PACKAGE

UNKNOWN = "unknown"


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
    if _git("ls-files", "--error-unmatch", "--", "__init__.py"):
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
