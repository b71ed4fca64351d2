"""The 90 % quantile of T at the best step of each d, and against the step."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gdexp.figures.style import WIDTH, Drawing, footnote, hue, ordered_colours, styled


def draw_best_step(table: pd.DataFrame, *, note: str = "") -> Drawing:
    """Draw q90 against the step for each d, and the best against d with its slope.

    Parameters
    ----------
    table : DataFrame
        As from `gdexp.studies.BestStep`.
    note : str

    Returns
    -------
    Drawing
    """
    models = list(dict.fromkeys(table["model"]))
    palette = ordered_colours(table["dim"].tolist())
    with styled():
        figure = Figure(figsize=(WIDTH * 1.1, 3.2), layout="constrained")
        panels = figure.subplots(1, len(models) + 1, sharey=True)
        for axes, model in zip(panels, models, strict=False):
            for dim, run in table[table["model"] == model].groupby("dim"):
                axes.plot(
                    run["step"], run["q90"], color=palette[dim], label=f"{dim}", lw=1
                )
                best = run[run["best"]].iloc[:1]
                axes.plot(best["step"], best["q90"], "o", color=palette[dim], ms=5)
            axes.set_xscale("log", base=2)
            axes.set_xlabel("step size")
            axes.set_title(model)
        panels[len(models) - 1].legend(
            title="$d$", fontsize=6.5, title_fontsize=7, loc="upper right"
        )
        panels[0].set_ylabel("90 % quantile of $T$")
        _draw_best(panels[-1], table, models)
        panels[0].set_yscale("log")
        footnote(figure, note)
        sns.despine(figure)
    caption = (
        f"The 90 % quantile of T over {table['starts'].iloc[0]:,} Gaussian starts"
        " against the step size, for each d; dots mark the best step, missing parts of"
        " a curve lie beyond the cap. Right: the value at the best step of each d with"
        " its 95 % bootstrap interval, and the least-squares slope of its logarithm;"
        f" the choice of the step is repeated in every bootstrap sample. {note}"
    )
    return Drawing(figure, table, caption)


def _draw_best(axes: Axes, table: pd.DataFrame, models: list[str]) -> None:
    for i, model in enumerate(models):
        best = table[(table["model"] == model) & table["best"]]
        best = best.drop_duplicates("dim")
        value = best["q90"].to_numpy()
        spread = np.array([value - best["ci_low"], best["ci_high"] - value])
        slope = best.iloc[0]
        axes.errorbar(
            best["dim"],
            value,
            yerr=np.maximum(spread, 0),
            fmt="os"[i % 2] + "-",
            color=hue(model),
            capsize=2,
            markersize=5,
            label=f"{model}: {slope['exponent']:.2f}"
            f" [{slope['exponent_low']:.2f}, {slope['exponent_high']:.2f}]",
        )
    axes.set_xscale("log", base=2)
    axes.set_xlabel("dimension $d$")
    axes.set_title("best step for each $d$")
    axes.legend(title="slope of $\\log T$", fontsize=7, title_fontsize=7)
