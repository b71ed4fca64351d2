"""Loss, accuracy and gradient norm along runs with small and large steps."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    iteration_axis,
    ordered_colours,
    styled,
)

ROWS = (
    ("loss", "logistic loss"),
    ("gradient_norm", "gradient norm"),
    ("accuracy", "accuracy"),
)
FLOOR = 1e-6


def draw_oscillation(table: pd.DataFrame, *, note: str = "") -> Drawing:
    """Draw the three observables, a column per data set and model.

    Parameters
    ----------
    table : DataFrame
        As from `gdexp.studies.Oscillation`.
    note : str

    Returns
    -------
    Drawing
    """
    cases = list(dict.fromkeys(zip(table["data"], table["model"], strict=True)))
    drawn = table[table["seed"] == table["seed"].min()]
    with styled():
        figure = Figure(figsize=(WIDTH * 1.15, 5.0), layout="constrained")
        grid = figure.subplots(3, len(cases), sharex="col", sharey="row")
        for column, (data, model) in enumerate(cases):
            own = drawn[(drawn["data"] == data) & (drawn["model"] == model)]
            palette = ordered_colours(own["step"].tolist())
            unit = "" if model == "linear" else r" $\cdot\,\sqrt{d}$"
            for step, run in own.groupby("step"):
                for row, (name, _) in enumerate(ROWS):
                    low = 0 if name == "accuracy" else FLOOR
                    y = run[name].clip(lower=low)
                    axes = grid[row, column]
                    axes.plot(
                        run["iteration"],
                        y,
                        color=palette[step],
                        linewidth=1.0,
                        label=f"{step:g}",
                    )
                    if run["separated"].notna().iloc[0]:
                        end = run["iteration"].iloc[-1]
                        axes.plot(
                            end, y.iloc[-1], "o", color=palette[step], markersize=4
                        )
            grid[0, column].set_title(f"{data}, {model}")
            grid[1, column].legend(
                title=f"step{unit}", fontsize=6.5, title_fontsize=7, loc="lower left"
            )
            iteration_axis(grid[2, column], float(own["iteration"].max()))
            grid[2, column].set_xlabel("iteration")
        for row, (name, label) in enumerate(ROWS):
            grid[row, 0].set_ylabel(label)
            if name != "accuracy":
                grid[row, 0].set_yscale("log")
        footnote(figure, note)
        sns.despine(figure)
    ends = "; ".join(_ends(drawn, case) for case in cases)
    caption = (
        "Logistic loss, norm of its gradient and accuracy along gradient descent with"
        " small and large steps; a dot ends each separated run. One start per column,"
        " no statistic, no interval. Iterations to a separator, and the share of them"
        f" that raised the loss: {ends}. {note}"
    )
    return Drawing(figure, table, caption)


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
