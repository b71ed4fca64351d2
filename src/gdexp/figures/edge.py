"""The share of starts that separate, against the step in units of its edge."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.intervals import intervals
from gdexp.figures.layout import legend_beside
from gdexp.figures.style import MARKERS, WIDTH, Drawing, footnote, hue, styled

# claimed: up to the first all starts separate, from the second most do not
EDGES = {"c1": (1.41, 1.77), "c2": (1.41, 2.1)}
LINES = ("-", "--", ":", "-.")
KEPT = [
    *("data", "algorithm", "dim", "edge", "starts", "share", "ci_low", "ci_high"),
    *("median_iterations", "grey_from", "grey_to"),
]


class EdgePlot(Plot):
    """Up to which step runs separate."""

    name = "edge"
    title = "up to which step runs separate"
    where = "studies/edge"
    reads = ("studies/edge",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the share separated and the median of T, a column per data set.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.Edge`.
        about : About

        Returns
        -------
        Drawing
            Its table has the ends of the grey range in each row.
        """
        names = list(dict.fromkeys(table["data"]))
        palette = {"gd": hue("conv"), "perceptron": hue("conv", 1)}
        dims = sorted(table["dim"].unique())
        shown = table.assign(
            share=table["separated"] / table["starts"],
            grey_from=table["data"].map(
                {name: ends[0] for name, ends in EDGES.items()}
            ),
            grey_to=table["data"].map({name: ends[1] for name, ends in EDGES.items()}),
        )[KEPT]
        with styled():
            figure = Figure(figsize=(WIDTH, 4.0), layout="constrained")
            grid = figure.subplots(
                2, len(names), sharex=True, sharey="row", squeeze=False
            )
            handles = {}
            for column, name in enumerate(names):
                top, bottom = grid[:, column]
                own = shown[shown["data"] == name]
                for (algorithm, dim), run in own.groupby(["algorithm", "dim"]):
                    place = dims.index(dim)
                    style: dict[str, Any] = {
                        "color": palette[algorithm],
                        "marker": MARKERS[place % len(MARKERS)],
                        "markersize": 4,
                        "linestyle": LINES[place % len(LINES)],
                    }
                    intervals(top, run["edge"], run, palette[algorithm])
                    (line,) = top.plot(run["edge"], run["share"], **style)
                    bottom.plot(run["edge"], run["median_iterations"], **style)
                    handles[f"{algorithm}, $d$ = {dim}"] = line
                for axes in (top, bottom):
                    axes.axvspan(*EDGES[name], color="0.85", zorder=0)
                top.set_title(name)
                bottom.set_xlabel(r"step $\cdot\,\max|A|\,/\,n$")
                bottom.set_yscale("symlog", linthresh=1)
            grid[0, 0].set_ylabel("share of starts separated")
            grid[1, 0].set_ylabel("median of $T$\nif separated")
            # after all columns: they share it. A marker at 0 is drawn whole
            grid[1, 0].set_ylim(-0.15, 1.5 * max(1, shown["median_iterations"].max()))
            legend_beside(figure, list(handles.values()), list(handles), heading="")
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            f"Share of {table['starts'].iloc[0]} Gaussian starts that separate within"
            " the cap and the median of T over those that do, conv model with k = 2,"
            " against the step. Bars: 95 % intervals of the share, after Wilson; the"
            f" median has no interval. Grey: where the claim says nothing. {about.note}"
        )
        return Drawing(figure, shown, caption)
