"""What figures say of themselves, read off their files and not imported.

Whoever lists figures, as each parse of the workflow does, needs neither seaborn nor
matplotlib nor pandas, which take a second to load.
"""

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from gdexp.core.member import defined
from gdexp.figures.base import Plot
from gdexp.grid import own
from gdexp.grid.faults import NAME
from gdexp.util.digests import code_of
from gdexp.util.errors import ConfigError, short, shown, unknown

HERE = Path(__file__).parent
SAID = ("name", "title", "where", "reads")
OPTIONAL = ("of", "span", "observes")
TABLES = ("cells", "scaling", "exponents", "local")
RECORDS = ("trajectories", "images", "records")
STUDY = "studies/"
# below the folder of figures, whatever a user writes
_WORD = r"[A-Za-z0-9_-]|{experiment}|{images}"
_PART = rf"({_WORD})({_WORD}|\.)*"
_PLACE = re.compile(rf"(?!.*}}.*{{)({_PART}(/{_PART})*)?")
_PLACES = "letters, digits and ._/-, and one of {experiment} and {images}"


@dataclass(frozen=True)
class Card:
    """What a figure says of itself; see `gdexp.figures.base.Plot`.

    Attributes
    ----------
    name, title, where : str
    reads : tuple of str
    of : str
    span : float
    observes : str
    module, plot : str
        Its module, and its class in that.
    file : Path
    """

    name: str
    title: str
    where: str
    reads: tuple[str, ...]
    of: str
    span: float
    observes: str
    module: str
    plot: str
    file: Path

    def load(self) -> Plot:
        """Import what draws it."""
        import gdexp.figures._matplotlib  # noqa: F401  # the first of all

        loaded = sys.modules.get(self.module) or importlib.import_module(self.module)
        return cast("Plot", vars(loaded)[self.plot]())

    @property
    def code(self) -> str:
        """Digest of all that draws it."""
        return code_of(self.file)


def cards() -> dict[str, Card]:
    """Return all figures, by name: those of this folder and of the user's own files.

    Raises
    ------
    ConfigError
        If two have one name or one place, or one does not say what it has to.
    """
    found: dict[str, Card] = {}
    files = [(f"gdexp.figures.{file.stem}", file) for file in sorted(HERE.glob("*.py"))]
    for module, file in [*files, *own.sources()]:
        said = _said(module, file)
        if module.startswith(own.PREFIX):  # they were imported: none is overlooked
            for plot in defined(sys.modules[module], cast("Any", Plot)):
                if plot.__name__ not in {card.plot for card in said}:
                    raise ConfigError(
                        f"{short(file)}: {plot.__name__}: no base is written Plot, as"
                        " figures are read off their files; allowed: class NAME(Plot)"
                    )
        for card in said:
            for other in found.values():
                # as on a disk that does not tell case apart
                same = card.where and card.where.lower() == other.where.lower()
                if card.name.lower() == other.name.lower() or same:
                    raise ConfigError(
                        f"{short(file)}: figure {card.name!r} at {card.where!r} is"
                        " there already; rename it, and its place"
                    )
            found[card.name] = card
    return found


@cache
def _said(module: str, file: Path) -> tuple[Card, ...]:
    tree = ast.parse(file.read_bytes())
    return tuple(_cards(tree, module, file))


def _cards(tree: ast.Module, module: str, file: Path) -> Iterator[Card]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(map(_is_plot, node.bases)):
            said = {name: _literal(node, name) for name in SAID}
            for name, value in said.items():
                if value is None:
                    raise ConfigError(
                        f"{short(file)}: {node.name}.{name} is missing, or no literal"
                    )
            for name in OPTIONAL:
                given = _literal(node, name)
                said[name] = getattr(Plot, name) if given is None else given
            card = Card(**said, module=module, plot=node.name, file=file)  # type: ignore[arg-type]
            _check(card)
            yield card


def _check(card: Card) -> None:
    """Raise ConfigError if it says what is no figure of the results."""
    reads = card.reads if isinstance(card.reads, tuple | list) else (None,)
    for name, fits, what in (
        ("name", NAME.fullmatch(str(card.name)), "letters, digits and _-"),
        ("title", str(card.title).isprintable(), "a text of one line"),
        ("where", _PLACE.fullmatch(str(card.where)), _PLACES),
        ("reads", all(isinstance(read, str) for read in reads), "a tuple of texts"),
        ("of", True, "a pattern of names of experiments"),
        ("span", isinstance(card.span, int | float), "a number"),
        ("observes", True, "the name of an observable"),
    ):
        value = getattr(card, name)
        text = name in ("reads", "span") or isinstance(value, str)
        if not (fits and text):
            raise ConfigError(
                f"{short(card.file)}: {card.plot}.{name}: {shown(value)}; allowed:"
                f" {what}"
            )
    for read in card.reads if card.where else ():
        if read not in TABLES + RECORDS and not read.startswith(STUDY):
            names = (*TABLES, *RECORDS, f"{STUDY}NAME")
            raise ConfigError(
                f"{short(card.file)}: {card.plot}.reads: {unknown('', read, names)}"
            )


def _is_plot(base: ast.expr) -> bool:
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    return name == Plot.__name__


def _literal(plot: ast.ClassDef, name: str) -> object:
    """Return what a class sets an attribute to, None if that is no literal."""
    for node in plot.body:
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if any(isinstance(each, ast.Name) and each.id == name for each in targets):
            try:
                return ast.literal_eval(getattr(node, "value", None))  # type: ignore[arg-type]
            except (ValueError, TypeError):
                return None
    return None
