"""Quantiles of T / sqrt(d) against the Cauchy law."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.style import WIDTH, Drawing, footnote, markers, styled


def draw_tail(table: pd.DataFrame, *, note: str = "") -> Drawing:
    """Draw the quantile at 1 - delta against delta, per dim, with the law.

    Parameters
    ----------
    table : DataFrame
        As from `gdexp.studies.Tail`.
    note : str

    Returns
    -------
    Drawing
    """
    dims = sorted(table["dim"].unique())
    shapes = markers([str(dim) for dim in dims])
    with styled():
        figure = Figure(figsize=(WIDTH * 0.75, 3.6), layout="constrained")
        axes = figure.add_subplot()
        for i, (dim, colour) in enumerate(
            zip(dims, sns.color_palette("colorblind", len(dims)), strict=True)
        ):
            own = table[table["dim"] == dim].sort_values("delta")
            value = own["quantile"]
            spread = [value - own["ci_low"], own["ci_high"] - value]
            axes.errorbar(
                own["delta"] * 1.03 ** (i - 1),
                value,
                yerr=np.array(spread),
                fmt=shapes[str(dim)],
                color=colour,
                markersize=4,
                capsize=2,
                label=f"$d$ = {dim}, mean $|S_t|$ = {own['active'].iloc[0]:.2f}",
            )
            axes.plot(own["delta"], own["law"].clip(lower=0), color=colour)
        axes.set_xscale("log")
        axes.invert_xaxis()
        axes.set_xlabel(r"share $\delta$ of slower starts")
        axes.set_ylabel(r"$(1-\delta)$ quantile of $T/\sqrt{d}$")
        axes.legend(title="markers: measured; lines: law", title_fontsize=8)
        footnote(figure, note)
        sns.despine(figure)
    caption = (
        "Quantiles of T / sqrt(d) of the quadratic perceptron over"
        f" {table['starts'].iloc[0]:,} Gaussian starts per d, with 95 % intervals from"
        " order statistics (markers), against log(2 / (pi delta)) / (kappa m) with the"
        " measured mean number m of active samples among the slowest tenth (lines)."
        f" {note}"
    )
    return Drawing(figure, table, caption)
