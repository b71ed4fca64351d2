"""One style for all figures: fonts, colours, and bytes that repeat."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.core.models import MODELS
from gdexp.util.files import whole
from gdexp.util.tables import write_table

WIDTH = 6.8  # inches: two columns of a paper
# Families of models take the colours of seaborn's "colorblind" (after Wong), entries of
# one family its shades; markers tell entries apart once more, for print in grey.
MARKERS = "osD<vPX*"  # not ^: cells that were given up
SHADES = (0.0, -0.55, 0.45, -0.3, 0.25)  # below 0 towards black, above towards white

Colour = tuple[float, float, float]

STYLE: dict[str, Any] = {
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same everywhere
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.linewidth": 0.4,
    "lines.linewidth": 1.3,
    "pdf.fonttype": 42,  # fonts as text, not as outlines
    "savefig.dpi": 200,
}


@contextmanager
def styled() -> Iterator[None]:
    """Apply the style, on matplotlib's defaults, while a figure is drawn or saved.

    What a matplotlibrc or the process has set counts for nothing in it.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(sns.axes_style("whitegrid") | STYLE)
        yield


def hue(family: str, shade: int = 0) -> Colour:
    """Return the colour of a family of models, the same in every figure.

    Parameters
    ----------
    family : str
        A name in `MODELS`; others are grey.
    shade : int
        0 for the colour itself, 1 for a dark one, 2 for a light one, and so on.
    """
    palette = sns.color_palette("colorblind")
    places = {name: i for i, name in enumerate(MODELS)}
    base = palette[places[family] % len(palette)] if family in places else (0.5,) * 3
    mix = SHADES[shade % len(SHADES)]
    r, g, b = (x * (1 + mix) if mix < 0 else x + (1 - x) * mix for x in base)
    return r, g, b


def colours(models: Mapping[str, str]) -> dict[str, Colour]:
    """Return one colour per model entry, given the family of each."""
    seen: Counter[str] = Counter()
    found = {}
    for model, family in models.items():
        found[model] = hue(family, seen[family])
        seen[family] += 1
    return found


def markers(models: Iterable[str]) -> dict[str, str]:
    """Return one marker per model."""
    return {model: MARKERS[i % len(MARKERS)] for i, model in enumerate(models)}


def ordered_colours(values: Sequence[float]) -> dict[float, Any]:
    """Return one colour per value, dark for large ones, for values in an order."""
    ordered = sorted(set(values))
    cmap = sns.color_palette("viridis_r", as_cmap=True)
    places = np.linspace(0.12, 1.0, len(ordered))
    return {value: cmap(place) for value, place in zip(ordered, places, strict=True)}


def drawable(
    values: "pd.Series[float]", low: float = -np.inf, high: float = np.inf
) -> "pd.Series[float]":
    """Return values as they are drawn: between low and high, and no infinite ones.

    Those that are infinite have no place (NaN), unless `low` or `high` gives them one.
    """
    return values.clip(low, high).replace([np.inf, -np.inf], np.nan)


def plain(text: str) -> str:
    r"""Return a name as matplotlib shows it letter by letter, without formulas.

    >>> print(plain("cost $5"))
    cost \$5
    """
    return text.replace("$", r"\$")


def footnote(figure: Figure, text: str) -> None:
    """Say below a figure what its data are and where they come from."""
    lines = textwrap.fill(text, int(18 * figure.get_figwidth()))
    figure.supxlabel(lines, x=0.01, ha="left", fontsize=6.5, color="0.35")


@dataclass(frozen=True)
class Drawing:
    """A figure with what belongs to it.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    table : DataFrame
        The numbers that are drawn, all of them and no others, and what they belong to.
    caption : str
        What is shown, how many seeds, which statistic and interval, and whether it
        follows the paper's text, a reconstruction or is our own.
    """

    figure: Figure
    table: pd.DataFrame
    caption: str

    def save(self, paths: Iterable[str | Path]) -> None:
        """Save as each suffix says: .png, .pdf, .csv the numbers, .txt the caption."""
        self._lay_out()
        for path in map(Path, paths):
            if path.suffix == ".csv":
                write_table(self.table, path)
                continue
            with whole(path) as temporary:
                if path.suffix == ".txt":
                    temporary.write_text(self.caption + "\n", "utf-8")
                    continue
                # no dates: the same numbers give the same bytes
                undated = {"CreationDate": None} if path.suffix == ".pdf" else {}
                with styled():
                    self.figure.savefig(temporary, metadata=undated)

    def _lay_out(self) -> None:
        """Place all parts once, which takes longer than to draw them, for all files."""
        engine = self.figure.get_layout_engine()
        if engine is not None:
            with styled():
                self.figure.dpi = mpl.rcParams["savefig.dpi"]
                engine.execute(self.figure)
                self.figure.set_layout_engine(None)  # not "none", which is one too
