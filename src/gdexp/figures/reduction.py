"""Gradient descent from long starts laid over its perceptron."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import legend_beside
from gdexp.figures.scales import iteration_axis, value_ticks, written
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    drawable,
    footnote,
    ordered_colours,
    styled,
)

FLOOR = 1e-17
ROWS = (
    "accuracy",
    "1 - cosine of\ndirections",
    "share of differing\npredictions",
    "first differing\nsign: step",
    "relative distance\nat the end",
)


class ReductionPlot(Plot):
    """Gradient descent from a long start against its perceptron."""

    name = "reduction"
    title = "gradient descent from a long start against its perceptron"
    where = "studies/reduction"
    reads = ("studies/reduction",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw accuracies, cosines and differing predictions, a column per case.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.Reduction`.
        about : About

        Returns
        -------
        Drawing
        """
        cases = list(dict.fromkeys(zip(table["case"], table["model"], strict=True)))
        palette = ordered_colours(table["scale"].tolist())
        shown = _shown(table)
        with styled():
            figure = Figure(figsize=(WIDTH * 1.25, 7.6), layout="constrained")
            grid = figure.subplots(len(ROWS), len(cases), sharey="row", squeeze=False)
            for column, (case, model) in enumerate(cases):
                own = shown[(shown["case"] == case) & (shown["model"] == model)]
                handles = _draw_runs(grid[:3, column], own, palette)
                _draw_scales(grid[3:, column], own, palette)
                grid[0, column].set_title(f"{case},\n{model}", fontsize=8)
            for row in (1, 3, 4):
                grid[row, 0].set_yscale("log")
            for row, label in enumerate(ROWS):
                grid[row, 0].set_ylabel(label)
            heading = "$R$ (start, conv;\nstep, linear)"
            legend_beside(figure, [*handles.values()], [*handles], heading=heading)
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Gradient descent against its perceptron. Conv: from R theta_0 with a fixed"
            " step against the quadratic perceptron from theta_0; linear: from 0 with"
            " step R against the batch perceptron from 0. Accuracy (dotted:"
            " perceptron), one minus the cosine of the two directions, share of samples"
            " that the two predict differently, against iterations; then against R the"
            " first step at which a sign differs (hollow: none until the end of the"
            " run) and the relative distance of w / R at the end, where the perceptron"
            f" stops or the run is cut. Cases: {_cases(cases)}. The linear model has no"
            " c1: after one step a margin of its perceptron is exactly 0, a tie that"
            " the limit excludes. One start per case, no statistic, no interval."
            f" {about.note}"
        )
        return Drawing(figure, shown, caption)


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the curves, and on the last row of each run what is drawn against R."""
    table = table.reset_index(drop=True)
    run = ["case", "model", "scale"]
    last = ~table.duplicated(run, keep="last")
    longest = table.groupby(run[:2])["scale"].transform("max") == table["scale"]
    none = table["first_mismatch"].isna()
    first = table["first_mismatch"].mask(none, table["iteration"]).clip(lower=1)
    gap = drawable(1 - table["cosine"], low=FLOOR)
    shown = table[[*run, "iteration", "accuracy", "differing"]].assign(
        one_minus_cosine=gap,
        perceptron_accuracy=table["perceptron_accuracy"].where(longest),
        first_mismatch=first.where(last),
        mismatch=(~none).where(last),
        distance=drawable(table["distance"], low=FLOOR).where(last),
    )
    return shown


def _draw_runs(
    panels: Any, own: pd.DataFrame, palette: dict[float, Any]
) -> dict[str, Artist]:
    """Draw what is plotted against iterations, a line per R; return the legend."""
    handles: dict[str, Artist] = {}
    scales = sorted(own["scale"].unique())
    for scale, label in zip(scales, written(scales), strict=True):
        run = own[own["scale"] == scale]
        x, colour = run["iteration"], palette[scale]
        (line,) = panels[0].plot(x, run["accuracy"], color=colour)
        panels[1].plot(x, run["one_minus_cosine"], color=colour)
        panels[2].plot(x, run["differing"], color=colour)
        handles[label] = line
    longest = own[own["perceptron_accuracy"].notna()]
    handles["perceptron"] = panels[0].plot(
        longest["iteration"],
        longest["perceptron_accuracy"],
        color="black",
        linestyle=(0, (1, 2)),
        linewidth=1.6,
    )[0]
    for axes in panels:
        iteration_axis(axes, float(own["iteration"].max()))
        axes.tick_params(labelbottom=axes is panels[-1], labelsize=6.5)
    panels[-1].set_xlabel("iteration")
    return handles


def _draw_scales(panels: Any, own: pd.DataFrame, palette: dict[float, Any]) -> None:
    """Draw what is plotted against R: the first mismatch and the distance."""
    for scale in sorted(own["scale"].unique()):
        run = own[own["scale"] == scale]
        last, colour = run.iloc[-1], palette[scale]
        face = colour if last["mismatch"] else "none"
        style = {"color": colour, "markersize": 5, "markerfacecolor": face}
        panels[0].plot(scale, last["first_mismatch"], "o", **style)
        panels[1].plot(scale, last["distance"], "s", color=colour, ms=4)
    for axes in panels:
        axes.set_xscale("log")
        axes.set_xlim(own["scale"].min() / 3, own["scale"].max() * 3)
        value_ticks(axes.xaxis, own["scale"], room=0.8)
        axes.tick_params(labelbottom=axes is panels[-1], labelsize=6.5)
    panels[-1].set_xlabel("$R$")


def _cases(cases: list[tuple[str, str]]) -> str:
    models: dict[str, list[str]] = {}
    for case, model in cases:
        models.setdefault(case if " n=" in case else f"{case} n=2", []).append(model)
    return ", ".join(f"{case} ({' and '.join(of)})" for case, of in models.items())
