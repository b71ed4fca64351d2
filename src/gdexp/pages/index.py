"""The first page of the results: what came out, what is missing, where the rest is."""

import html
from collections.abc import Collection, Sequence
from pathlib import Path

from gdexp.figures import headlines
from gdexp.pages import BESIDE
from gdexp.pages.markup import VERDICTS, table, write
from gdexp.pages.result import (
    Told,
    against_d,
    columns,
    exponents,
    figure,
    lead,
)
from gdexp.util.provenance import made_by
from gdexp.util.tables import records_of

STYLE = (
    """
:root { color-scheme: light dark }
:root { --page: #fff; --text: #222; --faint: #595f66; --line: #d5d9dd; --link: #0173b2 }
@media (prefers-color-scheme: dark) { :root { --page: #16181c; --text: #e8e8e8;
  --faint: #a8adb3; --line: #3a3f46; --link: #5cb3e8 } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 0 1rem 3rem;
  max-width: 62rem; color: var(--text); background: var(--page) }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
.lead { font-size: 1.1rem } a { color: var(--link) }
figure { margin: 1.2rem 0; max-width: 46rem } img { max-width: 100%; background: #fff }
#verdicts ~ .scroll td + td { min-width: 11rem }
#verdicts ~ .scroll td + td + td { min-width: 18rem }
#verdicts ~ .scroll td + td + td + td { min-width: 10rem }
figcaption, .faint { color: var(--faint); font-size: .88rem }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .9rem }
th, td { padding: .25rem .7rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line) }
td.n { white-space: nowrap; font-variant-numeric: tabular-nums }
td.holds, td.fails, td.undecided { font-weight: 600 }
code { font-family: ui-monospace, monospace } summary { cursor: pointer }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
"""
    + VERDICTS
)


def write_index(
    results: Told,
    left_out: Sequence[str],
    path: str | Path,
    beside: Collection[str] = (),
) -> None:
    """Write the page.

    Parameters
    ----------
    results : Told
    left_out : sequence of str
        The experiments whose images cannot be had.
    path : str or Path
        In the folder of the results, which its links start from.
    beside : collection of str
        What it links to of that which is made only when it is asked for.
    """
    folder = Path(path).parent
    parts = [
        "<h1>Gradient descent as a perceptron: results</h1>",
        f'<p class="lead">{lead(results)}</p>',
        *_missing(left_out),
        *_ways(results, beside),
        *(figure(place, folder) for place in headlines(results.grid)),
        *_exponents(results),
        *_verdicts(results),
        *_links(results, beside),
        *_made(),
    ]
    write(path, "gdexp: results", STYLE, "\n".join(parts))


def _missing(left_out: Sequence[str]) -> list[str]:
    if not left_out:
        return []
    names = html.escape(", ".join(left_out))
    return [
        "<p><strong>Left out, as their images could not be had:</strong>"
        f" {names}. The next run computes them if they can; see <code>data</code> in"
        " the configuration.</p>"
    ]


def _ways(results: Told, beside: Collection[str]) -> list[str]:
    ways = {"#exponents": "Exponents"} if against_d(results.grid) else {}
    ways |= {"#verdicts": "Verdicts"} if len(results.claims) else {}
    ways |= {"#rest": "The rest"}
    if "explorer.html" in beside:
        ways = {"explorer.html": "Explorer: every cell"} | ways
    links = " · ".join(f'<a href="{to}">{name}</a>' for to, name in ways.items())
    return [f"<nav>{links}</nav>"]


def _exponents(results: Told) -> list[str]:
    grid = results.grid
    first, *others = against_d(grid) or [""]
    if not first:
        return []
    note = html.escape(grid.experiments[first].note)
    parts = [
        '<h2 id="exponents">Exponents</h2>',
        "<p>Slope of log T on log d with its 95 % interval, for statistics of T over"
        " seeds; T is the number of iterations until every margin is positive. A d"
        " where T lies beyond the cap, or is 0, is not in the slope.</p>",
        exponents(results, [first], columns(grid)),
        f'<p class="faint">{note}</p>',
    ]
    if others:
        shown = exponents(results, others, [grid.statistic])
        parts.append(
            f"<details><summary>The other experiments</summary>{shown}</details>"
        )
    return parts


def _verdicts(results: Told) -> list[str]:
    if not len(results.claims):
        return []
    names = ["verdict", "claim", "measured", "expected", "source"]
    rows = []
    for row in records_of(results.claims):
        reason = f" ({row['reason']})" if row["reason"] else ""
        told = row["text"], f"{row['measured']}{reason}", row["expected"], row["source"]
        rows.append([(row["verdict"], row["verdict"]), *((x, "") for x in told)])
    return [
        '<h2 id="verdicts">Verdicts</h2>',
        "<p>An interval that lies in the expected range holds, one outside it fails,"
        " anything else is undecided. The source says whether a claim is the paper's"
        ' text, a reconstruction, derived or ours. The same as <a href="claims.md">'
        "claims.md</a>.</p>",
        table(names, rows),
    ]


def _links(results: Told, beside: Collection[str]) -> list[str]:
    lines = []
    for name, (what, command) in BESIDE.items():
        if name in beside:
            lines.append(f'<a href="{name}">{name}</a>: {what}')
        else:
            lines.append(f"<code>{command}</code> makes {name}: {what}")
    tables = ("cells", "exponents", "scaling", "local", "claims")
    studies = ""
    if results.grid.studies:
        studies = ', and one per study in <a href="tables/studies/">tables/studies</a>'
    lines += [
        "tables: "
        + ", ".join(f'<a href="tables/{name}.csv">{name}.csv</a>' for name in tables)
        + studies,
        '<a href="figures/">figures</a>: as PNG and PDF, each with its numbers as CSV'
        " and its caption",
        '<a href="cells/">cells</a>: one record per cell, a JSON line each',
        '<a href="report/setup.html">versions and configuration</a>,'
        ' <a href="report/exponents.html">all exponents</a>',
        "runs that are tracked: <code>make ui</code> opens them in MLflow; choose"
        " <em>Model training</em> at its top left, then an experiment",
    ]
    items = "\n".join(f"<li>{line}</li>" for line in lines)
    return ['<h2 id="rest">The rest</h2>', f"<ul>\n{items}\n</ul>"]


def _made() -> list[str]:
    about = made_by()
    commit = html.escape(str(about["commit"])[:12])
    return [f'<p class="faint">Made by gdexp {about["gdexp"]}, commit {commit}.</p>']
