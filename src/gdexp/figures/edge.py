"""The share of starts that separate, against the step in units of its edge."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.style import WIDTH, Drawing, footnote, hue, styled

# claimed: up to the first all starts separate, from the second most do not
EDGES = {"c1": (1.41, 1.77), "c2": (1.41, 2.1)}


def draw_edge(table: pd.DataFrame, *, note: str = "") -> Drawing:
    """Draw the share separated and the median of T, a column per data set.

    Parameters
    ----------
    table : DataFrame
        As from `gdexp.studies.Edge`.
    note : str

    Returns
    -------
    Drawing
    """
    names = list(dict.fromkeys(table["data"]))
    palette = {"gd": hue("conv"), "perceptron": hue("conv", 1)}
    dims = sorted(table["dim"].unique())
    with styled():
        figure = Figure(figsize=(WIDTH, 4.0), layout="constrained")
        grid = figure.subplots(2, len(names), sharex=True, sharey="row", squeeze=False)
        for column, name in enumerate(names):
            top, bottom = grid[:, column]
            for (algorithm, dim), run in table[table["data"] == name].groupby(
                ["algorithm", "dim"]
            ):
                style = {
                    "color": palette[algorithm],
                    "marker": "os^v"[dims.index(dim) % 4],
                    "markersize": 4,
                    "linestyle": ("-", "--", ":", "-.")[dims.index(dim) % 4],
                    "label": f"{algorithm}, $d$ = {dim}",
                }
                share = run["separated"] / run["starts"]
                spread = np.array([share - run["ci_low"], run["ci_high"] - share])
                spread = np.maximum(spread, 0)  # rounding, at shares of 0 and 1
                top.errorbar(
                    run["edge"], share, yerr=spread, capsize=2, elinewidth=0.8, **style
                )
                bottom.plot(run["edge"], run["median_iterations"], **style)
            for axes in (top, bottom):
                axes.axvspan(*EDGES[name], color="0.85", zorder=0)
            top.set_title(name)
            bottom.set_xlabel(r"step $\cdot\,\max|A|\,/\,n$")
            bottom.set_yscale("symlog", linthresh=1)
        grid[0, 0].set_ylabel("share of starts separated")
        grid[1, 0].set_ylabel("median of $T$\nif separated")
        # after all columns: they share it. A marker at 0 is drawn whole
        grid[1, 0].set_ylim(-0.15, 1.5 * max(1, table["median_iterations"].max()))
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
        footnote(figure, note)
        sns.despine(figure)
    caption = (
        f"Share of {table['starts'].iloc[0]} Gaussian starts that separate within the"
        " cap and the median of T over those that do, conv model with k = 2, against"
        " the step. Bars: 95 % intervals of the share, after Wilson; the median has no"
        f" interval. Grey: where the claim says nothing. {note}"
    )
    return Drawing(figure, table, caption)
