"""Explicit beside implicit acceleration: T and its cost against d, on each data set."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from gdexp.figures.base import About, Plot
from gdexp.figures.intervals import intervals
from gdexp.figures.layout import grow, leftmost, legend_below, panels, title
from gdexp.figures.scales import beside, count_axis, value_ticks
from gdexp.figures.style import (
    MARKERS,
    WIDTH,
    Colour,
    Drawing,
    footnote,
    plain,
    styled,
)
from gdexp.stats.seeds import with_interval
from gdexp.stats.slopes import last_windows
from gdexp.stats.statistics import STATISTICS

ACROSS = 3  # data sets side by side


class ExplicitPlot(Plot):
    """T and full gradients against d, by data set."""

    name = "explicit"
    title = "explicit beside implicit acceleration"
    where = "explicit"
    reads = ("cells", "scaling", "local")
    of = "explicit-*"

    def draw(
        self,
        cells: pd.DataFrame,
        scaling: pd.DataFrame,
        local: pd.DataFrame,
        *,
        about: About,
    ) -> Drawing:
        """Draw a statistic of T, and the full gradients that it takes, against d.

        Parameters
        ----------
        cells, scaling, local : DataFrame
            The three tables, of the experiments on all data sets.
        about : About

        Returns
        -------
        Drawing
            Its table has a row for each entry, data set and d; ``exponent`` is that of
            the last window.
        """
        words = STATISTICS[about.statistic].words
        points = _points(cells, scaling, local, about)
        sets = sorted(set(points["dataset"]), key=lambda name: (":" in name, name))
        entries = list(dict.fromkeys(about.models))
        hues = sns.color_palette("husl", len(entries))
        palette = dict(zip(entries, hues, strict=True))
        with styled():
            figure, grid = panels(len(sets), height=4.6, ratios=(1, 1), columns=ACROSS)
            heights = []
            for column, name in enumerate(sets):
                own = points[points["dataset"] == name]
                above, below = grid[0, column], grid[1, column]
                title(above, name, min(len(sets), ACROSS))
                handles, labels = [], []
                for entry in entries:
                    rows = own[own["model"] == entry]
                    if len(rows):
                        mark = MARKERS[entries.index(entry) % len(MARKERS)]
                        handles.append(_draw(above, below, rows, palette[entry], mark))
                        labels.append(_label(entry, rows.iloc[-1]))
                for axes in (above, below):
                    axes.set_xscale("log")
                    value_ticks(axes.xaxis, own["dim"], WIDTH / ACROSS - 0.8)
                count_axis(above, points[["value", "ci_low"]].to_numpy(float))
                count_axis(below, points["cost"].to_numpy(float))
                below.set_xlabel("dimension $d$")
                heights.append(
                    legend_below(
                        below,
                        handles,
                        labels,
                        heading="local slope",
                        width=WIDTH / min(len(sets), ACROSS) - 0.6,
                    )
                )
            for i in leftmost(len(sets), ACROSS):
                grid[0, i].set_ylabel("iterations $T$ to a separator")
                grid[1, i].set_ylabel("full gradients")
            grow(figure, len(leftmost(len(sets), ACROSS)) * max(heights))
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            f"Iterations T to a separator (top) and full gradients until then (bottom)"
            f" against d, by data set: the {words} over Gaussian starts or random"
            " frames, with its 95 % bootstrap interval where there are enough of them;"
            " entries that start from 0 on fixed data have one run, and no interval. A"
            " run that was given up or diverged counts as infinite, and that is"
            " not drawn. Slopes: of log T on log d, least squares over the last four"
            f" octaves. Entries stand beside each other. {about.note}"
        )
        return Drawing(figure, points, caption)


def _points(
    cells: pd.DataFrame, scaling: pd.DataFrame, local: pd.DataFrame, about: About
) -> pd.DataFrame:
    """Return the statistic of T and of the gradients, with the last local slope."""
    keys = ["experiment", "model", "dim"]
    lost = cells["outcome"] != "separated"
    cost = cells["gradients"].astype(float).mask(lost, np.inf)
    of = STATISTICS[about.statistic]().of
    grouped = cells.assign(cost=cost).groupby([*keys, "dataset"], sort=False)
    gradients = grouped["cost"].agg(lambda own: float(of(own.to_numpy()))).reset_index()
    chosen = [
        table[table["statistic"] == about.statistic] for table in (scaling, local)
    ]
    ends = chosen[0].assign(finite=np.isfinite(chosen[0]["value"]))
    last = last_windows(chosen[1], ends)
    slopes = last[[*keys[:2], "exponent", "ci_low", "ci_high"]].rename(
        columns={"ci_low": "exponent_low", "ci_high": "exponent_high"}
    )
    points = chosen[0][[*keys, "value", "ci_low", "ci_high"]]
    points = points.merge(gradients, on=keys).merge(slopes, "left", on=keys[:2])
    order = {name: i for i, name in enumerate(about.models)}
    points = points.assign(place=points["model"].map(order))
    points = points.sort_values(["dataset", "place", "dim"]).drop(columns="place")
    factors = dict(zip(order, beside(len(order), points["dim"]), strict=True))
    x = points["dim"] * points["model"].map(factors).astype(float)
    known = np.isfinite(points["ci_low"]) & np.isfinite(points["ci_high"])
    bounds = {name: points[name].where(known) for name in ("ci_low", "ci_high")}
    points = points.assign(x=x, **bounds)
    drawn: pd.DataFrame = points[np.isfinite(points["value"])].reset_index(drop=True)
    return drawn


def _draw(
    above: Axes, below: Axes, rows: pd.DataFrame, colour: Colour, marker: str
) -> Any:
    """Draw an entry in both panels; return what its legend shows."""
    style: dict[str, Any] = {
        "color": colour,
        "marker": marker,
        "markersize": 3.5,
        "lw": 0.8,
    }
    intervals(above, rows["x"], rows, colour)
    (handle,) = above.plot(rows["x"], rows["value"], **style)
    below.plot(rows["x"], rows["cost"], **style)
    return handle


def _label(entry: str, row: "pd.Series[Any]") -> str:
    if not np.isfinite(row["exponent"]):
        return f"{plain(entry)}: none"
    low, high = row["exponent_low"], row["exponent_high"]
    number = f"{row['exponent']:.2f}"
    if np.isfinite(low):
        number = with_interval(row["exponent"], low, high)
    return f"{plain(entry)}: {number}"
