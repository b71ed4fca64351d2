"""Gradient descent from long starts laid over its perceptron."""

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
    ("accuracy", "accuracy"),
    ("cosine", "1 - cosine of\ndirections"),
    ("differing", "share of differing\npredictions"),
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
        figure = Figure(figsize=(WIDTH * 1.15, 4.8), layout="constrained")
        grid = figure.subplots(3, len(cases), sharex="col", sharey="row", squeeze=False)
        for column, (case, model) in enumerate(cases):
            own = table[(table["case"] == case) & (table["model"] == model)]
            for scale, run in own.groupby("scale"):
                x = run["iteration"].to_numpy()
                gap = np.maximum(1 - run["cosine"].to_numpy(), FLOOR)
                colour, label = palette[scale], f"$10^{{{np.log10(scale):.0f}}}$"
                grid[0, column].plot(x, run["accuracy"], color=colour, label=label)
                grid[1, column].plot(x, gap, color=colour)
                grid[2, column].plot(x, run["differing"], color=colour)
            first = own[own["scale"] == own["scale"].max()]
            grid[0, column].plot(
                first["iteration"],
                first["perceptron_accuracy"],
                color="black",
                linestyle=(0, (1, 2)),
                linewidth=1.6,
                label="perceptron",
            )
            grid[0, column].set_title(f"{case},\n{model}", fontsize=8)
            iteration_axis(grid[2, column], float(own["iteration"].max()))
            grid[2, column].set_xlabel("iteration")
        grid[1, 0].set_yscale("log")
        for row, (_, label) in enumerate(ROWS):
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
        f" differently. One start per case, no statistic. {note}"
    )
    return Drawing(figure, table, caption)
