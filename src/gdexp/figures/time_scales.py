"""Test and training error in time, by the scale of the start."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.intervals import interval_words, intervals
from gdexp.figures.layout import legend_beside
from gdexp.figures.scales import beside, value_ticks
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    hue,
    markers,
    ordered_colours,
    styled,
)
from gdexp.stats.intervals import median_interval

KEYS = ["width", "scale", "seed"]
MOST = 4  # panels of scales side by side


class TimeScalesPlot(Plot):
    """When a network learns, and when it overfits."""

    name = "time_scales"
    title = "when a network learns, and when it overfits"
    where = "studies/time_scales"
    reads = ("studies/time_scales",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw errors in time, a panel per scale, and both times by scale and width.

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
        widths, scales = (
            sorted(table["width"].unique()),
            sorted(table["scale"].unique()),
        )
        width = widths[len(widths) // 2]
        chosen = scales[:: -(-len(scales) // MOST)]
        some = (table["width"] == width) & table["scale"].isin(chosen)
        curves = table[some & (table["time"] > 0)]
        curves = curves[[*KEYS, "time", "test_error", "train_error"]]
        points = _points(table)
        test, train = hue("two_layer"), "0.45"
        palette, shapes = ordered_colours(widths), markers(map(str, widths))
        with styled():
            figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
            halves = figure.subfigures(2, 1, squeeze=False)[:, 0]
            top = halves[0].subplots(1, len(chosen), sharey=True, squeeze=False)[0]
            ratios, rises = halves[1].subplots(1, 2)
            handles: list[Any] = []
            for axes, scale in zip(top, chosen, strict=True):
                for _, run in curves[curves["scale"] == scale].groupby("seed"):
                    style: dict[str, Any] = {"linewidth": 0.8, "alpha": 0.6}
                    lines = axes.plot(
                        run["time"], run["test_error"], color=test, **style
                    )
                    lines += axes.plot(
                        run["time"], run["train_error"], color=train, **style
                    )
                handles = lines
                axes.set_xscale("log")
                axes.set_title(f"start {scale:g}")
                axes.set_xlabel("time")
            top[0].set_ylabel(f"error, $m$ = {width}")
            labels = ["test error", "training error"]
            for each in widths:
                own = points[points["width"] == each]
                style = {"color": palette[each], "marker": shapes[str(each)]}
                handles = handles + _draw(ratios, own, "ratio", style)
                _draw(rises, own, "rise", style)
                labels.append(f"$m$ = {each}")
            ratios.set_yscale("log")
            ratios.set_ylabel("time of training error 0\nover that of least test error")
            rises.set_ylabel("last minus least test error")
            for axes in (ratios, rises):
                axes.set_xscale("log")
                axes.set_xlabel("scale of the start")
                value_ticks(axes.xaxis, scales, room=2.2)
            legend_beside(figure, handles, labels, heading="")
            footnote(figure, about.note)
            sns.despine(figure)
        words = interval_words(
            points.rename(columns={"ratio_low": "ci_low"}), "interval"
        )
        caption = (
            "Top: test and training error against time (step times iterations over the"
            f" width) at width {width}, one line per run"
            f" ({table['seed'].nunique()} data sets and starts), no statistic, no"
            " interval. Below: the time at which the training error is 0 over the one"
            " at which the test error is least, and how far the test error is above its"
            " least value at the end, against the scale of the start: median over runs"
            f" {words} (95 % at least, by order statistics). Widths stand beside each"
            f" other. {about.note}"
        )
        shown = pd.concat([curves, points], ignore_index=True)
        return Drawing(figure, shown, caption)


def _draw(
    axes: Axes, points: pd.DataFrame, name: str, style: dict[str, Any]
) -> list[Any]:
    """Draw medians and intervals; return the line."""
    ends = {"ci_low": points[f"{name}_low"], "ci_high": points[f"{name}_high"]}
    intervals(axes, points["x"], pd.DataFrame(ends), style["color"])
    return axes.plot(points["x"], points[name], markersize=4, linewidth=0.9, **style)


def _points(table: pd.DataFrame) -> pd.DataFrame:
    """Return medians of the ratio of both times and of the rise, with intervals."""
    ends = table.sort_values([*KEYS, "time"]).groupby(KEYS)
    runs = ends.agg(
        {"learned": "last", "separated": "last", "test_error": ["min", "last"]}
    )
    runs.columns = ["learned", "separated", "least", "end"]
    ratio, rise = runs["separated"] / runs["learned"], runs["end"] - runs["least"]
    rows = []
    for (width, scale), own in runs.assign(ratio=ratio, rise=rise).groupby(KEYS[:2]):
        row = {"width": width, "scale": scale}
        for name in ("ratio", "rise"):
            found = _finite(*median_interval(own[name].to_numpy()))
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
        rows.append(row)
    points = pd.DataFrame(rows)
    widths = sorted(points["width"].unique())
    place = dict(zip(widths, beside(len(widths), points["scale"]), strict=True))
    points["x"] = points["scale"] * points["width"].map(place)
    return points


def _finite(middle: float, low: float, high: float) -> tuple[float, float, float]:
    """Return what can be drawn: runs that were given up have an infinite ratio."""
    there = np.isfinite(low) and np.isfinite(high)
    ends = (low, high) if there else (np.nan, np.nan)
    return (middle if np.isfinite(middle) else np.nan, *ends)
