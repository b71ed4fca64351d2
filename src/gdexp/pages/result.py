"""The result in a few lines of HTML: verdicts, exponents, the figures that say most."""

import base64
import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gdexp.figures import Place, headlines
from gdexp.grid.grid import Grid
from gdexp.pages.markup import table
from gdexp.stats.seeds import with_interval
from gdexp.stats.statistics import STATISTICS
from gdexp.util.tables import records_of

# The report's first view is a narrow column beside a graph of all rules, in the middle
# of the screen, whatever is cut off: the result stands above the graph, from its top.
STYLE = """<style>
.h-screen.overflow-auto.items-center { align-items: flex-start }
.grow.flex.gap-3 { flex-direction: column }
.prose { max-width: 62rem !important } .prose img { max-width: 46rem; width: 100% }
.prose table { border-collapse: collapse }
.prose td, .prose th { padding: .2rem .7rem; text-align: left;
  border-bottom: 1px solid #ddd }
</style>"""
# of one, and of several
VERDICTS = {
    "holds": ("holds", "hold"),
    "fails": ("fails", "fail"),
    "undecided": ("is undecided", "are undecided"),
}
ENDS = {end: (end, end) for end in ("separated", "capped", "diverged")}


@dataclass(frozen=True)
class Told:
    """What the pages are told.

    Attributes
    ----------
    grid : Grid
        Without the experiments that were left out.
    cells, exponents, claims : DataFrame
        The tables of all experiments.
    """

    grid: Grid
    cells: pd.DataFrame
    exponents: pd.DataFrame
    claims: pd.DataFrame


def lead(results: Told) -> str:
    """Say in a sentence or two how cells ended and what became of the claims.

    Of tables of three claims, two of which hold:

    >>> table = pd.DataFrame({"verdict": ["holds", "holds", "fails"]})
    >>> counted(table["verdict"], VERDICTS)
    '2 hold, 1 fails'
    """
    ends = counted(results.cells["outcome"], ENDS)
    text = f"{len(results.cells):,} cells: {ends}."
    if len(results.claims):
        verdicts = counted(results.claims["verdict"], VERDICTS)
        text = f"Of {len(results.claims)} claims {verdicts}. {text}"
    return text


def counted(values: "pd.Series[str]", words: Mapping[str, tuple[str, str]]) -> str:
    """Return how many values there are of each kind that there is."""
    counts = values.value_counts()
    there = (kind for kind in words if counts.get(kind, 0))
    return ", ".join(
        f"{counts[kind]:,} {words[kind][int(counts[kind] > 1)]}" for kind in there
    )


def exponents(results: Told, experiments: Iterable[str], chosen: Sequence[str]) -> str:
    """Return the slopes of log T on log d with intervals, as a table of some entries.

    Parameters
    ----------
    results : Told
    experiments : iterable of str
    chosen : sequence of str
        The statistics of T, a column each.
    """
    rows = []
    for name in experiments:
        fits = results.exponents[results.exponents["experiment"] == name]
        for entry, spec in results.grid.experiments[name].specs.items():
            own = {
                row["statistic"]: row
                for row in records_of(fits[fits["model"] == entry])
            }
            numbers = [_slope(own.get(statistic)) for statistic in chosen]
            told = [(x, "") for x in (name, entry, spec.step or "")]
            rows.append([*told, *((x, "n") for x in numbers)])
    names = ["experiment", "entry", "step", *(STATISTICS[x].words for x in chosen)]
    return table(names, rows)


def _slope(row: Mapping[str, float] | None) -> str:
    if row is None or pd.isna(row["exponent"]):
        return "no slope"
    number = with_interval(row["exponent"], row["ci_low"], row["ci_high"])
    used, all_of_them = row["dims_used"], row["dims"]
    return number + (f" ({used} of {all_of_them} d)" if used < all_of_them else "")


def figure(place: Place, folder: str | Path, inlined: bool = False) -> str:
    """Return a figure with its caption; its image by name, or all of it inlined."""
    image = Path(folder, f"figures/{place.path}.png")
    caption = image.with_suffix(".txt").read_text("utf-8").strip()
    source = html.escape(f"figures/{place.path}.png")
    if inlined:
        source = (
            f"data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()}"
        )
    # the caption is text beside it: no need to hear it twice
    name = html.escape(f"{place.path}: {place.card.title}")
    return (
        f'<figure><img src="{source}" alt="{name}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def result(results: Told, folder: str | Path) -> str:
    """Return the result as a part of the report: all in it, and no link out of it."""
    shown = [figure(place, folder, inlined=True) for place in headlines(results.grid)]
    slopes = ""
    if against := against_d(results.grid)[:1]:
        slopes = exponents(results, against, columns(results.grid))
    return (
        f"{STYLE}<p><strong>{lead(results)}</strong></p>\n{slopes}\n{''.join(shown)}\n"
    )


def against_d(grid: Grid) -> list[str]:
    """Return the experiments that have slopes, in the order of the configuration."""
    return [name for name, each in grid.experiments.items() if len(set(each.dims)) > 1]


def columns(grid: Grid) -> list[str]:
    """Return the statistics whose slopes are shown, that of the configuration first."""
    return list(dict.fromkeys([grid.statistic, "mean", "q90", "median"]))
