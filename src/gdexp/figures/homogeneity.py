"""The distance to the perceptron for different scalings of the step."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    markers,
    ordered_colours,
    styled,
)

CEILING, FLOOR = 1e3, 1e-17


def draw_homogeneity(table: pd.DataFrame, *, note: str = "") -> Drawing:
    """Draw the distance against R for each power of the step, a panel per degree.

    Parameters
    ----------
    table : DataFrame
        As from `gdexp.studies.Homogeneity`.
    note : str

    Returns
    -------
    Drawing
    """
    degrees = sorted(table["degree"].unique())
    palette = ordered_colours(table["power"].tolist())
    shapes = markers([str(power) for power in sorted(set(table["power"]))])
    shown = table.assign(distance=table["distance"].clip(FLOOR, CEILING))
    groups = shown.groupby(["degree", "power", "scale"])["distance"]
    middle = groups.agg(["median", "min", "max"]).reset_index()
    with styled():
        figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
        panels = figure.subplots(1, len(degrees), sharey=True, squeeze=False)[0]
        for axes, degree in zip(panels, degrees, strict=True):
            for power, run in middle[middle["degree"] == degree].groupby("power"):
                axes.plot(
                    run["scale"],
                    run["median"],
                    color=palette[power],
                    marker=shapes[str(power)],
                    markersize=4,
                    linewidth=2.2 if power == 2 - degree else 0.9,
                    label=f"$\\eta R^{{{power}}}$",
                )
                axes.fill_between(
                    run["scale"],
                    run["min"],
                    run["max"],
                    color=palette[power],
                    alpha=0.15,
                )
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_title(f"degree {degree}: step $\\eta R^{{{2 - degree}}}$")
            axes.set_xlabel("$R$")
            axes.set_xticks(10.0 ** np.arange(0, np.log10(run["scale"].max()) + 1, 2))
            axes.minorticks_off()
        panels[0].set_ylabel("relative distance of $w/R$\nfrom the perceptron")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, title="step", loc="outside right upper")
        footnote(figure, note)
        sns.despine(figure)
    caption = (
        "Relative distance between gradient descent from R phi_0, divided by R, and the"
        " perceptron from phi_0 after the same number of steps, for models of degree 1"
        " (linear), 2 (conv) and 3 (two kernels) and steps eta R^p. Median over"
        f" {table['seed'].nunique()} data sets, shaded from the smallest to the"
        f" largest, no interval; values above {CEILING:g} are drawn there. Bold: the"
        f" power 2 - L. {note}"
    )
    return Drawing(figure, table, caption)
