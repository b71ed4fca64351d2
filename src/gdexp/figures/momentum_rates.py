"""Loss and rates of momentum in the lazy regime, against the kernel at the start."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import legend_beside, wrapped
from gdexp.figures.scales import beside, value_ticks
from gdexp.figures.style import WIDTH, Drawing, drawable, footnote, markers, styled

SMALL = "nag small"
FLOOR = 1e-26  # what is left of the square of a number is rounding
KEYS = ["case", "width", "iteration"]


class MomentumRatesPlot(Plot):
    """Momentum in the lazy regime."""

    name = "momentum_rates"
    title = "momentum in the lazy regime"
    where = "studies/momentum_rates"
    reads = ("studies/momentum_rates",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the loss (left), rates over their law (middle), the power law (right).

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.MomentumRates`.
        about : About

        Returns
        -------
        Drawing
        """
        widths = sorted(table["width"].unique())
        runs = _spread(table, KEYS, ["loss", "law"])
        for name in ("loss", "loss_low", "loss_high", "law"):
            runs[name] = drawable(runs[name], low=FLOOR)
        small = runs["case"] == SMALL
        wide = runs[~small & (runs["width"] == widths[-1])]
        slow = runs[small & (runs["iteration"] > 0)]
        rates = _rates(table)
        cases = list(dict.fromkeys(table["case"]))
        palette = dict(zip(cases, sns.color_palette("colorblind"), strict=False))
        shapes = markers(cases)
        place = dict(zip(cases, beside(len(cases), widths), strict=True))
        rates["x"] = rates["width"] * rates["case"].map(place)
        with styled():
            figure = Figure(figsize=(WIDTH, 2.7), layout="constrained")
            left, middle, right = figure.subplots(1, 3)
            for case in cases:
                for axes, part in ((left, wide), (right, slow)):
                    _losses(axes, part[part["case"] == case], palette[case])
                own = rates[rates["case"] == case]
                style = {"color": palette[case], "zorder": 4}
                middle.vlines(own["x"], own["ratio_low"], own["ratio_high"], **style)
                middle.plot(own["x"], own["ratio"], shapes[case], ms=4, **style)
            left.set_xlabel("iteration")
            left.set_ylabel(f"square loss, width {widths[-1]}")
            left.set_yscale("log")
            middle.set_xlabel("width")
            middle.set_ylabel("rate / derived rate")
            middle.set_xscale("log")
            value_ticks(middle.xaxis, widths, room=1.4)
            right.set_xscale("log")
            right.set_yscale("log")
            right.set_xlabel("iteration, small step")
            right.set_ylabel(f"square loss, width {widths[0]}")
            handles = [
                Line2D([], [], color=palette[case], marker=shapes[case], ms=4)
                for case in cases
            ]
            names = [wrapped(case, 12) for case in cases]
            legend_beside(figure, handles, names, heading="method")
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            f"Two-layer networks of scale 1 / sqrt(width), {table['seed'].nunique()}"
            " seeds. Left: square loss, median over the seeds (lines), shaded from the"
            " smallest to the largest, and the median of the quadratic with the kernel"
            " at the start (dashes). Middle: the fitted rate over the derived one, of"
            " the small step the power of t over 3; median, bars from the smallest to"
            " the largest, no interval, runs without a fitted rate left out; the"
            " methods stand beside each other at each width. Right: the same as left"
            f" for Nesterov at the small step. Losses below {FLOOR:g} are drawn there."
            f" {about.note}"
        )
        shown = pd.concat([wide, slow, rates], ignore_index=True)
        return Drawing(figure, shown, caption)


def _spread(table: pd.DataFrame, keys: list[str], names: list[str]) -> pd.DataFrame:
    """Return medians of columns by keys, and of the first its least and largest."""
    groups = table.groupby(keys, sort=False)
    found = groups[names].median()
    found[f"{names[0]}_low"] = groups[names[0]].min()
    found[f"{names[0]}_high"] = groups[names[0]].max()
    return found.reset_index()


def _rates(table: pd.DataFrame) -> pd.DataFrame:
    runs = table.groupby(["case", "width", "seed"], sort=False).first().reset_index()
    runs["ratio"] = runs["rate"] / runs["radius"]
    return _spread(runs.dropna(subset="ratio"), ["case", "width"], ["ratio"])


def _losses(axes: Axes, run: pd.DataFrame, colour: tuple[float, ...]) -> None:
    t = run["iteration"]
    axes.plot(t, run["loss"], color=colour, linewidth=1.1)
    axes.plot(t, run["law"], color=colour, linewidth=0.8, linestyle="--")
    axes.fill_between(t, run["loss_low"], run["loss_high"], color=colour, alpha=0.15)
