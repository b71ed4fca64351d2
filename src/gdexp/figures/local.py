"""Local exponents: what the slope becomes as d grows."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from gdexp.figures.base import About, Plot
from gdexp.figures.intervals import interval_words, intervals
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import beside, value_ticks
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    colours,
    footnote,
    markers,
    plain,
    styled,
)
from gdexp.stats.slopes import WINDOW
from gdexp.stats.statistics import STATISTICS


class LocalPlot(Plot):
    """Slopes over windows of d."""

    name = "local"
    title = "local exponents"
    where = "{experiment}/local"
    reads = ("local",)
    span = 16  # one window

    def draw(self, local: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the slope over each window, with its interval, at the window's middle.

        Parameters
        ----------
        local : DataFrame
            Columns as in `gdexp.stats.slopes.LOCAL`, of one experiment.
        about : About

        Returns
        -------
        Drawing
        """
        words = STATISTICS[about.statistic].words
        shown = local[local["statistic"] == about.statistic].reset_index(drop=True)
        middle = np.sqrt(shown["dim_low"] * shown["dim_high"].astype(float))
        factors = beside(len(about.models), middle) if len(shown) else [1.0]
        place = dict(zip(about.models, factors, strict=False))
        shown = shown.assign(x=middle * shown["model"].map(place).astype(float))
        with styled():
            figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
            axes = figure.add_subplot()
            axes.set_xscale("log")
            palette, shapes = colours(about.models), markers(about.models)
            handles = []
            for model in about.models:
                own = shown[shown["model"] == model]
                colour = palette[model]
                intervals(axes, own["x"], own, colour)
                (handle,) = axes.plot(
                    own["x"],
                    own["exponent"],
                    shapes[model],
                    color=colour,
                    linestyle="-",
                    linewidth=0.7,
                    markersize=4.5,
                )
                handles.append(handle)
            axes.set_xlabel("dimension $d$: middle of a window of four octaves")
            axes.set_ylabel("slope of $\\log T$ on $\\log d$")
            # quarters, as far as these tell what is there
            if np.ptp(axes.get_ylim()) > 0.6:
                axes.yaxis.set_major_locator(MultipleLocator(0.25))
            if len(shown):
                value_ticks(axes.xaxis, middle, room=WIDTH - 1.2)
            else:
                axes.set_title("no window has three $d$ with a finite $T$")
            labels = [plain(model) for model in about.models]
            grow(figure, legend_below(axes, handles, labels, heading=f"{words} of $T$"))
            footnote(figure, about.note)
            sns.despine(figure)
        kind = "95 % bootstrap interval over seeds"
        caption = (
            f"Least-squares slope of log T on log d over windows of d, each from one d"
            f" to {WINDOW} times it, T being the {words} over seeds,"
            f" {interval_words(shown, kind)}. Neighbouring windows share most of their"
            f" d. Models stand beside each other. {about.note}"
        )
        return Drawing(figure, shown, caption)
