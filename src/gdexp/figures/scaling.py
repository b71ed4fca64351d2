"""Iterations to a separator against d: the paper's central claim in one figure."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.intervals import interval_words, intervals
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import beside, count_axis, value_ticks
from gdexp.figures.scaling_table import (
    fit_rows,
    guide_rows,
    single_rows,
    statistic_rows,
)
from gdexp.figures.style import (
    WIDTH,
    Colour,
    Drawing,
    colours,
    footnote,
    markers,
    plain,
    styled,
)
from gdexp.stats.seeds import times_of, with_interval
from gdexp.stats.statistics import STATISTICS
from gdexp.util.words import many


class ScalingPlot(Plot):
    """Iterations against d."""

    name = "scaling"
    title = "iterations against d"
    where = "{experiment}/scaling"
    reads = ("cells", "scaling", "exponents")

    def draw(
        self,
        cells: pd.DataFrame,
        scaling: pd.DataFrame,
        exponents: pd.DataFrame,
        *,
        about: About,
    ) -> Drawing:
        """Draw cells, a statistic with its intervals, fitted slopes and guide lines.

        Parameters
        ----------
        cells, scaling, exponents : DataFrame
            The three tables, of one experiment.
        about : About

        Returns
        -------
        Drawing
            Its table has a row for each point, interval and end of a line: ``x`` is
            where along the axis it is drawn, beside its d.
        """
        words = STATISTICS[about.statistic].words
        scaling = scaling[scaling["statistic"] == about.statistic]
        exponents = exponents[exponents["statistic"] == about.statistic]
        factors = beside(len(about.models), cells["dim"])
        place = dict(zip(about.models, factors.tolist(), strict=True))
        points = statistic_rows(cells, scaling, place)
        singles, lines = single_rows(cells, place), fit_rows(points, exponents, place)
        guides = guide_rows(points)
        parts = (points, singles, lines, guides)
        table = pd.concat([part for part in parts if len(part)], ignore_index=True)
        table = table.reindex(columns=list(dict.fromkeys(chain(*parts))))
        with styled():
            figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
            axes = figure.add_subplot()
            axes.set_xscale("log")
            count_axis(axes, table[["value", "ci_low"]].to_numpy(float))
            palette, shapes = colours(about.models), markers(about.models)
            handles, labels = [], []
            for model in about.models:
                own = [
                    part[part["model"] == model] for part in (points, singles, lines)
                ]
                handles.append(_draw(axes, own, palette[model], shapes[model]))
                labels.append(_label(exponents[exponents["model"] == model].iloc[0]))
            for name, guide in guides.groupby("statistic"):
                _draw_guide(axes, guide, str(name))
            axes.set_xlabel("dimension $d$")
            axes.set_ylabel("iterations $T$ to a separator")
            value_ticks(axes.xaxis, cells["dim"], room=WIDTH - 1.2)
            any_interval = points["ci_low"].notna().any()
            heading = f"{words} of $T$ over seeds"
            heading += ", 95 % interval" if any_interval else ""
            heading += "; slope of $\\log T$ on $\\log d$"
            grow(figure, legend_below(axes, handles, labels, heading=heading))
            footnote(figure, about.note)
            sns.despine(figure)
        seeds = cells.groupby(["model", "dim"]).size().max()
        kind = "95 % percentile bootstrap interval"
        slopes = "slopes have no interval"
        if exponents["ci_low"].notna().any():
            slopes = "the interval of a slope is the 95 % bootstrap over seeds"
        caption = (
            "Iterations T to a separator against the dimension d. Points: single runs,"
            f" {many(seeds, 'seed')} per model and d; triangles: runs given up at"
            f" their cap or diverged. Large markers: the {words} of T over seeds,"
            f" {interval_words(points, kind)}; one that lies beyond the cap is not"
            f" drawn. Lines: least squares of log T on log d; {slopes}. Models stand"
            f" beside each other at each d. {about.note}"
        )
        return Drawing(figure, table, caption)


def _draw(
    axes: Axes, rows: Sequence[pd.DataFrame], colour: Colour, marker: str
) -> Artist:
    """Draw statistic, cells and fit of a model; return what its legend shows."""
    points, singles, line = rows
    solved = np.isfinite(times_of(singles.rename(columns={"value": "iterations"})))
    style: dict[str, Any] = {"color": colour, "linewidths": 0, "zorder": 1}
    done, lost = singles[solved], singles[~solved]
    axes.scatter(done["x"], done["value"], s=5, alpha=0.25, **style)
    # capped and diverged cells, where they were given up
    axes.scatter(lost["x"], lost["value"], s=18, alpha=0.8, marker="^", **style)
    intervals(axes, points["x"], points, colour)
    axes.plot(line["x"], line["value"], color=colour, zorder=3)
    (large,) = axes.plot(
        points["x"],
        points["value"],
        marker,
        color=colour,
        markeredgecolor="white",
        markeredgewidth=0.6,
        markersize=6,
        zorder=4,
    )
    return large


def _label(fit: "pd.Series[Any]") -> str:
    lost = fit["capped"] + fit["diverged"]
    cells = many(fit["cells"], "cell") + (f", {lost} not separated" if lost else "")
    slope = "no slope"
    if np.isfinite(fit["exponent"]):
        slope = with_interval(fit["exponent"], fit["ci_low"], fit["ci_high"])
    return f"{plain(fit['model'])}: {slope} ({cells})"


def _draw_guide(axes: Axes, guide: pd.DataFrame, name: str) -> None:
    style: dict[str, Any] = {"linestyle": (0, (4, 3)), "linewidth": 0.9, "zorder": 2}
    axes.plot(guide["x"], guide["value"], color="0.35", **style)
    axes.annotate(
        name,
        (guide["x"].iloc[-1], guide["value"].iloc[-1]),
        xytext=(14, 0),
        textcoords="offset points",
        color="0.25",
        fontsize=8,
        va="center",
    )
