"""The 90 % quantile of T at the best step of each d, and against the step."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.intervals import bounded, interval_words, intervals
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import count_axis, value_ticks
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    hue,
    ordered_colours,
    styled,
)
from gdexp.stats.seeds import with_interval

PANEL = 1.5  # inches of a panel between its axes' ends
KEPT = [
    *("model", "dim", "step", "starts", "q90", "best", "ci_low", "ci_high", "open"),
    *("exponent", "exponent_low", "exponent_high"),
]


class BestStepPlot(Plot):
    """The best step for each d."""

    name = "best_step"
    title = "the best step for each d"
    where = "studies/best_step"
    reads = ("studies/best_step",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw q90 against the step for each d, and the best against d with its slope.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.BestStep`.
        about : About

        Returns
        -------
        Drawing
        """
        models = list(dict.fromkeys(table["model"]))
        shown = _shown(table)
        dims = sorted(shown["dim"].unique())
        palette = ordered_colours(dims)
        with styled():
            figure = Figure(figsize=(WIDTH * 1.1, 3.2), layout="constrained")
            panels = figure.subplots(1, len(models) + 1, sharey=True)
            count_axis(panels[0], shown[["q90", "ci_low"]].to_numpy(float))
            handles: dict[str, Artist] = {}
            for axes, model in zip(panels, models, strict=False):
                for dim in dims:
                    run = shown[(shown["model"] == model) & (shown["dim"] == dim)]
                    colour = palette[dim]
                    (line,) = axes.plot(run["step"], run["q90"], color=colour, lw=1)
                    best = run[run["best"]]
                    axes.plot(best["step"], best["q90"], "o", color=colour, ms=5)
                    handles[str(dim)] = line
                axes.set_xscale("log")
                value_ticks(axes.xaxis, shown["step"], room=PANEL)
                axes.set_xlabel("step size")
                axes.set_title(model)
            panels[0].set_ylabel("90 % quantile of $T$")
            below = legend_below(
                panels[0], [*handles.values()], [*handles], heading="$d$", width=PANEL
            )
            grow(figure, max(below, _draw_best(panels[-1], shown, models)))
            footnote(figure, about.note)
            sns.despine(figure)
        best = shown[shown["best"]]
        words = interval_words(best, "95 % bootstrap interval")
        slope = ""
        if best["exponent_low"].notna().any():
            slope = "; the choice of the step is repeated in every bootstrap sample"
        caption = (
            f"The 90 % quantile of T over {table['starts'].iloc[0]:,} Gaussian starts"
            " against the step size, for each d; dots mark the best step, missing parts"
            " of a curve lie beyond the cap. Right: the value at the best step of each"
            f" d, {words}, and the least-squares slope of its logarithm{slope}."
            f" {about.note}"
        )
        return Drawing(figure, shown, caption)


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: of equal ones the first is the best, with an interval."""
    seen = table[table["q90"].notna()].reset_index(drop=True)
    best = seen["best"] & ~seen[seen["best"]].duplicated(["model", "dim"]).reindex(
        seen.index, fill_value=False
    )
    ends = {name: seen[name].where(best) for name in ("ci_low", "ci_high")}
    return bounded(seen.assign(best=best, **ends), seen["cap"])[KEPT]


def _draw_best(axes: Axes, shown: pd.DataFrame, models: list[str]) -> float:
    """Draw the best of each d; return how much room the legend takes."""
    handles: list[Artist] = []
    labels = []
    for i, model in enumerate(models):
        best = shown[(shown["model"] == model) & shown["best"]].sort_values("dim")
        if best.empty:
            continue
        intervals(axes, best["dim"], best, hue(model))
        style: dict[str, Any] = {"color": hue(model), "markersize": 5, "zorder": 4}
        handles += axes.plot(best["dim"], best["q90"], "os"[i % 2] + "-", **style)
        fit = best.iloc[0]
        slope = "no slope"
        if pd.notna(fit["exponent"]):
            slope = with_interval(
                fit["exponent"], fit["exponent_low"], fit["exponent_high"]
            )
        labels.append(f"{model}: {slope}")
    axes.set_xscale("log")
    value_ticks(axes.xaxis, shown["dim"], room=PANEL)
    axes.set_xlabel("dimension $d$")
    axes.set_title("best step for each $d$")
    return legend_below(
        axes, handles, labels, heading="slope of $\\log T$", width=PANEL + 0.4
    )
