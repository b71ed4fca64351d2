"""The risk of the mean iterate with risk-adaptive steps, against its bound."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import value_ticks, written
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    markers,
    ordered_colours,
    styled,
)


class AveragedRiskPlot(Plot):
    """Risk of the mean iterate, and when it separates."""

    name = "averaged_risk"
    title = "risk of the mean iterate against its bound"
    where = "studies/averaged_risk"
    reads = ("studies/averaged_risk",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw log(risk) over its bound against T (left), and T to separate (right).

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.AveragedRisk`.
        about : About

        Returns
        -------
        Drawing
        """
        names = ["data", "samples", "dim"]
        sets = list(table[names].drop_duplicates().itertuples(index=False, name=None))
        told = {key: _name(*key) for key in sets}
        keys = pd.Series(list(table[names].itertuples(index=False, name=None)))
        shown = table.reset_index(drop=True).assign(
            set=keys.map(told),
            multiple=table["iterations"] / table["difficulty"],
            ratio=table["log_risk"] / table["bound"],
        )
        first = ~shown.duplicated(["set", "step"])
        for name in ("difficulty", "separated", "averaged"):
            shown[name] = shown[name].astype(float).where(first)
        columns = ["set", "step", "multiple", "ratio"]
        shown = shown[[*columns, "difficulty", "separated", "averaged"]]
        with styled():
            figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
            left, right = figure.subplots(1, 2)
            heights = _draw_ratios(left, shown), _draw_times(right, shown)
            grow(figure, max(heights))
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Left: log(risk) of the mean of w_0 to w_{T-1} over its bound"
            " -step (gamma^2 T - 1) / 2, against gamma^2 T; a ratio of 1 is the bound"
            " itself. Right: the first update at which w_t separates (filled), and the"
            " T from which on that mean does (open), against 1 / gamma^2; grey: equal"
            " to it. Exponential loss, linear model from 0, rows divided by the"
            " longest."
            f" One run each, no statistic, no interval. {about.note}"
        )
        return Drawing(figure, shown, caption)


def _name(data: str, samples: int, dim: int) -> str:
    """Say which data set it is."""
    return f"{data}, " + (f"n = {samples}" if data == "worst_case" else f"d = {dim}")


def _draw_ratios(axes: Axes, shown: pd.DataFrame) -> float:
    palette = ordered_colours(shown["step"].tolist())
    shapes = markers(shown["set"].unique())
    for _, run in shown.groupby(["set", "step"], sort=False):
        name, step = run["set"].iloc[0], run["step"].iloc[0]
        style: dict[str, Any] = {"color": palette[step], "lw": 0.8, "ms": 4}
        axes.plot(run["multiple"], run["ratio"], marker=shapes[name], **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(r"$\gamma^2\,T$")
    axes.set_ylabel("log(risk) / bound")
    ticks = [1, 2, 5, 10, 20, 50]
    for axis, name in ((axes.xaxis, "multiple"), (axes.yaxis, "ratio")):
        there = [x for x in ticks if x <= 1.2 * shown[name].max()]
        axis.set_ticks(there, [f"{x:g}" for x in there])
        axis.set_minor_locator(NullLocator())
    handles = [
        axes.plot([], [], color="0.3", marker=shape, ls="none", ms=4)[0]
        for shape in shapes.values()
    ]
    return legend_below(axes, handles, list(shapes), width=WIDTH / 2 - 0.8)


def _draw_times(axes: Axes, shown: pd.DataFrame) -> float:
    palette = ordered_colours(shown["step"].tolist())
    shapes = markers(shown["set"].unique())
    own = shown[shown["difficulty"].notna()].sort_values("difficulty")
    axes.plot(own["difficulty"], own["difficulty"], color="0.6", lw=0.9, zorder=1)
    steps = {}
    for row in own.to_dict("records"):
        style = {"color": palette[row["step"]], "marker": shapes[row["set"]], "ms": 5}
        axes.plot(row["difficulty"], row["separated"], ls="none", **style)
        axes.plot(row["difficulty"], row["averaged"], ls="none", mfc="none", **style)
        steps[row["step"]] = palette[row["step"]]
    axes.set_xscale("log")
    axes.set_yscale("log")
    value_ticks(axes.xaxis, own["difficulty"], room=WIDTH / 2 - 1)
    axes.yaxis.set_minor_formatter("")
    axes.set_xlabel(r"$1/\gamma^2$")
    axes.set_ylabel("$T$ to separate")
    ordered = sorted(steps)
    handles = [axes.plot([], [], color=steps[step], lw=2)[0] for step in ordered]
    return legend_below(
        axes, handles, written(ordered), heading="step", width=WIDTH / 2 - 0.8
    )
