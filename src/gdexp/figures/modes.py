"""The errors of the eigenvalues that dynamic mode decomposition finds."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import value_ticks
from gdexp.figures.style import WIDTH, Drawing, drawable, footnote, hue, styled

FLOOR, CEILING = 1e-17, 1e3
EPSILON = float(np.finfo(float).eps)
KINDS = {("conv", 2): 0, ("conv", 4): 1, ("linear", 1): 0}  # shade of each


class ModesPlot(Plot):
    """Found eigenvalues against those of the update."""

    name = "modes"
    title = "eigenvalues found in trajectories"
    where = "studies/modes"
    reads = ("studies/modes",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the errors of the perceptrons (left) and of gradient descent (right).

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.modes.DynamicModes`.
        about : About

        Returns
        -------
        Drawing
            Its table has a row per marker; errors are those that are drawn.
        """
        clipped = table.assign(error=drawable(table["error"], FLOOR, CEILING))
        left, right = _exact(clipped), _descent(clipped)
        with styled():
            figure = Figure(figsize=(WIDTH, 2.9), layout="constrained")
            first, second = figure.subplots(1, 2, sharey=True)
            height = max(_draw_exact(first, left), _draw_descent(second, right))
            first.set_yscale("log")
            first.set_ylabel("largest error of an eigenvalue")
            grow(figure, height)
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Errors of the eigenvalues that dynamic mode decomposition finds in phases,"
            " stretches with one active set, of runs on c1 from"
            f" {table['starts'].iloc[0]} Gaussian starts. Left: perceptrons, a marker"
            " per phase, against the share of the weakest mode in it; dashed: the"
            " rounding of float64 over that share. Right: gradient descent of the conv"
            " model from R times the start, the largest error over the phases of a run"
            " (small markers, one per start that has a phase) and their median (line),"
            f" no interval. Values below {FLOOR:g} or above {CEILING:g} are drawn"
            f" there. {about.note}"
        )
        shown = pd.concat([left, right], ignore_index=True)
        return Drawing(figure, shown, caption)


def _exact(table: pd.DataFrame) -> pd.DataFrame:
    """Return the phases of the perceptrons, with what rounding leads one to expect."""
    own = table[table["loss"] == "perceptron"].sort_values("least")
    own = own[["model", "modes", "seed", "least", "error"]]
    return own.assign(rounding=EPSILON / own["least"], loss="perceptron")


def _descent(table: pd.DataFrame) -> pd.DataFrame:
    """Return the largest error of each run of gradient descent, and their median."""
    own = table[table["loss"] == "logistic"]
    runs = own.groupby(["scale", "seed"])["error"].max().reset_index()
    middle = runs.groupby("scale")["error"].median().rename("median").reset_index()
    return pd.concat([runs, middle]).assign(loss="logistic", model="conv")


def _draw_exact(axes: Axes, table: pd.DataFrame) -> float:
    handles: list[Artist] = []
    labels: list[str] = []
    for (model, modes), shade in KINDS.items():
        own = table[(table["model"] == model) & (table["modes"] == modes)]
        if own.empty:
            continue
        colour, marker = hue(model, shade), "os^"[len(labels) % 3]
        style: dict[str, Any] = {"color": colour, "markersize": 4, "linestyle": "none"}
        handles += axes.plot(own["least"], own["error"], marker=marker, **style)
        labels.append(f"{model}, {modes} mode{'s' * (modes > 1)}")
    handles += axes.plot(table["least"], table["rounding"], color="0.4", ls="--")
    labels.append("rounding / share")
    axes.set_xscale("log")
    axes.set_xlabel("share of the weakest mode")
    axes.set_title("perceptrons")
    return legend_below(axes, handles, labels, width=WIDTH / 2 - 0.8)


def _draw_descent(axes: Axes, table: pd.DataFrame) -> float:
    runs = table[table["median"].isna()]
    middle = table[table["median"].notna()]
    axes.scatter(runs["scale"], runs["error"], s=9, color=hue("conv", 2), zorder=2)
    axes.plot(middle["scale"], middle["median"], "o-", color=hue("conv"), ms=4)
    axes.set_xscale("log")
    value_ticks(axes.xaxis, table["scale"], room=WIDTH / 2 - 1)
    axes.set_xlabel("scale $R$ of the start")
    axes.set_title("gradient descent")
    return 0.0
