"""Members of the user's own: files in ``own/`` beside the Snakefile, or a package.

A file is loaded by its path as ``gdexp_own.NAME``, with `sys.path` untouched, and from
the checkout that gdexp runs from only: never from the working folder, nor from where a
configuration lies. An installed package names a module in its entry points ``gdexp``.
"""

import importlib.util
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from gdexp.core.datasets import DATASETS, DatasetFamily
from gdexp.core.losses import LOSSES, Loss
from gdexp.core.member import defined
from gdexp.core.methods import METHODS, Method
from gdexp.core.models import MODELS, Model
from gdexp.core.observables import OBSERVABLES, Observable
from gdexp.core.settled import ALIASES
from gdexp.grid.faults import fault
from gdexp.grid.surroundings import named, surroundings
from gdexp.stats.statistics import STATISTICS, Statistic
from gdexp.studies import STUDIES, Study
from gdexp.util.digests import PACKAGE
from gdexp.util.errors import ConfigError, line_of, short
from gdexp.util.sources import Taken, hold

KINDS: tuple[tuple[str, MutableMapping[str, Any], type[Any]], ...] = (
    ("model", MODELS, Model),
    ("loss", LOSSES, Loss),
    ("algorithm", METHODS, Method),
    ("observable", OBSERVABLES, Observable),
    ("dataset", DATASETS, DatasetFamily),
    ("study", STUDIES, Study),
    ("statistic", STATISTICS, Statistic),
)
PREFIX = "gdexp_own"  # of the modules of files
_loaded: dict[str, ModuleType] = {}


def folder() -> Path | None:
    """Return the folder ``own`` of the checkout, if gdexp runs from one that has it."""
    checkout = PACKAGE.parents[1]
    own = checkout / "own"
    return own if (checkout / "Snakefile").exists() and own.is_dir() else None


def load(where: Path | None = None) -> None:
    """Make the members of a folder and of installed packages known; once for each.

    Parameters
    ----------
    where : Path or None
        A folder, that of the checkout by default.

    Raises
    ------
    ConfigError
        If a file cannot be loaded, or a name is taken.
    """
    for name, module in _modules(where or folder()):
        made: list[tuple[MutableMapping[str, Any], str, type[Any]]] = []
        for kind, known, base in KINDS:
            for member in defined(module, base):
                wrong = fault(member)
                if wrong:
                    raise ConfigError(f"{name}: {kind} {member.__name__}: {wrong}")
                # in any case: some name files, on disks that do not tell case apart
                taken = {*known, *(other for place, other, _ in made if place is known)}
                taken = {each.lower() for each in taken}
                if member.name.lower() in taken or (kind, member.name) in _ALIASES:
                    raise ConfigError(
                        f"{name}: {kind} {member.name!r} is there already; rename it"
                    )
                made.append((known, member.name, member))
        for known, label, member in made:  # all of a file, or none
            known[label] = member


def sources(having: str = "") -> Iterator[tuple[str, Path]]:
    """Yield the modules that were loaded, and their files; those that define a name."""
    for module in _loaded.values():
        if module.__file__ and (not having or having in vars(module)):
            yield module.__name__, Path(module.__file__)


_ALIASES = {("algorithm", name) for name in ALIASES}


def _modules(where: Path | None) -> Iterator[tuple[str, ModuleType]]:
    """Yield those that are not loaded yet, with what errors call them."""
    files = sorted(where.glob("[!.]*.py")) if where else []
    for file in files:
        key = str(file.resolve())
        if key not in _loaded:
            module = _import(file)
            yield short(file), module
            _loaded[key] = module
    for entry in entry_points(group="gdexp"):
        if entry.value not in _loaded:
            name = f"entry point {entry.name}"
            with _guest(name):
                module = entry.load()
            if not isinstance(module, ModuleType):
                raise ConfigError(f"{name}: {entry.value} is no module")
            if str(module.__file__).endswith(".py"):
                file = Path(str(module.__file__))
                hold(file, file.read_bytes())
            yield name, module
            _loaded[entry.value] = module


def _import(file: Path) -> ModuleType:
    name = f"{PREFIX}.{file.stem}"
    loader = Taken(name, str(file.absolute()))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{short(file)} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _guest(short(file)):
            spec.loader.exec_module(module)
    except ConfigError:
        sys.modules.pop(name, None)
        raise
    return module


@contextmanager
def _guest(name: str) -> Iterator[None]:
    """Let a module of the user's own run; whatever it raises is one line."""
    with surroundings(suspect=True) as changed:
        try:
            yield
        except KeyboardInterrupt:  # as a rule the user's
            raise
        except BaseException as error:
            raise ConfigError(f"{name}: {line_of(error)}") from None
    if changed:
        raise ConfigError(f"{name} has changed {named(changed)}")
