"""Poisson's equation by a wide network: its loss, the rate, and what moves."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import legend_beside
from gdexp.figures.scales import value_ticks
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    markers,
    ordered_colours,
    styled,
)

RUN = ["width", "seed", "predicted", "rate", "drift", "gram_drift"]


class PoissonPlot(Plot):
    """The loss of a wide network against its Gram matrix."""

    name = "poisson"
    title = "Poisson's equation by a wide network"
    where = "studies/poisson"
    reads = ("studies/poisson",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the loss along runs, its rate, and the drifts against the width.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.Poisson`.
        about : About

        Returns
        -------
        Drawing
            Its table has rows of curves, then a row for each run, where ``drift_law``
            and ``gram_law`` fall by width^(-1/2) from the median of the least width.
        """
        curves, runs = _curves(table), _runs(table)
        widths = sorted(table["width"].unique())
        palette, shapes = ordered_colours(widths), markers(map(str, widths))
        with styled():
            figure = Figure(figsize=(WIDTH, 2.9), layout="constrained")
            along, rates, drifts = figure.subplots(1, 3)
            handles, labels = [], []
            for width in widths:
                own, colour = curves[curves["width"] == width], palette[width]
                low, high = own["lowest"], own["highest"]
                along.fill_between(own["iteration"], low, high, color=colour, alpha=0.2)
                handles += along.plot(own["iteration"], own["loss"], color=colour)
                labels.append(f"$m$ = {width}")
                dashed: dict[str, Any] = {"linestyle": "--", "linewidth": 0.9}
                along.plot(own["iteration"], own["law"], color=colour, **dashed)
                run, mark = runs[runs["width"] == width], shapes[str(width)]
                for axes, filled, hollow in (
                    (rates, "rate", "predicted"),
                    (drifts, "drift", "gram_drift"),
                ):
                    style: dict[str, Any] = {"color": colour, "markersize": 3.5}
                    axes.plot(run["x"], run[filled], mark, **style)
                    axes.plot(run["x"], run[hollow], mark, **style, mfc="white")
            for name in ("drift_law", "gram_law"):
                drifts.plot(runs["width"], runs[name], ":", color="0.4", linewidth=1)
            along.set_ylabel("loss")
            along.set_xlabel("step $t$")
            rates.set_ylabel("fall of log loss in 1000 steps")
            drifts.set_ylabel("relative drift")
            for axes in (along, drifts):
                axes.set_yscale("log")
            for axes in (rates, drifts):
                axes.set_xscale("log")
                axes.set_xlabel("width $m$")
                value_ticks(axes.xaxis, runs["width"], room=1.2)
            for shape, face, words in (
                ("--", "", "loss, predicted"),
                ("o", "0.4", "rate, and drift\nof parameters"),
                ("o", "white", "rate predicted, and\ndrift of Gram matrix"),
                (":", "", "$m^{-1/2}$"),
            ):
                chosen = {"mfc": face, "markersize": 3.5} if face else {"linewidth": 1}
                handles += along.plot([], [], shape, color="0.4", **chosen)
                labels.append(words)
            legend_beside(figure, handles, labels, heading="")
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            f"Left: loss of mini-batch sgd, median over {table['seed'].nunique()}"
            " starts (lines), shaded from the smallest to the largest, no interval;"
            " dashed: the median loss at the start times (1 - step lambda_min)^t, of"
            " the median rate over starts, with lambda_min the smallest eigenvalue of"
            " the Gram matrix at the start. Middle: the fall of log loss in 1000 steps"
            " over the second half of each run (filled) beside the predicted one"
            " (hollow), a marker for each start. Right: distance from the start,"
            " relative to the norm there, of the parameters (filled) and of the Gram"
            " matrix (hollow), a marker for each start, and width^(-1/2) through the"
            f" median of the least width (dotted). {about.note}"
        )
        shown = pd.concat([curves, runs], ignore_index=True)
        return Drawing(figure, shown, caption)


def _curves(table: pd.DataFrame) -> pd.DataFrame:
    """Return the loss over starts, and the law from the median at the start."""
    groups = table.groupby(["width", "iteration"])
    losses = groups["loss"].agg(["median", "min", "max"])
    losses = losses.set_axis(["loss", "lowest", "highest"], axis=1)
    curves = losses.assign(rate=groups["predicted"].median()).reset_index()
    first = curves.groupby("width")["loss"].transform("first")
    law = first * np.exp(-curves["rate"] * curves["iteration"])
    return curves.assign(law=law).drop(columns="rate")


def _runs(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each run, starts beside each other, and the law of drifts."""
    runs: pd.DataFrame = table[RUN].drop_duplicates().sort_values(["width", "seed"])
    seeds = runs["seed"].rank(method="dense") - 1
    spread = (seeds - seeds.max() / 2) / max(seeds.max(), 1)
    least = runs[runs["width"] == runs["width"].min()]
    fall = (runs["width"] / runs["width"].min()) ** -0.5
    return runs.assign(
        x=runs["width"] * np.exp(0.3 * spread),
        rate=1000 * runs["rate"],
        predicted=1000 * runs["predicted"],
        drift_law=fall * least["drift"].median(),
        gram_law=fall * least["gram_drift"].median(),
    )
