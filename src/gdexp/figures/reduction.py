"""Gradient descent from long starts laid over its perceptron."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    iteration_axis,
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


def draw_reduction(table: pd.DataFrame, *, note: str = "") -> Drawing:
    """Draw accuracies, cosines and differing predictions, a column per case.

    Parameters
    ----------
    table : DataFrame
        As from `gdexp.studies.Reduction`.
    note : str

    Returns
    -------
    Drawing
    """
    cases = list(dict.fromkeys(zip(table["case"], table["model"], strict=True)))
    palette = ordered_colours(table["scale"].tolist())
    with styled():
        figure = Figure(figsize=(WIDTH * 1.25, 7.6), layout="constrained")
        grid = figure.subplots(len(ROWS), len(cases), sharey="row", squeeze=False)
        for column, (case, model) in enumerate(cases):
            own = table[(table["case"] == case) & (table["model"] == model)]
            _draw_runs(grid[:3, column], own, palette)
            _draw_scales(grid[3:, column], own, palette)
            grid[0, column].set_title(f"{case},\n{model}", fontsize=8)
        for row in (1, 3, 4):
            grid[row, 0].set_yscale("log")
        for row, label in enumerate(ROWS):
            grid[row, 0].set_ylabel(label)
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(
            handles,
            labels,
            title="$R$ (start, conv; step, linear)",
            loc="outside upper center",
            ncols=len(labels),
            columnspacing=1.0,
            handlelength=1.4,
        )
        footnote(figure, note)
        sns.despine(figure)
    caption = (
        "Gradient descent against its perceptron. Conv: from R theta_0 with a fixed"
        " step against the quadratic perceptron from theta_0; linear: from 0 with step"
        " R against the batch perceptron from 0. Accuracy (dotted: perceptron), one"
        " minus the cosine of the two directions, share of samples that the two predict"
        " differently, against iterations; then against R the first step at which a"
        " sign differs (hollow: none until the end of the run) and the relative"
        " distance of w / R at the end, where the perceptron stops or the run is cut."
        f" Cases: {_cases(cases)}. The linear model has no c1: after one step a margin"
        " of its perceptron is exactly 0, a tie that the limit excludes. One start per"
        f" case, no statistic, no interval. {note}"
    )
    return Drawing(figure, table, caption)


def _draw_runs(panels: Any, own: pd.DataFrame, palette: dict[float, Any]) -> None:
    """Draw what is plotted against iterations, a line per R."""
    for scale in sorted(own["scale"].unique()):
        run = own[own["scale"] == scale]
        x = run["iteration"].to_numpy()
        gap = np.maximum(1 - run["cosine"].to_numpy(), FLOOR)
        label = f"$10^{{{np.log10(scale):.0f}}}$"
        panels[0].plot(x, run["accuracy"], color=palette[scale], label=label)
        panels[1].plot(x, gap, color=palette[scale])
        panels[2].plot(x, run["differing"], color=palette[scale])
    longest = own[own["scale"] == own["scale"].max()]
    panels[0].plot(
        longest["iteration"],
        longest["perceptron_accuracy"],
        color="black",
        linestyle=(0, (1, 2)),
        linewidth=1.6,
        label="perceptron",
    )
    for axes in panels:
        iteration_axis(axes, float(own["iteration"].max()))
        axes.tick_params(labelbottom=axes is panels[-1], labelsize=6.5)
    panels[-1].set_xlabel("iteration")


def _draw_scales(panels: Any, own: pd.DataFrame, palette: dict[float, Any]) -> None:
    """Draw what is plotted against R: the first mismatch and the distance."""
    for scale in sorted(own["scale"].unique()):
        run = own[own["scale"] == scale]
        last, colour = run.iloc[-1], palette[scale]
        first, none = last["first_mismatch"], pd.isna(last["first_mismatch"])
        step = max(last["iteration"] if none else first, 1)
        face = "none" if none else colour
        style = {"color": colour, "markersize": 5, "markerfacecolor": face}
        panels[0].plot(scale, step, "o", **style)
        panels[1].plot(scale, max(last["distance"], FLOOR), "s", color=colour, ms=4)
    for axes in panels:
        axes.set_xscale("log")
        axes.set_xlim(own["scale"].min() / 3, own["scale"].max() * 3)
        axes.set_xticks(10.0 ** np.arange(0, np.log10(own["scale"].max()) + 1, 3))
        axes.minorticks_off()
        axes.tick_params(labelbottom=axes is panels[-1], labelsize=6.5)
    panels[-1].set_xlabel("$R$")


def _cases(cases: list[tuple[str, str]]) -> str:
    models: dict[str, list[str]] = {}
    for case, model in cases:
        models.setdefault(case if " n=" in case else f"{case} n=2", []).append(model)
    return ", ".join(f"{case} ({' and '.join(of)})" for case, of in models.items())
