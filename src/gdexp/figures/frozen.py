"""One least-squares solve on frozen features: whether it separates, and by how much."""

import math

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.intervals import intervals
from gdexp.figures.layout import legend_beside
from gdexp.figures.scales import value_ticks
from gdexp.figures.style import WIDTH, Drawing, footnote, hue, styled
from gdexp.stats.seeds import wilson


class FrozenPlot(Plot):
    """What one solve on frozen features separates."""

    name = "frozen"
    title = "one least-squares solve on frozen features"
    where = "studies/frozen"
    reads = ("studies/frozen",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the shares separated and of full rank, and margins, against the width.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.Frozen`.
        about : About

        Returns
        -------
        Drawing
            Its table has a row for each width.
        """
        points = _points(table)
        n, seeds = table["samples"].iloc[0], table["seed"].nunique()
        solve, full, half = hue("random_features"), "0.2", "0.55"
        with styled():
            figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
            shares, margins = figure.subplots(1, 2)
            x = points["width"]
            intervals(shares, x, points, solve)
            handles = shares.plot(x, points["share"], "o-", color=solve, markersize=4)
            style = {"color": full, "markersize": 4, "markerfacecolor": "white"}
            handles += shares.plot(x, points["full_rank"], "s--", lw=0.9, **style)
            handles += shares.plot(x, points["separable"], ":", lw=1.6, color=half)
            shares.set_ylabel("share of draws")
            shares.set_ylim(-0.05, 1.05)
            ends = points["lowest"], points["highest"]
            margins.fill_between(x, *ends, color=solve, alpha=0.2)
            margins.plot(x, points["margin"], "o-", color=solve, markersize=4)
            margins.set_ylabel("smallest margin")
            for axes in (shares, margins):
                axes.set_xscale("log")
                axes.set_xlabel(f"width $p$, $n$ = {n}")
                value_ticks(axes.xaxis, x, room=1.8)
            labels = [
                "separated by\nthe solve",
                "rank $n$",
                "separable at\nall (Cover)",
            ]
            legend_beside(figure, handles, labels, heading="")
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            f"Left: share of {seeds} draws of {n} Gaussian samples, random labels and"
            " frozen features whose least-squares solution separates all samples (95 %"
            " interval after Wilson), share whose features have rank n (no interval),"
            " and the probability that any linear function of so many features in"
            " general position does. Right: smallest margin of the solution, median"
            " over draws, shaded from the smallest to the largest, no interval."
            f" {about.note}"
        )
        return Drawing(figure, points, caption)


def separable(n: int, width: int) -> float:
    """Return the probability that random labels are linear in general position.

    >>> separable(4, 2), separable(3, 5)
    (0.5, 1.0)
    """
    count = sum(math.comb(n - 1, k) for k in range(min(width, n)))
    return float(count / 2.0 ** (n - 1))


def _points(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for width, own in table.groupby("width"):
        n, done = int(own["samples"].iloc[0]), int((own["accuracy"] == 1).sum())
        low, high = wilson(done, len(own))
        rows.append(
            {
                "width": width,
                "share": done / len(own),
                "ci_low": low,
                "ci_high": high,
                "full_rank": float(np.mean(own["rank"] == n)),
                "separable": separable(n, int(str(width))),
                "margin": own["margin"].median(),
                "lowest": own["margin"].min(),
                "highest": own["margin"].max(),
            }
        )
    return pd.DataFrame(rows)
