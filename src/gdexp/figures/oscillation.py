"""Loss, accuracy and gradient norm along runs with small and large steps."""

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import grow, legend_below
from gdexp.figures.scales import iteration_axis
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    drawable,
    footnote,
    ordered_colours,
    styled,
)

FLOOR = 1e-6
# observable, its name, and from where on it is drawn
ROWS = (
    ("loss", "logistic loss", FLOOR),
    ("gradient_norm", "gradient norm", FLOOR),
    ("accuracy", "accuracy", 0.0),
)
KEPT = [
    *("data", "model", "step", "seed", "iteration"),
    *("loss", "gradient_norm", "accuracy", "separated"),
]


class OscillationPlot(Plot):
    """Loss, accuracy and gradient norm by step."""

    name = "oscillation"
    title = "loss, accuracy and gradient norm by step"
    where = "studies/oscillation"
    reads = ("studies/oscillation",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the three observables, a column per data set and model.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.Oscillation`.
        about : About

        Returns
        -------
        Drawing
        """
        cases = list(dict.fromkeys(zip(table["data"], table["model"], strict=True)))
        drawn = table[table["seed"] == table["seed"].min()]
        shown = drawn[KEPT].assign(
            **{name: drawable(drawn[name], low=low) for name, _, low in ROWS}
        )
        with styled():
            figure = Figure(figsize=(WIDTH * 1.15, 5.0), layout="constrained")
            heights = []
            grid = figure.subplots(
                3, len(cases), sharex="col", sharey="row", squeeze=False
            )
            for column, (data, model) in enumerate(cases):
                own = shown[(shown["data"] == data) & (shown["model"] == model)]
                heights.append(_draw_runs(grid[:, column], own, model))
                grid[0, column].set_title(f"{data}, {model}")
            for axes, (_, label, low) in zip(grid[:, 0], ROWS, strict=True):
                axes.set_ylabel(label)
                if low > 0:
                    axes.set_yscale("log")
            grow(figure, max(heights))
            footnote(figure, about.note)
            sns.despine(figure)
        ends = "; ".join(_ends(drawn, case) for case in cases)
        caption = (
            "Logistic loss, norm of its gradient and accuracy along gradient descent"
            " with small and large steps; a dot ends each separated run; values below"
            f" {FLOOR:g} are drawn there. One start per column, no statistic, no"
            " interval. Iterations to a separator, and the share of them that raised"
            f" the loss: {ends}. {about.note}"
        )
        return Drawing(figure, shown, caption)


def _draw_runs(panels: Any, own: pd.DataFrame, model: str) -> float:
    """Draw a column of panels; return how much room its legend takes."""
    palette = ordered_colours(own["step"].tolist())
    handles: dict[str, Artist] = {}
    for step in sorted(own["step"].unique()):
        run, colour = own[own["step"] == step], palette[step]
        for axes, (name, _, _) in zip(panels, ROWS, strict=True):
            (line,) = axes.plot(run["iteration"], run[name], color=colour, lw=1.0)
            handles[f"{step:.12g}"] = line
            if run["separated"].notna().iloc[0]:
                end = run.iloc[-1]
                axes.plot(end["iteration"], end[name], "o", color=colour, ms=4)
    iteration_axis(panels[-1], float(own["iteration"].max()))
    panels[-1].set_xlabel("iteration")
    heading = "step" if model == "linear" else r"step $\cdot\,\sqrt{d}$"
    lines = [*handles.values()]
    return legend_below(panels[-1], lines, [*handles], heading=heading, width=1.3)


def _ends(table: pd.DataFrame, case: tuple[str, str]) -> str:
    """Say how the runs of a column ended, as measured."""
    told = []
    own = table[(table["data"] == case[0]) & (table["model"] == case[1])]
    for step, run in own.groupby("step"):
        last = run.iloc[-1]
        share = last["rising"] / max(last["iteration"], 1)
        none = "" if pd.notna(last["separated"]) else "none in "
        told.append(f"{none}{last['iteration']:,} ({share:.0%}) at {step:g}")
    return f"{' '.join(case)} {', '.join(told)}"
