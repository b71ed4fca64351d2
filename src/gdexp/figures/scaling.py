"""Iterations to a separator against d: the paper's central claim in one figure."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gdexp.figures.style import (
    WIDTH,
    Drawing,
    colours,
    footnote,
    markers,
    styled,
)
from gdexp.statistics import times_of

# A logarithmic axis has no place for cells that the start already separates: they
# are drawn here, on a tick of their own.
ZERO = 0.5

NAMES = {
    "mean": "mean",
    "median": "median",
    "q90": "90 % quantile",
    "q95": "95 % quantile",
}


def draw_scaling(
    cells: pd.DataFrame,
    scaling: pd.DataFrame,
    exponents: pd.DataFrame,
    *,
    models: Mapping[str, str],
    statistic: str = "mean",
    note: str = "",
) -> Drawing:
    """Draw cells, a statistic with its intervals, fitted slopes and guide lines.

    Parameters
    ----------
    cells, scaling, exponents : DataFrame
        The three tables, of one experiment.
    models : mapping of str to str
        The model entries in the order of the legend, and the family of each.
    statistic : str
        One of `gdexp.statistics.STATISTICS`.
    note : str
        What the data are and where they come from, for the foot of the figure.

    Returns
    -------
    Drawing
    """
    with styled():
        figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
        axes = figure.add_subplot()
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        palette, shapes = colours(models), markers(models)
        rng = np.random.default_rng(0)  # places of the points across their d, no data
        for i, model in enumerate(models):
            offset = 2.0 ** (0.16 * (i - (len(models) - 1) / 2))
            chosen = scaling[
                (scaling["model"] == model) & (scaling["statistic"] == statistic)
            ].sort_values("dim")
            fit = exponents[
                (exponents["model"] == model) & (exponents["statistic"] == statistic)
            ].iloc[0]
            _draw_cells(
                axes, cells[cells["model"] == model], offset, palette[model], rng
            )
            _draw_statistic(axes, chosen, offset, palette[model], shapes[model], fit)
        _guides(axes, scaling[scaling["statistic"] == statistic])
        axes.set_xlabel("dimension $d$")
        axes.set_ylabel("iterations $T$ to a separator")
        _ticks(axes, cells)
        axes.legend(
            title=f"{NAMES[statistic]} of $T$ over seeds, 95 % interval;"
            " slope of $\\log T$ on $\\log d$",
            title_fontsize=8,
            loc="upper left",
            frameon=True,
        )
        footnote(figure, note)
        sns.despine(figure)
    shown = scaling[scaling["statistic"] == statistic]
    fits = exponents[exponents["statistic"] == statistic]
    names = {"ci_low": "exponent_low", "ci_high": "exponent_high"}
    columns = ["model", "exponent", "ci_low", "ci_high"]
    table = shown.merge(fits[columns].rename(columns=names), on="model")
    single = cells[["experiment", "model", "dim", "seed", "outcome", "iterations"]]
    single = single.rename(columns={"iterations": "value"})
    table = pd.concat([table, single.assign(statistic="single run")])
    seeds = cells.groupby(["model", "dim"]).size().max()
    caption = (
        f"Iterations T to a separator against the dimension d. Points: single runs,"
        f" {seeds} seeds per model and d; triangles: runs given up at their cap or"
        f" diverged. Large markers: the {NAMES[statistic]} of T over seeds with its"
        " 95 % percentile bootstrap interval. Lines: least squares of log T on log d;"
        f" the interval of a slope is the 95 % bootstrap over seeds. {note}"
    )
    return Drawing(figure, table, caption)


def _draw_cells(
    axes: Axes,
    cells: pd.DataFrame,
    offset: float,
    colour: tuple[float, float, float],
    rng: np.random.Generator,
) -> None:
    times = times_of(cells)
    jitter = 2.0 ** rng.uniform(-0.06, 0.06, len(cells))
    x = cells["dim"].to_numpy() * offset * jitter
    solved = np.isfinite(times)
    y = np.where(solved, np.maximum(times, ZERO), cells["iterations"].to_numpy())
    style: dict[str, Any] = {"color": colour, "linewidths": 0, "zorder": 1}
    axes.scatter(x[solved], y[solved], s=5, alpha=0.25, **style)
    # capped and diverged cells, where they were given up
    axes.scatter(x[~solved], y[~solved], s=18, alpha=0.8, marker="^", **style)


def _draw_statistic(
    axes: Axes,
    points: pd.DataFrame,
    offset: float,
    colour: tuple[float, float, float],
    marker: str,
    fit: "pd.Series[float]",
) -> None:
    seen = points[np.isfinite(points["value"]) & (points["value"] > 0)]
    x = seen["dim"].to_numpy() * offset
    value = seen["value"].to_numpy()
    low = np.maximum(seen["ci_low"].to_numpy(), ZERO)
    high = seen["ci_high"].to_numpy()
    # an interval that ends beyond the cap is drawn far up, out of the data's range
    high = np.where(np.isfinite(high), high, 10 * value)
    spread = np.nan_to_num(np.vstack([value - low, high - value]))
    axes.errorbar(
        x,
        value,
        yerr=np.maximum(spread, 0),
        fmt=marker,
        color=colour,
        markeredgecolor="white",
        markeredgewidth=0.6,
        markersize=6,
        capsize=2,
        elinewidth=1.1,
        zorder=4,
        label=_label(fit),
    )
    if np.isfinite(fit["exponent"]):
        d = np.array([points["dim"].min(), points["dim"].max()], dtype=float)
        line = np.exp(fit["intercept"]) * d ** fit["exponent"]
        axes.plot(d * offset, line, color=colour, zorder=3)


def _label(fit: "pd.Series[float]") -> str:
    lost = fit["capped"] + fit["diverged"]
    cells = f"{fit['cells']} cells" + (f", {lost} not separated" if lost else "")
    if not np.isfinite(fit["exponent"]):
        return f"{fit['model']}: no slope ({cells})"
    interval = f"[{fit['ci_low']:.2f}, {fit['ci_high']:.2f}]"
    if np.isnan(fit["ci_low"]):
        interval = "no interval"
    return f"{fit['model']}: {fit['exponent']:.2f} {interval} ({cells})"


def _guides(axes: Axes, points: pd.DataFrame) -> None:
    """Lines of slope 1 above and 1/2 below the data, named at their right ends."""
    dims = np.array([points["dim"].min(), points["dim"].max()], dtype=float)
    last = points.loc[points["dim"] == dims[-1], "value"]
    last = last[np.isfinite(last) & (last > 0)]
    if dims[0] == dims[1] or last.empty:
        return
    for power, name, end in (
        (1.0, "slope 1", 2.2 * last.max()),
        (0.5, "slope 1/2", 0.3 * last.min()),
    ):
        axes.plot(
            dims,
            end * (dims / dims[-1]) ** power,
            color="0.35",
            linestyle=(0, (4, 3)),
            linewidth=0.9,
            zorder=2,
        )
        axes.annotate(
            name,
            (dims[-1], end),
            xytext=(12, 0),
            textcoords="offset points",
            color="0.25",
            fontsize=8,
            va="center",
        )


def _ticks(axes: Axes, cells: pd.DataFrame) -> None:
    dims = sorted(cells["dim"].unique())
    axes.set_xticks(dims[:: max(1, len(dims) // 9)])
    axes.minorticks_off()
    if (cells["iterations"] == 0).any():
        low, high = axes.get_ylim()
        powers = [10.0**k for k in range(0, int(np.log10(high)) + 1)]
        axes.set_yticks(
            [ZERO, *powers], ["0", *(f"$10^{{{k}}}$" for k in range(len(powers)))]
        )
        axes.set_ylim(min(low, ZERO * 0.8), high)
