"""Active samples at each step, and the projections on the shared eigenvectors."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.style import WIDTH, Colour, Drawing, footnote, hue, styled


class PhasesPlot(Plot):
    """Active samples and projections."""

    name = "phases"
    title = "active samples and projections"
    where = "studies/phases"
    reads = ("studies/phases",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw which samples are active (left) and projections with their law (right).

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.Phases`.
        about : About

        Returns
        -------
        Drawing
        """
        active, projections = _active(table), _projections(table)
        with styled():
            figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
            grid = figure.subplot_mosaic(
                [["conv", "projection"], ["linear", "projection"]],
                width_ratios=[1.2, 1],
            )
            for model in ("conv", "linear"):
                own = active[active["model"] == model]
                last = table.loc[table["model"] == model, "iteration"].max()
                _draw_active(grid[model], own, last, hue(model))
                grid[model].set_title(f"{model} perceptron")
            grid["linear"].set_xlabel("iteration")
            grow(figure, _draw_projections(grid["projection"], projections))
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Left: the iterations at which each of the two samples of c1 is active (has"
            " a margin that is not positive), one run per model. Right: absolute"
            " projections of the conv model's iterate on the shared eigenvectors x+ and"
            " x- (markers) against the exact law, growth by 1 + step |S|/2 and decay by"
            " 1 - step |S|/2 per step (lines). One start, no statistic, no interval."
            f" {about.note}"
        )
        shown = pd.concat([active, projections], ignore_index=True)
        return Drawing(figure, shown, caption)


def _active(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row per iteration and active sample."""
    frames = [
        table.loc[table[f"active_{sample}"] == 1, ["model", "iteration"]].assign(
            sample=sample
        )
        for sample in (1, 2)
    ]
    return pd.concat(frames)


def _projections(table: pd.DataFrame) -> pd.DataFrame:
    """Return absolute projections, the measured ones at some iterations only."""
    run = table[table["model"] == "conv"]
    some = np.unique(np.linspace(0, len(run) - 1, 25).astype(int))
    marked = np.isin(np.arange(len(run)), some)
    shown = run[["model", "iteration"]].copy()
    for name in ("growing", "shrinking"):
        shown[name] = run[name].abs().where(marked)
        shown[f"{name}_law"] = run[f"{name}_law"].abs()
    return shown


def _draw_active(axes: Axes, run: pd.DataFrame, last: int, colour: Colour) -> None:
    for sample in (1, 2):
        own = run[run["sample"] == sample]
        style: dict[str, Any] = {"marker": "|", "s": 900, "linewidths": 0.8}
        axes.scatter(own["iteration"], own["sample"], color=colour, **style)
    axes.set_yticks([1, 2], ["sample 1", "sample 2"])
    axes.set_ylim(0.4, 2.6)
    axes.set_xlim(-0.5, last + 0.5)
    axes.grid(False)


def _draw_projections(axes: Axes, run: pd.DataFrame) -> float:
    """Draw projections and their law; return how much room the legend takes."""
    palette = sns.color_palette("colorblind")
    handles: list[Artist] = []
    for i, name in enumerate(("growing", "shrinking")):
        style: dict[str, Any] = {"color": palette[i + 2]}
        axes.plot(run["iteration"], run[f"{name}_law"], **style)
        handles += axes.plot(
            run["iteration"], run[name], "os"[i], markersize=4, **style
        )
    labels = [rf"$|\langle x^{sign}, \theta_t\rangle|$" for sign in "+-"]
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set_xlabel("iteration")
    axes.set_ylabel("projection")
    return legend_below(axes, handles, labels, width=WIDTH / 2 - 0.8)
