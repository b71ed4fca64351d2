"""Members: what a configuration can name, one file each.

A member is a frozen dataclass whose fields are its settings. The configuration's keys,
the flags of the command line, the columns of tables and the parameters in MLflow follow
from them.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, MutableMapping
from dataclasses import MISSING, Field, field, fields
from functools import cache
from types import ModuleType, NoneType, UnionType
from typing import (
    Any,
    ClassVar,
    Generic,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from gdexp.util.errors import ConfigError, allowed, shown


class Member:
    """A loss, a model, a method, a dataset or an observable.

    Attributes
    ----------
    name, formula, source : str
        How to call it, what it is in one line, and where it comes from.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]


M = TypeVar("M", bound=Member)
# what a setting may be, besides a Literal
WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a name"}


def members(package: ModuleType, kind: type[M]) -> dict[str, type[M]]:
    """Return the members that the modules of a package define, by name."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        found.update({each.name: each for each in defined(loaded, kind)})
    return found


class Shelf(MutableMapping[str, type[M]], Generic[M]):
    """Members by name, each imported when it is taken: its module has its name.

    For kinds of which a run uses few, and each imports much. What is put there by name,
    as members of the user's own are, stays beside the others.
    """

    def __init__(self, package: ModuleType, kind: type[M]) -> None:
        self._package, self._kind = package.__name__, kind
        modules = (each.name for each in pkgutil.iter_modules(package.__path__))
        self._names = dict.fromkeys(name for name in modules if name != "base")
        self._taken: dict[str, type[M]] = {}

    def __getitem__(self, name: str) -> type[M]:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._taken:
            module = importlib.import_module(f"{self._package}.{name}")
            found = {each.name: each for each in defined(module, self._kind)}
            self._taken[name] = found[name]
        return self._taken[name]

    def __setitem__(self, name: str, member: type[M]) -> None:
        self._names[name] = None
        self._taken[name] = member

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        self._taken.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def defined(module: ModuleType, kind: type[M]) -> Iterator[type[M]]:
    """Yield the members of a kind that a module defines itself."""
    for thing in vars(module).values():
        own = isinstance(thing, type) and thing.__module__ == module.__name__
        if own and issubclass(thing, kind) and "name" in vars(thing):
            yield thing


def aside(default: Any) -> Any:
    """Return a field of a member that is no setting of it."""
    return field(default=default, kw_only=True, metadata={"setting": False})


def fields_of(member: type[Member]) -> list[Field[Any]]:
    """Return the fields that are settings."""
    known = fields(member)  # type: ignore[arg-type]
    return [each for each in known if each.metadata.get("setting", True)]


@cache
def types_of(member: Any) -> dict[str, Any]:
    """Return the types of the settings, also of annotations that are texts."""
    known = get_type_hints(member)
    return {each.name: known[each.name] for each in fields_of(member)}


def settings_of(member: type[Member]) -> dict[str, Any]:
    """Return the names of the settings with their defaults, `MISSING` where none is."""
    return {each.name: each.default for each in fields_of(member)}


def build(member: type[M], given: dict[str, Any], **more: Any) -> M:
    """Build a member from settings, and fields that are none.

    Raises
    ------
    ConfigError
        If a setting is unknown, missing, of another type or out of its range, or if the
        member makes another of it: what is recorded is what was given.
    """
    types = types_of(cast("Any", member))
    for key in given:
        if key not in types:
            raise ConfigError(f"unknown key {shown(key)}; {allowed(types, key)}")
    for key, default in settings_of(member).items():
        if default is MISSING and key not in given:
            raise ConfigError(f"{key} is missing, which {member.name!r} needs")
    chosen = {key: typed(key, types[key], x) for key, x in given.items()}
    built = member(**chosen, **more)
    for key, x in chosen.items():
        now = typed(key, types[key], getattr(built, key))
        if now != x:
            raise ConfigError(
                f"{key} {shown(x)}, of which {member.name!r} makes {shown(now)};"
                " allowed: a __post_init__ that alters no setting"
            )
    return built


def type_of(kind: Any) -> Any:
    """Return the type of a setting without None: one of `WORDS`, or a Literal.

    Raises
    ------
    TypeError
        If no setting can be of that type.

    Examples
    --------
    >>> type_of(int | None)
    <class 'int'>
    """
    union = get_origin(kind) in (Union, UnionType)
    (one, *others) = (
        [x for x in get_args(kind) if x is not NoneType] if union else [kind]
    )
    if others or not (one in WORDS or get_origin(one) is Literal):
        raise TypeError
    return one


def typed(key: str, kind: Any, value: Any) -> Any:
    """Return a value in the type of its field: whole floats are whole numbers."""
    one = type_of(kind)
    if value is None and NoneType in get_args(kind):
        return value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    finite = number and abs(value) <= sys.float_info.max
    if one is bool and isinstance(value, bool):
        return value
    if one is int and finite and value == int(value):
        return int(value)
    if one is float and finite:
        return float(value)
    if one is str and isinstance(value, str):
        return str(value)  # of NumPy they are of another type
    options = get_args(one)
    if value in options:
        return options[options.index(value)]
    what = WORDS.get(one) or ", ".join(map(str, options))
    raise ConfigError(f"{key} {shown(value)}; allowed: {what}")


def check(holds: bool, key: str, value: object, what: str) -> None:
    """Raise ConfigError unless a setting is in its range.

    >>> check(0.9 < 1, "momentum", 0.9, "from 0, below 1")
    """
    if not holds:
        raise ConfigError(f"{key} {shown(value)}; allowed: {what}")
