"""What a study is: an experiment that is no grid of cells, from settings to a table."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from gdexp.core.datasets import dataset_family
from gdexp.core.member import Member
from gdexp.core.problem import Problem
from gdexp.core.spec import Spec
from gdexp.util.digests import code_of
from gdexp.util.errors import ConfigError, allowed, shown

if TYPE_CHECKING:
    # by each table() when it runs: a third of a second, and every job of a cluster and
    # every look at a grid reads the settings of studies
    import pandas as pd

S = TypeVar("S", bound="Study")


def drawn(dataset: str, dim: int, seed: int, **given: Any) -> Problem:
    """Return what a cell would run, for its samples, model and start.

    Of gradient descent, unless something else is given.

    Examples
    --------
    >>> drawn("two_point", 4, 0, model="linear").z.tolist()
    [[0.5, 0.25], [-1.0, 0.25]]
    """
    chosen = {"algorithm": "gd", "step": 1, "max_iterations": 1} | given
    return Spec(dataset=dataset, **chosen).problem(dim, seed)


class Study(Member):
    """A study: a frozen dataclass whose fields are its settings.

    Attributes
    ----------
    name : str
        How to call it.
    title : str
        What is asked, in one line.
    source : str
        Source mark: the paper's text, reconstruction, or ours.
    columns : mapping of str to str
        The columns of its table and their types, see `gdexp.util.tables`.
    uses : tuple of type
        The models, losses and methods that it runs, also those that it selects by name.
    """

    title: ClassVar[str]
    source: ClassVar[str]
    columns: ClassVar[Mapping[str, str]]
    uses: ClassVar[tuple[type[Member], ...]] = ()

    @property
    def datasets(self) -> tuple[str, ...]:
        """The names of the datasets that it draws from; an attribute will do."""
        return ()

    @property
    def code(self) -> str:
        """Digest of all that its numbers follow from, 12 hexadecimal digits."""
        drawn = (type(dataset_family(name)) for name in self.datasets)
        return code_of(type(self), *self.uses, *drawn)

    @property
    def files(self) -> tuple[Path, ...]:
        """The image files that it reads."""
        return ()

    def table(self) -> "pd.DataFrame":
        """Compute the study's numbers, in long form."""
        raise NotImplementedError


def settings(
    study: type[S], given: Mapping[str, Any], common: Mapping[str, Any] | None = None
) -> S:
    """Build a study from the settings of a configuration.

    Parameters
    ----------
    study : type
    given : mapping
        Its own settings.
    common : mapping
        Those that the configuration as a whole has for all studies, checked already:
        the folder of image files and the root of all random streams. A study takes
        what it has a field for.

    Raises
    ------
    ConfigError
        If a setting is unknown, of another type than its default, or not positive.
    """
    chosen: dict[str, Any] = {}
    known = {field.name: field.default for field in fields(study)}  # type: ignore[arg-type]
    shared = {name: value for name, value in (common or {}).items() if name in known}
    known = {name: value for name, value in known.items() if name not in shared}
    for key, value in given.items():
        if key not in known:
            raise ConfigError(f"unknown key {shown(key)}; {allowed(known, key)}")
        default = known[key]
        many = isinstance(default, tuple)
        some = default if isinstance(default, tuple) else (default,)
        kind = max(map(type, some), key=lambda each: each is float)
        entries = value if isinstance(value, list) else [value]
        fits = all(_fits(entry, kind) for entry in entries)
        if isinstance(value, list) != many or not entries or not fits:
            what = {int: "whole number", float: "number", str: "name"}[kind]
            plural = f"a list of {what}s" if many else f"one {what}"
            raise ConfigError(f"{key}: {shown(value)}; allowed: {plural}, positive")
        # 10 and 10.0 are the same setting, and the same numbers in the table
        typed = tuple(kind(entry) for entry in entries)
        chosen[key] = typed if many else typed[0]
    return study(**chosen, **shared)


def _fits(value: object, kind: type) -> bool:
    if kind is str:
        return isinstance(value, str)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    finite = number and 0 < float(value) < float("inf")  # type: ignore[arg-type]
    return finite and (kind is float or value == int(value))  # type: ignore[call-overload]
