"""Test and training error in time, by the scale of the start."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.intervals import bounded, interval_words, intervals
from gdexp.figures.layout import legend_beside
from gdexp.figures.scales import value_ticks
from gdexp.figures.style import WIDTH, Drawing, footnote, hue, styled
from gdexp.stats.intervals import median_interval
from gdexp.studies.time_scales import runs

KEYS = ["width", "scale", "seed"]
MOST = 4  # panels of scales side by side


class TimeScalesPlot(Plot):
    """When a network learns, and when it overfits."""

    name = "time_scales"
    title = "when a network learns, and when it overfits"
    where = "studies/time_scales"
    reads = ("studies/time_scales",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw errors in time, a panel per scale, and what follows by scale and width.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.TimeScales`.
        about : About

        Returns
        -------
        Drawing
            Its table has rows of runs in time, then a row for each width and scale.
        """
        points = _points(table)
        # all scales at one width, all widths at one scale
        width = points.groupby("width").size().idxmax()
        scale = points.groupby("scale").size().idxmax()
        rises = ["rise", "rise_low", "rise_high"]
        points.loc[points["width"] != width, rises] = np.nan  # drawn by scale alone
        by_scale = points[points["width"] == width]
        by_width = points[points["scale"] == scale]
        chosen = sorted(by_scale["scale"])[:: -(-len(by_scale) // MOST)]
        some = (table["width"] == width) & table["scale"].isin(chosen)
        curves = table[some & (table["time"] > 0)]
        curves = curves[[*KEYS, "time", "test_error", "train_error"]]
        with styled():
            figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
            halves = figure.subfigures(2, 1, squeeze=False)[:, 0]
            top = halves[0].subplots(1, len(chosen), sharey=True, squeeze=False)[0]
            below = halves[1].subplots(1, 3)
            handles: list[Any] = []
            for axes, start in zip(top, chosen, strict=True):
                handles = _draw_runs(axes, curves[curves["scale"] == start])
                axes.set_title(f"start {start:g}")
                axes.set_xlabel("time")
            top[0].set_ylabel(f"error, $m$ = {width}")
            for axes, rows, x, name in (
                (below[0], by_scale, "scale", "ratio"),
                (below[1], by_width, "width", "ratio"),
                (below[2], by_scale, "scale", "rise"),
            ):
                _draw_medians(axes, rows, x, name)
            for axes in below[:2]:
                axes.set_yscale("log", base=2)
                if not axes.dataLim.height > 0:  # one number, or none that is finite
                    axes.set_ylim(0.5, 2 * float(np.nanmax([1.0, *points["ratio"]])))
                axes.set_ylabel("time to training error 0\nover time to learn")
            below[2].set_ylabel("last minus least\ntest error")
            below[0].set_xlabel(f"scale of the start, $m$ = {width}")
            below[1].set_xlabel(f"width $m$, start {scale:g}")
            below[2].set_xlabel(f"scale of the start, $m$ = {width}")
            names = ["test error", "training\nerror"]
            legend_beside(figure, handles, names, heading="")
            footnote(figure, about.note)
            sns.despine(figure)
        words = interval_words(_ends(points, "ratio"), "interval")
        caption = (
            "Top: test and training error against time (step times iterations over the"
            f" width) at width {width}, one line per run"
            f" ({table['seed'].nunique()} data sets and starts), no statistic, no"
            " interval. Below: the time at which the training error is 0 over the one"
            " at which the test error is least (looked for up to twice the first, or to"
            " the cap), against the scale of the start at width"
            f" {width} and against the width at scale {scale:g}, and how far the test"
            " error is above its least value when the training error is 0: medians over"
            f" runs, {words} (95 % at least, by order"
            " statistics). Of a run that was given up at its"
            " cap a ratio of that time or more is known, and its rise at the cap; a"
            f" median that so is not known is not drawn. {about.note}"
        )
        drawn = points.dropna(subset=["ratio", "rise"], how="all")
        shown = pd.concat([curves, drawn], ignore_index=True)
        return Drawing(figure, shown, caption)


def _draw_runs(axes: Axes, curves: pd.DataFrame) -> list[Any]:
    """Draw both errors of each run; return the lines of the last one."""
    style: dict[str, Any] = {"linewidth": 0.6, "alpha": 0.5}
    lines: list[Any] = []
    for _, run in curves.groupby("seed"):
        lines = [
            axes.plot(run["time"], run[name], color=colour, **style)[0]
            for name, colour in (
                ("test_error", hue("two_layer", 1)),
                ("train_error", hue("linear")),
            )
        ]
    axes.set_xscale("log")
    return lines


def _draw_medians(axes: Axes, points: pd.DataFrame, x: str, name: str) -> None:
    """Draw medians and intervals against x."""
    points = points.sort_values(x)
    colour = hue("two_layer")
    intervals(axes, points[x], _ends(points, name), colour)
    axes.plot(points[x], points[name], "o-", color=colour, markersize=4, linewidth=0.9)
    axes.set_xscale("log")
    value_ticks(axes.xaxis, points[x], room=1.4)


def _ends(points: pd.DataFrame, name: str) -> pd.DataFrame:
    columns = ("ci_low", "ci_high", "open")
    own = [f"{name}_low", f"{name}_high", f"{name}_open"]
    return points[own].set_axis(columns, axis="columns")


def _points(table: pd.DataFrame) -> pd.DataFrame:
    """Return medians of the ratio of both times and of the rise, with intervals."""
    rows = []
    for (width, scale), own in runs(table).groupby(KEYS[:2]):
        row = {"width": width, "scale": scale}
        for name, ends in (("ratio", ("ratio_low", "ratio_high")), ("rise", ("rise",))):
            least, low, _ = median_interval(own[ends[0]].to_numpy())
            most, _, high = median_interval(own[ends[-1]].to_numpy())
            row[name] = least if least == most < np.inf else np.nan
            # one without an end goes up to the largest that is known
            interval = pd.DataFrame({"ci_low": [low], "ci_high": [high]})
            (shown,) = bounded(interval, own[ends[0]].max()).to_dict("records")
            row |= {f"{name}_low": shown["ci_low"], f"{name}_high": shown["ci_high"]}
            row[f"{name}_open"] = shown["open"]
        rows.append(row)
    return pd.DataFrame(rows)
