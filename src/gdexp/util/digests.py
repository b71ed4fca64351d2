"""Digests of what a number follows from: the code that computes it, the files it reads.

The modules are those that some import, and what these import: computed, not listed.
"""

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import cast

from gdexp.util.errors import DataError, short
from gdexp.util.sources import facts, keep, state_of

PACKAGE = Path(__file__).parents[1]
ASIDE = "gdexp.util"  # files, errors, versions: they alter no number
# what each record follows from, besides its members
RECORD = ("core/spec.py", "records/record.py")


@cache
def digest(*names: str) -> str:
    """Return a digest of what modules of the package do.

    Comments, blank lines, layout and docstrings are left out: only a change of the
    program counts.

    Parameters
    ----------
    *names : str
        Modules or folders, relative to the package or absolute.

    Returns
    -------
    str
        12 hexadecimal digits.
    """
    total = hashlib.sha256()
    for name in names:
        path = PACKAGE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            # of files elsewhere the name alone: they may be moved with the checkout
            label = name if path.is_relative_to(PACKAGE) else path.name
            total.update(label.encode() + file.name.encode())
            total.update(facts(file)["program"].encode())
    keep()
    return total.hexdigest()[:12]


def module_of(thing: object) -> str:
    """Return the file of what defines a class or function, or a file, for `digest`."""
    path = thing if isinstance(thing, Path) else inspect.getfile(cast("type", thing))
    file = Path(path).resolve()
    inside = file.is_relative_to(PACKAGE)
    return file.relative_to(PACKAGE).as_posix() if inside else str(file)


def code_of(*things: object) -> str:
    """Return the digest of all that computes what some modules do.

    Of the modules that they import, in turn: never through a registry, so that a new
    member alters no digest, and an edited one its own.

    Parameters
    ----------
    *things : str, Path, class or function
        Modules, relative to the package, their files, or what a module defines.
    """
    names = (each if isinstance(each, str) else module_of(each) for each in things)
    return digest(*closure(tuple(sorted({*names}))))


@cache
def closure(roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return the modules that some import, with these, in order."""
    found: set[str] = set()
    ahead = list(roots)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            here = _loaded(Path(name)) if Path(name).is_absolute() else None
            for module, each in facts(PACKAGE / name)["imports"]:
                ahead += _files(module, each)
                ahead += _beside(here, module, each) if here else []
    return tuple(sorted(found))


@cache
def _files(module: str, name: str) -> list[str]:
    """Return the file that defines a name of a module, through the packages on the way.

    What a package computes, as a registry its members, is in no file.
    """
    if not module.startswith("gdexp.") or module.startswith(ASIDE):
        return []
    path = Path(*module.split(".")[1:])
    if (PACKAGE / path).with_suffix(".py").exists():
        return [path.with_suffix(".py").as_posix()]
    if (PACKAGE / path / f"{name}.py").exists():
        return [(path / f"{name}.py").as_posix()]
    place = facts(PACKAGE / path / "__init__.py")["places"].get(name)
    if place:
        return _files(place, name)
    # one that a package defines itself, without what that imports
    own = place == "" and path.name == "forms"
    return [(path / "__init__.py").as_posix()] if own else []


def _loaded(file: Path) -> ModuleType | None:
    """Return the module that was made of a file of the user's own."""
    for module in [*sys.modules.values()]:
        place = str(getattr(module, "__dict__", {}).get("__file__"))
        if place.endswith(file.name) and Path(place).resolve() == file:
            return module
    return None


def _beside(here: ModuleType, module: str, name: str) -> list[str]:
    """Return the file of what one of the user's own modules imports from another.

    It was imported: it is among the modules whose names begin as its own does.
    """
    with suppress(ImportError):  # what was tried, and is in no package
        module = importlib.util.resolve_name(module, here.__package__)
    for each in (f"{module}.{name}", module):
        if each.partition(".")[0] == here.__name__.partition(".")[0]:
            place = str(getattr(sys.modules.get(each), "__file__", None))
            if place.endswith(".py"):
                return [str(Path(place).resolve())]
    return []


def content(data: bytes) -> bytes:
    """Return the digest of what a file holds."""
    return hashlib.sha256(data).digest()  # the fastest where processors have it


def files_digest(files: Sequence[Path]) -> str | None:
    """Return a digest of data files, 12 hexadecimal digits; None if there are none.

    Records carry it, so that those of other data with the same name can be told.
    """
    try:
        return _digest(tuple((file, *state_of(file)) for file in files))
    except OSError as error:
        raise DataError(
            f"cannot read data file {short(error.filename)}: {error.strerror}"
        ) from None


@cache
def _digest(files: tuple[tuple[Path, int, int, int, int], ...]) -> str | None:
    total = hashlib.sha256()
    for file, *_ in files:
        total.update(file.read_bytes())
    return total.hexdigest()[:12] if files else None
