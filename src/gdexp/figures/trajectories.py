"""Loss and accuracy along the runs of one dim: higher loss is not further away."""

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.style import WIDTH, colours, styled

SEEDS = 10  # thin lines; more of them hide each other


def draw_trajectories(table: pd.DataFrame, *, models: Sequence[str]) -> Figure:
    """Draw loss (top) and accuracy (bottom) against iterations, a column per model.

    Parameters
    ----------
    table : DataFrame
        Trajectories of one dim, as from `gdexp.tables.trajectories_table`.
    models : sequence of str
        The models, from left to right.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = table[table["seed"] < SEEDS]
    with styled():
        figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
        grid = figure.subplots(2, len(models), sharex="col", sharey="row", squeeze=False)
        palette = colours(models)
        for column, model in enumerate(models):
            runs = shown[shown["model"] == model]
            ends = runs.loc[runs.groupby("seed")["iteration"].idxmax()]
            for axes, name in zip(grid[:, column], ("loss", "accuracy"), strict=True):
                for _, run in runs.groupby("seed"):
                    axes.plot(
                        run["iteration"],
                        run[name],
                        color=palette[model],
                        alpha=0.55,
                        linewidth=0.9,
                    )
                axes.scatter(
                    ends["iteration"], ends[name], s=9, color=palette[model], zorder=3
                )
                axes.set_xscale("symlog", linthresh=1)
                axes.set_xlim(left=0)
            grid[0, column].set_title(model)
            grid[0, column].set_yscale("log")
            grid[1, column].set_xlabel("iteration")
        grid[0, 0].set_ylabel("logistic loss")
        grid[1, 0].set_ylabel("accuracy")
        grid[1, 0].set_ylim(-0.06, 1.06)
        dim = shown["dim"].iloc[0]
        seeds = shown["seed"].nunique()
        figure.suptitle(
            f"$d = {dim}$, {seeds} seeds; a dot ends each run", fontsize=9
        )
        sns.despine(figure)
    return figure
