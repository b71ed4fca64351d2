"""Quantiles of T / sqrt(d) against the Cauchy law."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.intervals import bounded, interval_words, intervals
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import beside, value_ticks
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    markers,
    ordered_colours,
    styled,
)


class TailPlot(Plot):
    """Quantiles of T against the Cauchy law."""

    name = "tail"
    title = "quantiles of T against the Cauchy law"
    where = "studies/tail"
    reads = ("studies/tail",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the quantile at 1 - delta against delta, per dim, with the law.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.Tail`.
        about : About

        Returns
        -------
        Drawing
            Its table has where a marker stands as ``x``, beside its delta.
        """
        dims = sorted(table["dim"].unique())
        palette, shapes = ordered_colours(dims), markers([str(dim) for dim in dims])
        place = dict(zip(dims, beside(len(dims), table["delta"]), strict=True))
        shown = bounded(table, float("nan")).drop(columns="open")
        shown = shown.assign(
            x=shown["delta"] * shown["dim"].map(place), law=shown["law"].clip(lower=0)
        ).sort_values(["dim", "delta"], ignore_index=True)
        with styled():
            figure = Figure(figsize=(WIDTH * 0.75, 3.3), layout="constrained")
            axes = figure.add_subplot()
            axes.set_xscale("log")
            handles, labels = [], []
            for dim in dims:
                own, colour = shown[shown["dim"] == dim], palette[dim]
                intervals(axes, own["x"], own, colour)
                style = {"color": colour, "markersize": 4, "zorder": 4}
                handles += axes.plot(
                    own["x"], own["quantile"], shapes[str(dim)], **style
                )
                labels.append(
                    f"$d$ = {dim}, mean $|S_t|$ = {own['active'].iloc[0]:.2f}"
                )
                axes.plot(own["delta"], own["law"], color=colour)
            value_ticks(axes.xaxis, shown["delta"], room=WIDTH * 0.75 - 1)
            axes.invert_xaxis()
            axes.set_xlabel(r"share $\delta$ of slower starts")
            axes.set_ylabel(r"$(1-\delta)$ quantile of $T/\sqrt{d}$")
            heading = "markers: measured; lines: law"
            width = WIDTH * 0.75 - 0.8
            grow(
                figure,
                legend_below(axes, handles, labels, heading=heading, width=width),
            )
            footnote(figure, about.note)
            sns.despine(figure)
        words = interval_words(shown, "95 % interval from order statistics")
        caption = (
            "Quantiles of T / sqrt(d) of the quadratic perceptron over"
            f" {table['starts'].iloc[0]:,} Gaussian starts per d (markers), {words},"
            " against log(2 / (pi delta)) / (kappa m) with the measured mean number m"
            " of active samples among the slowest tenth (lines). The d stand beside"
            f" each other at each delta. {about.note}"
        )
        return Drawing(figure, shown, caption)
