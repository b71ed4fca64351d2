"""Training accuracy on images by step size: the paper's figure 1."""

from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import SMALL, grow, leftmost, legend_below, panels
from gdexp.figures.scales import iteration_axis, value_ticks
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    ordered_colours,
    plain,
    styled,
)

ACROSS = 3  # panels side by side
KEPT = [
    *("experiment", "model", "family", "kernel", "start", "step", "step_size"),
    *("samples", "seed", "iteration", "accuracy", "outcome"),
]


class AccuracyPlot(Plot):
    """Accuracy by step size."""

    name = "accuracy"
    title = "accuracy by step size"
    where = "images/{images}"
    reads = ("images",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw accuracy (top) and the share of rising steps (bottom) per experiment.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.records.tables.images_table`.
        about : About

        Returns
        -------
        Drawing
        """
        shown = table[table["experiment"].isin(about.experiments)].reset_index(
            drop=True
        )
        share: pd.Series[float] = shown["rising_steps"] / np.maximum(
            shown["iterations"], 1
        )
        last = ~shown.duplicated(["experiment", "model", "seed"], keep="last")
        shown = shown[KEPT].assign(rising_share=share.where(last))
        # from 0 no margin is positive: a point at 0 that would take half of the panel
        start = (shown["iteration"] == 0) & (shown["accuracy"] < 0.5)
        shown = shown[~start | last].reset_index(drop=True)
        with styled():
            figure, grid = panels(
                len(about.experiments), height=4.1, ratios=(2, 1), columns=ACROSS
            )
            heights = []
            for column, experiment in enumerate(about.experiments):
                runs = shown[shown["experiment"] == experiment]
                _draw_accuracy(grid[0, column], runs, _letter(column))
                heights.append(
                    _draw_rising(grid[1, column], runs, len(about.experiments))
                )
            for i in leftmost(len(about.experiments), ACROSS):
                grid[0, i].set_ylabel("training accuracy")
                grid[1, i].set_ylabel("share of steps\nthat raise the loss")
            # half of the samples have each label
            grid[0, 0].set_ylim(min(0.5, shown["accuracy"].min()) - 0.02, 1.04)
            grid[1, 0].set_ylim(-0.05, 1.05)
            grow(figure, len(leftmost(len(about.experiments), ACROSS)) * max(heights))
            footnote(figure, about.note)
            sns.despine(figure)
        samples, seeds = shown["samples"].iloc[0], shown["seed"].nunique()
        caption = (
            f"Training accuracy against iterations of gradient descent on {samples}"
            " images by step size (top; a dot marks accuracy 1, with T; a cross, here"
            " and below, divergence), and the share of steps that raised the loss"
            " (bottom). The legend says how each run ended. A start with fewer than"
            " half of the samples on their right sides is not drawn."
            f" {'One run' if seeds == 1 else f'{seeds} runs'} per step size, no"
            f" statistic, no interval; cap {table['max_iterations'].max():,}"
            f" iterations. {about.note}"
        )
        return Drawing(figure, shown, caption)


def _letter(column: int) -> str:
    """Return a, b, ..., z, 27, 28, ..."""
    return ascii_lowercase[column] if column < 26 else str(column + 1)


def _draw_accuracy(axes: Axes, runs: pd.DataFrame, letter: str) -> None:
    palette = ordered_colours(runs["step_size"].tolist())
    for _, run in runs.groupby(["model", "seed"], sort=False):
        end = run.iloc[-1]
        colour = palette[end["step_size"]]
        axes.plot(run["iteration"], run["accuracy"], color=colour, linewidth=1.0)
        if end["outcome"] != "capped":
            marker = "o" if end["outcome"] == "separated" else "X"
            axes.plot(end["iteration"], end["accuracy"], marker, color=colour, ms=5)
        if end["outcome"] == "separated":
            axes.annotate(
                f"$T$ = {end['iteration']:,}",
                (end["iteration"], end["accuracy"]),
                xytext=(-7, 1),  # the curve comes from below
                textcoords="offset points",
                ha="right",
                va="bottom",
                fontsize=SMALL,
                color=colour,
            )
    families = runs[["family", "kernel", "start"]].drop_duplicates()
    shown = ", ".join(dict.fromkeys(families["family"]))
    if len(families) == 1:
        kernel = families["kernel"].iloc[0]
        shown += "" if shown == "linear" or pd.isna(kernel) else f" k={kernel}"
        shown += f", {families['start'].iloc[0]} start"
    axes.set_title(f"({letter}) {plain(shown)}", fontsize=8)
    iteration_axis(axes, float(runs["iteration"].max()))
    axes.tick_params(labelbottom=True)
    axes.set_xlabel("iteration")


def _how(end: "pd.Series[Any]") -> str:
    """Say how a run ended."""
    if end["outcome"] == "separated":
        return f"T = {end['iteration']:,}"
    if end["outcome"] == "diverged":
        return f"diverged at {end['iteration']:,}"
    return f"{end['accuracy']:.4f} at {end['iteration']:,}"


def _draw_rising(axes: Axes, runs: pd.DataFrame, panels: int) -> float:
    """Draw the ends of the runs, and the legend; return how much room it takes."""
    palette = ordered_colours(runs["step_size"].tolist())
    ends = runs[runs["rising_share"].notna()].sort_values("step_size", kind="stable")
    handles: dict[str, Line2D] = {}
    ended: dict[str, list[str]] = {}
    # entries go by their steps, where these tell them apart
    alike = ends.groupby("step")["model"].nunique().max() > 1
    for _, end in ends.iterrows():
        marker = "X" if end["outcome"] == "diverged" else "o"
        colour = palette[end["step_size"]]
        axes.plot(end["step_size"], end["rising_share"], marker, color=colour, ms=5)
        name = plain(str(end["model" if alike else "step"]))
        handles.setdefault(name, Line2D([], [], color=colour))
        ended.setdefault(name, []).append(_how(end))
    axes.set_xscale("log")
    width = WIDTH / min(panels, ACROSS) - 0.8
    value_ticks(axes.xaxis, ends["step_size"], room=width)
    axes.set_xlabel("step size")
    heading = "model entry" if alike else "step"
    labels = [f"{name}: {', '.join(dict.fromkeys(ended[name]))}" for name in handles]
    return legend_below(
        axes, list(handles.values()), labels, heading=heading, width=width
    )
