"""Until when the loss rises at large steps, and how small it gets then."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import count_axis, value_ticks
from gdexp.figures.style import MARKERS, WIDTH, Drawing, footnote, hue, styled

FLOOR = 1e-12  # of step T loss, which a float64 may have far below
RULES = {"constant": "step 1", "proportional": r"step $\gamma^2 T$"}
SEEN = {"separated": "accuracy 1", "last_rise": "last rise of the loss"}


class LargeStepsPlot(Plot):
    """Last rise of the loss, and the loss at the end."""

    name = "large_steps"
    title = "last rise of the loss, and its end, by step"
    where = "studies/large_steps"
    reads = ("studies/large_steps",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the four points (top) and networks (bottom): iterations, then losses.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.LargeSteps`.
        about : About

        Returns
        -------
        Drawing
            In long form: a panel's x, the value there, low and high the smallest and
            the largest of the seeds, and a law.
        """
        parts = {
            "steps": _iterations(table[table["case"] == "steps"]),
            "loss": _losses(table[table["case"].isin([*RULES])]),
            "network": _iterations(table[table["case"] == "network"]),
            "scaled": _scaled(table[table["case"] == "network"]),
        }
        shown = pd.concat(parts, names=["panel"]).reset_index("panel")
        with styled():
            figure = Figure(figsize=(WIDTH, 5.6), layout="constrained")
            axes = dict(zip(parts, figure.subplots(2, 2).flat, strict=True))
            heights = {
                name: _draw(axes[name], parts[name], name in ("steps", "network"))
                for name in parts
            }
            for name, x, y in (
                ("steps", "step", "update"),
                ("loss", "$T$", "loss after $T$ updates"),
                ("network", "step per unit", "update"),
                ("scaled", "step per unit", r"step $\cdot\,T\,\cdot$ loss"),
            ):
                axes[name].set_xlabel(x)
                axes[name].set_ylabel(y)
            axes["steps"].set_title("four points, linear model")
            axes["loss"].set_title("four points, linear model")
            for name in ("network", "scaled"):
                axes[name].set_title("leaky network, inner layer")
            grow(figure, max(heights["steps"], heights["loss"]))
            grow(figure, max(heights["network"], heights["scaled"]))
            footnote(figure, about.note)
            sns.despine(figure)
        seeds = table["seed"].nunique()
        caption = (
            "Top left: gradient descent with a constant step on the four points, rows"
            " divided by the longest: the first update with accuracy 1 and the last"
            " that raised the loss, counted from 0; no rise counts as 0. Top right:"
            " its loss after T updates with step 1 and with step gamma^2 T; grey: 1/T"
            " and 1/T^2 through the first of each. Bottom: leaky two-layer networks of"
            " which the inner layer is trained: the same updates, and step T loss at"
            f" their end. Medians over {seeds} starts, shaded from the smallest to the"
            " largest, no interval; a run without accuracy 1 is left out of them;"
            f" products below {FLOOR:g} are drawn there. {about.note}"
        )
        return Drawing(figure, shown, caption)


def _iterations(table: pd.DataFrame) -> pd.DataFrame:
    """Return when accuracy was 1 and when the loss rose last, by step."""
    long = table.fillna({"last_rise": 0.0}).melt(
        ["data", "step"], [*SEEN], "what", "value"
    )
    return _spread(long.assign(what=long["what"].map(SEEN)))


def _scaled(table: pd.DataFrame) -> pd.DataFrame:
    """Return step T loss at the end, by step."""
    product = table["step"] * table["iterations"] * table["loss"]
    return _spread(table.assign(value=product.clip(lower=FLOOR), what="loss"))


def _spread(table: pd.DataFrame) -> pd.DataFrame:
    """Return medians, and the smallest and the largest where there are many."""
    groups = table.groupby(["data", "what", "step"], sort=False)["value"]
    found = groups.agg(["median", "min", "max", "count"]).dropna().reset_index()
    found = found.rename(
        columns={"step": "x", "median": "value", "min": "low", "max": "high"}
    )
    one = found.pop("count") < 2
    ends = {name: found[name].mask(one) for name in ("low", "high")}
    return found.assign(law=np.nan, **ends)


def _losses(table: pd.DataFrame) -> pd.DataFrame:
    """Return losses by T, and the law that each rule is to follow."""
    parts = []
    for power, (case, rule) in enumerate(RULES.items(), start=1):
        run = table[table["case"] == case].sort_values("iterations")
        first = run.iloc[0]
        law = first["loss"] * (first["iterations"] / run["iterations"]) ** power
        parts.append(
            pd.DataFrame(
                {
                    "data": run["data"],
                    "what": rule,
                    "x": run["iterations"],
                    "value": run["loss"],
                    "low": np.nan,
                    "high": np.nan,
                    "law": law,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _draw(axes: Axes, part: pd.DataFrame, counted: bool) -> float:
    """Draw a panel; return how much room its legend takes."""
    handles, labels = [], []
    both = part["data"].nunique() > 1
    names, kinds = ["data", "what"], list(part["what"].unique())
    for place, (key, run) in enumerate(part.groupby(names, sort=False)):
        run = run.sort_values("x")
        data, what = key
        second = data != part["data"].iloc[0]
        style: dict[str, Any] = {
            "color": hue(
                "linear" if data == "four_points" else "conv", kinds.index(what)
            ),
            "marker": MARKERS[place % len(MARKERS)],
            "markersize": 4,
            "linestyle": "--" if second else "-",
        }
        handles += axes.plot(run["x"], run["value"], **style)
        labels.append(f"{data}: {what}" if both else str(what))
        if run["low"].notna().any():
            ends = run["low"], run["high"]
            axes.fill_between(run["x"], *ends, color=style["color"], alpha=0.12)
        if run["law"].notna().any():
            axes.plot(run["x"], run["law"], color="0.6", lw=0.9, zorder=1)
    axes.set_xscale("log")
    value_ticks(axes.xaxis, part["x"], room=WIDTH / 2 - 1)
    if counted:
        count_axis(axes, part[["value", "low", "high"]].to_numpy(float).ravel())
    else:
        axes.set_yscale("log")
    axes.yaxis.set_minor_formatter("")
    return legend_below(axes, handles, labels, width=WIDTH / 2 - 0.8)
