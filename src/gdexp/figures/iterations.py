"""The distribution of T over seeds, per d: which statistic to trust."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import leftmost, lowest, panels, title
from gdexp.figures.scales import iteration_axis, value_ticks
from gdexp.figures.style import Drawing, footnote, styled
from gdexp.stats.seeds import times_of


class IterationsPlot(Plot):
    """Distribution of the iterations."""

    name = "iterations"
    title = "distribution of the iterations"
    where = "{experiment}/iterations"
    reads = ("cells",)

    def draw(self, cells: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the share of cells separated within T iterations, a panel per model.

        A curve that ends below 1 leaves out the cells that were capped or diverged.

        Parameters
        ----------
        cells : DataFrame
            The table of cells, of one experiment.
        about : About

        Returns
        -------
        Drawing
        """
        dims = sorted(cells["dim"].unique())
        norm = LogNorm(dims[0], dims[-1]) if len(dims) > 1 else LogNorm(1, dims[0] + 1)
        colour = sns.color_palette("viridis_r", as_cmap=True)
        curves = cells.groupby(["model", "dim"])[["outcome", "iterations"]].apply(
            _curve
        )
        table = curves.reset_index(["model", "dim"])
        with styled():
            figure, grid = panels(len(about.models), height=2.1)
            for axes, model in zip(grid[0], about.models, strict=True):
                own = table[table["model"] == model]
                for dim in sorted(own["dim"].unique()):
                    curve = own[own["dim"] == dim]
                    axes.step(
                        curve["iterations"],
                        curve["share"],
                        where="post",
                        color=colour(norm(dim)),
                        linewidth=1.1,
                    )
                iteration_axis(axes, table["iterations"].max())
                title(axes, model, len(about.models))
            grid[0, 0].set_ylim(-0.03, 1.03)  # a curve along 0 is seen too
            for i in leftmost(len(about.models)):
                grid[0, i].set_ylabel("share of cells separated")
            for i in lowest(len(about.models)):
                grid[0, i].set_xlabel("iterations $T$")
            bar = figure.colorbar(
                ScalarMappable(norm, colour),
                ax=list(grid[0]),
                label="dimension $d$",
                pad=0.01,
                aspect=max(20, 12 * figure.get_figheight()),
            )
            value_ticks(bar.ax.yaxis, dims, room=figure.get_figheight() - 1.2)
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Share of the cells separated within T iterations: the empirical"
            f" distribution over {cells['seed'].nunique()} seeds, a curve per d, no"
            " interval. A curve that ends below 1 leaves out cells that were capped or"
            f" diverged, and ends where the last of them was given up. {about.note}"
        )
        return Drawing(figure, table, caption)


def _curve(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the steps of the distribution, from 0 to where all that is known ends."""
    times = times_of(cells)
    known = np.unique(np.append(times[np.isfinite(times)], 0.0))
    lost = cells.loc[~np.isfinite(times), "iterations"]
    if len(lost):
        known = np.unique(np.append(known, max(known[-1], lost.max())))
    share = [(times <= t).mean() for t in known]
    # the first step rises from 0 where cells are separated from the start
    steps = pd.DataFrame({"iterations": [0.0, *known], "share": [0.0, *share]})
    return steps.drop_duplicates(ignore_index=True)
