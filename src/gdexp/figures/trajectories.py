"""Loss and accuracy along the runs of one dim: higher loss is not further away."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import leftmost, lowest, panels, title
from gdexp.figures.scales import iteration_axis
from gdexp.figures.style import Colour, Drawing, colours, drawable, footnote, styled
from gdexp.util.words import many

SEEDS = 10  # thin lines; more of them hide each other
FLOOR = 1e-4  # the last step of a run may end at any loss, down to 1e-300
CEILING = 1e6  # one that diverges goes up to 1e300, and no axis has room for that


class TrajectoriesPlot(Plot):
    """Loss and accuracy along runs."""

    name = "trajectories"
    title = "loss and accuracy along runs"
    where = "{experiment}/trajectories"
    reads = ("trajectories",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw loss (top) and accuracy (bottom) against iterations, a column per model.

        The loss is that of each entry, the logistic one for perceptrons.

        Parameters
        ----------
        table : DataFrame
            Trajectories of one dim, as from `gdexp.records.tables.trajectories_table`.
        about : About

        Returns
        -------
        Drawing
        """
        # the first of those that are there: of a grid in parts it may be any
        order = table.groupby("model")["seed"].rank(method="dense")
        columns = ["model", "dim", "seed", "iteration", "loss", "accuracy"]
        shown = table.loc[order <= SEEDS, columns]
        shown = shown.assign(loss=drawable(shown["loss"], FLOOR, CEILING))
        seeds = many(shown["seed"].nunique(), "seed")
        with styled():
            figure, grid = panels(len(about.models), height=3.2, ratios=(1, 1))
            palette = colours(about.models)
            for column, model in enumerate(about.models):
                runs = shown[shown["model"] == model]
                _draw_runs(grid[0, column], runs, "loss", palette[model])
                _draw_runs(grid[1, column], runs, "accuracy", palette[model])
                title(grid[0, column], model, len(about.models))
            for i in leftmost(len(about.models)):
                grid[0, i].set_ylabel("loss")
                grid[1, i].set_ylabel("accuracy")
            for i in lowest(len(about.models)):
                grid[1, i].set_xlabel("iteration")
            grid[0, 0].set_yscale("log")
            low = shown["loss"].min() <= FLOOR
            if low:
                grid[0, 0].set_ylim(bottom=FLOOR / 2)
            grid[1, 0].set_ylim(-0.06, 1.06)
            said = f"$d = {shown['dim'].iloc[0]}$, {seeds}. A dot ends each run"
            said += f", a triangle one with loss below {FLOOR:g}" if low else ""
            figure.suptitle(f"{said}.", fontsize=9)
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Loss (top) and share of samples with positive margin (bottom)"
            f" against the iteration, d = {shown['dim'].iloc[0]},"
            f" {seeds}, one line per run, no statistic, no"
            " interval. A dot ends each run, a triangle one whose loss is below"
            f" {FLOOR:g}; such losses are drawn there, and those above {CEILING:g} at"
            " that. The loss is that of each entry, the logistic one for perceptrons"
            f" and methods with weights of their own. {about.note}"
        )
        return Drawing(figure, shown, caption)


def _draw_runs(axes: Axes, runs: pd.DataFrame, name: str, colour: Colour) -> None:
    low = FLOOR if name == "loss" else -np.inf
    for _, run in runs.groupby("seed"):
        x, y = run["iteration"].to_numpy(), run[name].to_numpy()
        axes.plot(x, y, color=colour, alpha=0.55, linewidth=0.9, drawstyle="steps-post")
        marker = "v" if y[-1] == low else "o"
        axes.plot(x[-1], y[-1], marker, color=colour, markersize=3.5, zorder=3)
    iteration_axis(axes, runs["iteration"].max())
