"""Training accuracy on images by step size: the paper's figure 1."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    iteration_axis,
    ordered_colours,
    styled,
)


def draw_accuracy(
    table: pd.DataFrame, *, experiments: Sequence[str], note: str = ""
) -> Drawing:
    """Draw accuracy (top) and the share of rising loss steps (bottom) per experiment.

    Parameters
    ----------
    table : DataFrame
        As from `gdexp.tables.images_table`.
    experiments : sequence of str
        The panels, from left to right.
    note : str
        What the data are and where they come from.

    Returns
    -------
    Drawing
    """
    with styled():
        figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
        grid = figure.subplots(
            2,
            len(experiments),
            sharey="row",
            squeeze=False,
            height_ratios=[3, 1],
        )
        for column, experiment in enumerate(experiments):
            runs = table[table["experiment"] == experiment]
            _draw_accuracy(grid[0, column], runs, letter="abcdefgh"[column])
            _draw_rising(grid[1, column], runs)
        grid[0, 0].set_ylabel("training accuracy")
        grid[0, 0].set_ylim(0.45, 1.02)
        grid[1, 0].set_ylabel("share of steps\nthat raise the loss")
        grid[1, 0].set_ylim(-0.05, 1.05)
        footnote(figure, note)
        sns.despine(figure)
    samples, seeds = table["samples"].iloc[0], table["seed"].nunique()
    caption = (
        f"Training accuracy against iterations of gradient descent on {samples} images"
        " by step size (top; a dot marks accuracy 1; a cross, here and below,"
        " divergence), and the share of steps that raised the loss (bottom)."
        f" {'One run' if seeds == 1 else f'{seeds} runs'} per step size, no statistic,"
        f" no interval; cap {table['max_iterations'].max():,} iterations. {note}"
    )
    return Drawing(figure, table, caption)


def _draw_accuracy(axes: Axes, runs: pd.DataFrame, letter: str) -> None:
    palette = ordered_colours(runs["step_size"].tolist())
    for _, run in runs.groupby(["step_size", "seed"]):
        step = run["step_size"].iloc[0]
        x, y = run["iteration"].to_numpy(), run["accuracy"].to_numpy()
        axes.plot(
            x, y, color=palette[step], linewidth=1.0, label=str(run["step"].iloc[0])
        )
        outcome = run["outcome"].iloc[0]
        if outcome != "capped":
            marker = "o" if outcome == "separated" else "X"
            axes.plot(x[-1], y[-1], marker, color=palette[step], markersize=5)
    family = runs["family"].iloc[0]
    model = "linear" if family == "linear" else f"{family} k={runs['kernel'].iloc[0]}"
    axes.set_title(f"({letter}) {model}, {runs['start'].iloc[0]} start", fontsize=8)
    iteration_axis(axes, float(runs["iteration"].max()))
    axes.set_xlabel("iteration")
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    axes.legend(
        unique.values(),
        unique.keys(),
        title="step",
        fontsize=6.5,
        title_fontsize=7,
        loc="upper left",
        ncols=2,
        frameon=True,
    )


def _draw_rising(axes: Axes, runs: pd.DataFrame) -> None:
    ends = runs.groupby(["step_size", "seed"]).last().reset_index()
    palette = ordered_colours(runs["step_size"].tolist())
    share: Any = ends["rising_steps"] / np.maximum(ends["iterations"], 1)
    for step, value, outcome in zip(
        ends["step_size"], share, ends["outcome"], strict=True
    ):
        marker = "X" if outcome == "diverged" else "o"
        axes.plot(step, value, marker, color=palette[step], markersize=5)
    axes.set_xscale("log")
    axes.set_xlabel("step size")
    axes.minorticks_off()
