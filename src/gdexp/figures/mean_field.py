"""How far features move against the scale alpha, and the gap along the game."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import value_ticks
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    markers,
    ordered_colours,
    styled,
)

PANEL = 1.6  # inches
ENDS = ("moved", "deviation")


class MeanFieldPlot(Plot):
    """How far features move."""

    name = "mean_field"
    title = "how far features move against alpha"
    where = "studies/mean_field"
    reads = ("studies/mean_field",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw movement (left), deviation (middle) and gap (right).

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.MeanField`.
        about : About

        Returns
        -------
        Drawing
        """
        kinds = list(dict.fromkeys(table["activation"]))
        last = table[table["iteration"] == table["iteration"].max()]
        ends, gaps = _ends(last), _gaps(table[table["activation"] == kinds[0]])
        palette = dict(zip(kinds, sns.color_palette("colorblind"), strict=False))
        shapes = markers(kinds)
        alphas = ordered_colours(table["alpha"].tolist())
        with styled():
            figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
            grid = figure.subplots(1, 3)
            handles, lines = [], []
            for kind in kinds:
                own, colour = ends[ends["activation"] == kind], palette[kind]
                for axes, name in zip(grid, ENDS, strict=False):
                    axes.plot(own["alpha"], own[name], shapes[kind], color=colour, ms=4)
                    low, high = own[f"{name}_low"], own[f"{name}_high"]
                    axes.fill_between(own["alpha"], low, high, color=colour, alpha=0.2)
                grid[0].plot(own["alpha"], own["law"], color=colour)
                handles.append(Line2D([], [], marker=shapes[kind], color=colour, ms=4))
            for alpha, colour in alphas.items():
                run = gaps[gaps["curve"] == alpha]
                lines += grid[2].plot(run["time"], run["gap"], color=colour)
                grid[2].plot(run["time"], run["bound"], color="0.5", lw=2.5, alpha=0.4)
            for axes in grid:
                axes.set_xscale("log")
                axes.set_yscale("log")
            for axes in grid[:2]:
                axes.set_xlabel(r"scale $\alpha$")
                value_ticks(axes.xaxis, ends["alpha"], room=1.4)
            grid[0].set_ylabel("units moved, r.m.s.")
            grid[1].set_ylabel("largest deviation of a margin")
            grid[2].set_xlabel("time $T$")
            grid[2].set_ylabel(f"gap of the averages, {kinds[0]}")
            names = [f"{alpha:g}" for alpha in alphas]
            below = (
                legend_below(grid[0], handles, kinds, width=PANEL),
                legend_below(grid[2], lines, names, heading=r"$\alpha$", width=PANEL),
            )
            grow(figure, max(below))
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Left: how far units have moved at the end, root mean square (markers), and"
            " what the kernel at the start makes of it (lines). Middle: the largest"
            " deviation of a margin from the game on that kernel, along the game."
            f" Right: duality gap of the averages, {kinds[0]}, and its bound (grey)."
            f" Medians over {table['seed'].nunique()} seeds, left and middle shaded"
            f" from the smallest to the largest, no interval. {about.note}"
        )
        shown = pd.concat([ends, gaps], ignore_index=True)
        return Drawing(figure, shown, caption)


def _ends(last: pd.DataFrame) -> pd.DataFrame:
    groups = last.groupby(["activation", "alpha"], sort=False)
    found = groups[[*ENDS, "law"]].median()
    for name in ENDS:
        found[f"{name}_low"] = groups[name].min()
        found[f"{name}_high"] = groups[name].max()
    return found.reset_index()


def _gaps(table: pd.DataFrame) -> pd.DataFrame:
    keys = ["activation", "curve", "time"]  # a curve for each alpha
    groups = table.rename(columns={"alpha": "curve"}).groupby(keys, sort=False)
    return groups[["gap", "bound"]].median().reset_index()
