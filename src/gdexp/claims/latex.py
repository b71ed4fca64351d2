r"""Exponents and claims as tables in LaTeX, for a paper: ``\input`` and two packages.

Of booktabs and longtable, as they run over pages. Whatever the tables say is text, and
escaped; the numbers are those of the other pages, each with its interval.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from gdexp.claims.letters import escaped
from gdexp.claims.page import tally
from gdexp.stats.seeds import with_interval
from gdexp.util.tables import records_of

PACKAGES = r"% needs \usepackage{booktabs,longtable}"


def exponents_latex(
    table: pd.DataFrame, notes: Mapping[str, str], steps: Mapping[tuple[str, str], str]
) -> str:
    """Return the exponents: a row for each entry, a column for each statistic.

    Parameters
    ----------
    table : DataFrame
        As of `gdexp.stats.exponents.EXPONENTS`.
    notes : mapping of str to str
        Of each experiment what its data are, and their source.
    steps : mapping of (str, str) to str
        The step of each (experiment, entry), if it has one.
    """
    rows = records_of(table)
    names = list(dict.fromkeys(row["statistic"] for row in rows))
    head = ["entry", "step", *names, "cells", "capped", "diverged"]
    body: list[str] = []
    for experiment, group in groupby(rows, key=lambda row: row["experiment"]):
        own = list(group)
        title = f"\\emph{{{escaped(experiment)}}}"
        note = escaped(notes.get(experiment, ""))
        body += [r"\addlinespace", _across(len(head), f"{title}: {note}")]
        for entry, each in groupby(own, key=lambda row: row["model"]):
            body.append(
                _entry(entry, list(each), names, steps.get((experiment, entry)))
            )
        body += [_across(len(head), escaped(line)) for line in _told(own)]
    caption = (
        "Exponents: least-squares slopes of log T on log d, T being the iterations"
        " until every margin is positive, by the statistic of T over seeds, with 95 %"
        " bootstrap intervals. Capped cells count as censored, diverged ones as never"
        " separated."
    )
    columns = "ll" + "r" * (len(head) - 2)
    return _longtable(columns, head, body, caption, "exponents")


def _entry(
    entry: str, rows: Sequence[Mapping[str, Any]], names: Sequence[str], step: Any
) -> str:
    found = {row["statistic"]: row for row in rows}
    numbers = [_number(found[name]) if name in found else "--" for name in names]
    first = rows[0]
    counts = [f"{first[name]:d}" for name in ("cells", "capped", "diverged")]
    return _row([escaped(entry), escaped(step or "--"), *numbers, *counts])


def _number(row: Mapping[str, Any]) -> str:
    """Return an exponent with its interval, or without one if there is none."""
    if math.isnan(row["exponent"]):
        return "--"
    text = with_interval(row["exponent"], row["ci_low"], row["ci_high"])
    return text.replace("-", "$-$")


def _told(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the notes of some exponents, each once with those that it is about."""
    about: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        if row["note"]:
            entries = about.setdefault(row["note"], {})
            entries.setdefault(row["model"], []).append(row["statistic"])
    return [
        f"{note} ({'; '.join(map(_of_entry, entries.items()))})"
        for note, entries in about.items()
    ]


def _of_entry(known: tuple[str, list[str]]) -> str:
    entry, statistics = known
    return f"{entry}: {', '.join(statistics)}"


def claims_latex(table: pd.DataFrame) -> str:
    """Return the verdicts, each with its source, what was expected and measured.

    Parameters
    ----------
    table : DataFrame
        As of `gdexp.claims.page.VERDICTS`.
    """
    body = []
    for number, row in enumerate(records_of(table), start=1):
        verdict = f"\\textbf{{{escaped(row['verdict'])}}}"
        if row["reason"]:
            verdict += f": {escaped(row['reason'])}"
        cells = (row[name] for name in ("text", "source", "expected", "measured"))
        body.append(_row([f"{number}", *map(escaped, cells), verdict]))
    caption = (
        f"Claims: {tally(table)}. An interval that lies in the expected range holds,"
        " one outside it fails, anything else is undecided. Intervals are 95 %."
    )
    ragged = r">{\raggedright\arraybackslash}"
    widths = (0.2, 0.14, 0.18, 0.2, 0.16)
    columns = "r" + "".join(f"{ragged}p{{{width}\\linewidth}}" for width in widths)
    head = ["", "claim", "source", "expected", "measured", "verdict"]
    return _longtable(columns, head, body, caption, "claims", ",array")


def _longtable(
    columns: str,
    head: Sequence[str],
    body: Sequence[str],
    caption: str,
    label: str,
    more: str = "",
) -> str:
    lines = [
        PACKAGES.replace("longtable}", f"longtable{more}}}"),
        r"{\footnotesize\setlength{\tabcolsep}{3pt}",
        f"\\begin{{longtable}}{{{columns}}}",
        f"\\caption{{{escaped(caption)}}}\\label{{tab:{label}}}\\\\",
        r"\toprule",
        _row(map(escaped, head)),
        r"\midrule\endfirsthead",
        r"\toprule",
        _row(map(escaped, head)),
        r"\midrule\endhead",
        r"\bottomrule\endfoot",
        *body,
        r"\end{longtable}}",
    ]
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    # a row that begins with [ would be an option of the one before
    return "{} " + " & ".join(cells) + r" \\"


def _across(columns: int, text: str) -> str:
    cell = f"\\multicolumn{{{columns}}}{{p{{0.97\\linewidth}}}}{{{text}}}"
    return f"{cell} \\\\"
