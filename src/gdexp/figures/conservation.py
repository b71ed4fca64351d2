"""The drift of what a diagonal network's flow conserves, against the step."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import value_ticks
from gdexp.figures.style import WIDTH, Drawing, footnote, hue, styled

NAMES = {2: "depth 2: $u v$", 3: "depth 3: $1/u + 1/v$"}


class ConservationPlot(Plot):
    """What gradient descent nearly conserves."""

    name = "conservation"
    title = "what gradient descent nearly conserves"
    where = "studies/conservation"
    reads = ("studies/conservation",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the drift against the step for each depth.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.conservation.Conservation`.
        about : About

        Returns
        -------
        Drawing
            Its table has the line of slope 1 through the smallest step's median.
        """
        drift = table.groupby(["depth", "step"])["drift"]
        shown = drift.agg(["median", "min", "max"]).reset_index()
        first = shown.groupby("depth").transform("first")
        shown["slope_1"] = first["median"] * shown["step"] / first["step"]
        width = WIDTH * 0.6
        with styled():
            figure = Figure(figsize=(width, 2.9), layout="constrained")
            axes = figure.add_subplot()
            handles, labels = [], []
            for i, (depth, own) in enumerate(shown.groupby("depth")):
                colour = hue("diagonal", i)
                (line,) = axes.plot(
                    own["step"], own["median"], "os"[i], color=colour, ms=4
                )
                ends = own["min"], own["max"]
                axes.fill_between(own["step"], *ends, color=colour, alpha=0.15, lw=0)
                (guide,) = axes.plot(
                    own["step"], own["slope_1"], color="0.4", ls="--", lw=0.9
                )
                handles.append(line)
                labels.append(NAMES[int(str(depth))])
            axes.set_xscale("log")
            axes.set_yscale("log")
            value_ticks(axes.xaxis, shown["step"], room=width - 1)
            axes.set_xlabel("step")
            axes.set_ylabel("relative drift")
            grow(
                figure,
                legend_below(
                    axes, [*handles, guide], [*labels, "slope 1"], width=width - 0.8
                ),
            )
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "How far gradient descent on a diagonal network u^L - v^L takes what the"
            " gradient flow conserves, relative to its start, the largest over"
            " coordinates, after the same time step * t for all steps. Median over"
            f" {table['seed'].nunique()} data sets, shaded from the smallest to the"
            " largest, no interval. Dashed: proportional to the step, through the"
            f" median at the smallest one. {about.note}"
        )
        return Drawing(figure, shown, caption)
