"""The new margin after one implicit step, against the length of the step."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import legend_beside
from gdexp.figures.scales import value_ticks
from gdexp.figures.style import WIDTH, Drawing, drawable, footnote, styled

FLOOR, NEAR = 1e-17, 1e17  # of distances; the longest step at which they are drawn
SPREAD = ("median", "min", "max")
COLOURS = {"huber": 0, "logistic": 3}


class ImplicitPlot(Plot):
    """One implicit step on one sample as the step grows."""

    name = "implicit"
    title = "one implicit step as the step grows"
    where = "studies/implicit"
    reads = ("studies/implicit",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the distance from the limit, the new margin, and what it costs.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.implicit.Implicit`.
        about : About

        Returns
        -------
        Drawing
            Its table has where a marker stands as ``x``.
        """
        palette = sns.color_palette("colorblind")
        long = np.log(table["gain"]).where(table["gain"] > 1)
        moved = table[table["margin"] < 1].assign(
            over_log=table["new_margin"] / long,
            law=table["high"] / long,
            spent=table["evaluations"].where(table["gain"] > 1),
        )
        near = moved[moved["gain"] <= NEAR]
        chosen = {
            "distance": (near, ("huber",)),
            "over_log": (moved, ("logistic",)),
            "spent": (moved, ("huber", "logistic")),
        }
        frames = []
        with styled():
            figure = Figure(figsize=(WIDTH, 2.8), layout="constrained")
            panels = figure.subplots(1, 3)
            handles = {}
            for axes, (column, (own, losses)) in zip(
                panels, chosen.items(), strict=True
            ):
                for loss in losses:
                    run = _spread(own[own["loss"] == loss], column)
                    if column == "distance":
                        ends = {x: drawable(run[x], FLOOR) for x in SPREAD}
                        run = run.assign(**ends)
                    x = run["gain"] if column == "distance" else np.log10(run["gain"])
                    frames.append(run.assign(loss=loss, shown=column, x=x))
                    colour = palette[COLOURS[loss]]
                    style = {"color": colour, "marker": "os"[loss == "logistic"]}
                    (line,) = axes.plot(x, run["median"], **style, markersize=4, lw=1)
                    axes.fill_between(
                        x, run["min"], run["max"], color=colour, alpha=0.2
                    )
                    handles[loss] = line
                axes.set_xscale("log")
                axes.set_xlabel(r"step $\cdot\,|z|^2$")
            value_ticks(panels[0].xaxis, near["gain"], room=1.3)
            last = max(float(np.log10(table["gain"].max())), 1.0)
            for axes in panels[1:]:
                ticks = [4**k for k in range(int(np.log2(last)) // 2 + 1)]
                axes.set_xticks(ticks, [f"$10^{{{x}}}$" for x in ticks])
                axes.xaxis.set_minor_locator(NullLocator())
            law = _spread(moved[moved["loss"] == "logistic"], "law")
            law = law.assign(x=np.log10(law["gain"]), min=np.nan, max=np.nan)
            frames.append(law.assign(loss="logistic", shown="law"))
            style = {"color": "0.2", "ls": "--", "lw": 0.9}
            (line,) = panels[1].plot(law["x"], law["median"], **style, zorder=4)
            handles["bound, by $W$"] = line
            low, high = panels[1].get_ylim()
            panels[1].set_ylim(min(low, 0), max(high, 1.1))
            panels[0].set_yscale("log")
            panels[0].set_ylabel("distance from the passive-\naggressive one, $1/|z|$")
            panels[1].set_ylabel(r"new margin over $\log(\mathrm{step}\,|z|^2)$")
            panels[2].set_ylabel("evaluations of the loss")
            panels[2].set_ylim(bottom=0)
            legend_beside(figure, list(handles.values()), list(handles), heading="loss")
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "One implicit step on one sample, linear model. Left, Huber loss: distance"
            " of the parameters from w + max(0, 1 - m) / |z|^2 z, for step |z|^2 up to"
            f" {NEAR:g}, distances below {FLOOR:g} drawn there. Middle, logistic"
            " loss: the new margin over the logarithm of the step, and its upper bound"
            " m + W(step |z|^2 exp(-m)) (dashed). Right: evaluations of the loss by the"
            " bisection; middle and right: steps above 1, on an axis of their"
            f" logarithm. Median over {moved['seed'].nunique()} samples with m < 1,"
            f" shaded from the smallest to the largest, no interval. {about.note}"
        )
        columns = ["shown", "loss", "gain", "x", *SPREAD]
        return Drawing(figure, pd.concat(frames, ignore_index=True)[columns], caption)


def _spread(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the median, the smallest and the largest at each gain."""
    groups = table.groupby("gain")[column]
    return groups.agg([*SPREAD]).reset_index().dropna()
