"""Active samples at each step, and the projections on the shared eigenvectors."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from gdexp.figures.style import WIDTH, Drawing, footnote, hue, styled


def draw_phases(table: pd.DataFrame, *, note: str = "") -> Drawing:
    """Draw which samples are active (left) and projections with their law (right).

    Parameters
    ----------
    table : DataFrame
        As from `gdexp.studies.Phases`.
    note : str

    Returns
    -------
    Drawing
    """
    with styled():
        figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
        grid = figure.subplot_mosaic(
            [["conv", "projection"], ["linear", "projection"]], width_ratios=[1.2, 1]
        )
        for model in ("conv", "linear"):
            _draw_active(grid[model], table[table["model"] == model], hue(model))
            grid[model].set_title(f"{model} perceptron")
        grid["linear"].set_xlabel("iteration")
        _draw_projections(grid["projection"], table[table["model"] == "conv"])
        footnote(figure, note)
        sns.despine(figure)
    caption = (
        "Left: the iterations at which each of the two samples of c1 is active (has a"
        " margin that is not positive), one run per model. Right: absolute projections"
        " of the conv model's iterate on the shared eigenvectors x+ and x- (markers)"
        " against the exact law, growth by 1 + step |S|/2 and decay by 1 - step |S|/2"
        f" per step (lines). One start, no statistic, no interval. {note}"
    )
    return Drawing(figure, table, caption)


def _draw_active(axes: Axes, run: pd.DataFrame, colour: object) -> None:
    for sample in (1, 2):
        times = run.loc[run[f"active_{sample}"] == 1, "iteration"]
        axes.vlines(times, sample - 0.35, sample + 0.35, color=colour, linewidth=0.8)
    axes.set_yticks([1, 2], ["sample 1", "sample 2"])
    axes.set_ylim(0.4, 2.6)
    axes.set_xlim(-0.5, run["iteration"].max() + 0.5)
    axes.grid(False)


def _draw_projections(axes: Axes, run: pd.DataFrame) -> None:
    palette = sns.color_palette("colorblind")
    some = run.iloc[np.unique(np.linspace(0, len(run) - 1, 25).astype(int))]
    for i, (name, sign) in enumerate((("growing", "+"), ("shrinking", "-"))):
        axes.plot(run["iteration"], run[f"{name}_law"].abs(), color=palette[i + 2])
        axes.plot(
            some["iteration"],
            some[name].abs(),
            "os"[i],
            color=palette[i + 2],
            markersize=4,
            label=rf"$|\langle x^{sign}, \theta_t\rangle|$",
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.set_xlabel("iteration")
    axes.set_ylabel("projection")
    axes.legend()
