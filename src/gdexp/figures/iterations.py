"""The distribution of T over seeds, per d: which statistic to trust."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import grow, leftmost, legend_below, lowest, panels, title
from gdexp.figures.scales import iteration_axis, value_ticks
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    colours,
    footnote,
    markers,
    plain,
    styled,
)
from gdexp.stats.seeds import times_of
from gdexp.util.words import many

SHARE, TIME = "share of cells separated", "iterations $T$"


class IterationsPlot(Plot):
    """Distribution of the iterations."""

    name = "iterations"
    title = "distribution of the iterations"
    where = "{experiment}/iterations"
    reads = ("cells",)

    def draw(self, cells: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the share of cells separated within T iterations, a panel per model.

        At one d alone all models are in one panel.

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
        curves = cells.groupby(["model", "dim"])[["outcome", "iterations"]].apply(
            _curve
        )
        table = curves.reset_index(["model", "dim"])
        several = table["dim"].nunique() > 1
        with styled():
            figure = (_each if several else _beside)(table, about)
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Share of the cells separated within T iterations: the empirical"
            f" distribution over {many(cells['seed'].nunique(), 'seed')}, a curve per"
            f" {'d' if several else 'model'}, no interval. A curve that ends below 1"
            " leaves out cells that were capped or diverged, and ends where the last of"
            f" them was given up. {about.note}"
        )
        return Drawing(figure, table, caption)


def _each(table: pd.DataFrame, about: About) -> Figure:
    """Draw a panel per model, a colour per d."""
    dims = sorted(table["dim"].unique())
    norm = LogNorm(dims[0], dims[-1])
    colour = sns.color_palette("viridis_r", as_cmap=True)
    figure, grid = panels(len(about.models), height=2.1)
    for axes, model in zip(grid[0], about.models, strict=True):
        own = table[table["model"] == model]
        for dim in sorted(own["dim"].unique()):
            _draw(axes, own[own["dim"] == dim], colour(norm(dim)))
        iteration_axis(axes, table["iterations"].max())
        title(axes, model, len(about.models))
    grid[0, 0].set_ylim(-0.03, 1.03)  # a curve along 0 is seen too
    for i in leftmost(len(about.models)):
        grid[0, i].set_ylabel(SHARE)
    for i in lowest(len(about.models)):
        grid[0, i].set_xlabel(TIME)
    bar = figure.colorbar(
        ScalarMappable(norm, colour),
        ax=list(grid[0]),
        label="dimension $d$",
        pad=0.01,
        aspect=max(20, 12 * figure.get_figheight()),
    )
    value_ticks(bar.ax.yaxis, dims, room=figure.get_figheight() - 1.2)
    return figure


def _beside(table: pd.DataFrame, about: About) -> Figure:
    """Draw all models beside each other, at the one d that there is."""
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    axes = figure.add_subplot()
    palette, shapes = colours(about.models), markers(about.models)
    handles = []
    for model in about.models:
        curve = table[table["model"] == model]
        line = _draw(axes, curve, palette[model])
        line.set(marker=shapes[model], markersize=4, markevery=[-1])
        handles.append(line)
    iteration_axis(axes, table["iterations"].max())
    axes.set(xlabel=TIME, ylabel=f"{SHARE}, $d = {table['dim'].iloc[0]}$")
    axes.set_ylim(-0.03, 1.03)
    grow(figure, legend_below(axes, handles, [plain(name) for name in about.models]))
    return figure


def _draw(axes: Axes, curve: pd.DataFrame, colour: Any) -> Line2D:
    steps: dict[str, Any] = {"drawstyle": "steps-post", "linewidth": 1.1}
    (line,) = axes.plot(curve["iterations"], curve["share"], color=colour, **steps)
    return line


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
