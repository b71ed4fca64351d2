"""The distance to the perceptron for different scalings of the step."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import legend_beside
from gdexp.figures.scales import value_ticks
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    drawable,
    footnote,
    markers,
    ordered_colours,
    styled,
)

CEILING, FLOOR = 1e3, 1e-17


class HomogeneityPlot(Plot):
    """Which scaling gives the perceptron limit."""

    name = "homogeneity"
    title = "which scaling gives the perceptron limit"
    where = "studies/homogeneity"
    reads = ("studies/homogeneity",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the distance against R for each power of the step, a panel per degree.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.Homogeneity`.
        about : About

        Returns
        -------
        Drawing
        """
        degrees = sorted(table["degree"].unique())
        palette = ordered_colours(table["power"].tolist())
        powers = sorted(table["power"].unique())
        shapes = markers([str(power) for power in powers])
        clipped = table.assign(distance=drawable(table["distance"], FLOOR, CEILING))
        groups = clipped.groupby(["degree", "power", "scale"])["distance"]
        middle = groups.agg(["median", "min", "max"]).reset_index()
        with styled():
            figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
            panels = figure.subplots(1, len(degrees), sharey=True, squeeze=False)[0]
            for axes, degree in zip(panels, degrees, strict=True):
                for power in powers:
                    run = middle[
                        (middle["degree"] == degree) & (middle["power"] == power)
                    ]
                    colour, bold = palette[power], power == 2 - degree
                    axes.plot(
                        run["scale"],
                        run["median"],
                        color=colour,
                        marker=shapes[str(power)],
                        markersize=4,
                        linewidth=2.2 if bold else 0.9,
                    )
                    ends = run["min"], run["max"]
                    axes.fill_between(run["scale"], *ends, color=colour, alpha=0.15)
                axes.set_xscale("log")
                axes.set_yscale("log")
                axes.set_title(f"degree {degree}: step $\\eta R^{{{2 - degree}}}$")
                axes.set_xlabel("$R$")
                value_ticks(axes.xaxis, middle["scale"], room=1.4)
            panels[0].set_ylabel("relative distance of $w/R$\nfrom the perceptron")
            lines = [
                Line2D([], [], color=palette[power], marker=shapes[str(power)], ms=4)
                for power in powers
            ]
            names = [f"$\\eta R^{{{power}}}$" for power in powers]
            legend_beside(figure, lines, names, heading="step")
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Relative distance between gradient descent from R phi_0, divided by R, and"
            " the perceptron from phi_0 after the same number of steps, for models of"
            " degree 1 (linear), 2 (conv) and 3 (two kernels) and steps eta R^p. Median"
            f" over {table['seed'].nunique()} data sets, shaded from the smallest to"
            f" the largest, no interval; values above {CEILING:g} or below {FLOOR:g}"
            f" are drawn there. Bold: the power 2 - L. {about.note}"
        )
        return Drawing(figure, middle, caption)
