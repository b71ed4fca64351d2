"""Sharpness along runs beside 2 / step: the edge of stability."""

import pandas as pd
import seaborn as sns

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import leftmost, lowest, panels, title
from gdexp.figures.scales import iteration_axis
from gdexp.figures.style import Drawing, colours, drawable, footnote, styled

SEEDS = 10  # thin lines; more of them hide each other
FLOOR = 1e-6  # separated samples are flat: the sharpness tends to 0


class SharpnessPlot(Plot):
    """Sharpness along runs."""

    name = "sharpness"
    title = "sharpness beside 2 / step"
    where = "{experiment}/sharpness"
    reads = ("trajectories",)
    observes = "sharpness"

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the sharpness against iterations, a panel per entry.

        Parameters
        ----------
        table : DataFrame
            Trajectories of one dim, with the column ``sharpness``.
        about : About

        Returns
        -------
        Drawing
            ``edge`` is 2 / step.
        """
        table = table[table["sharpness"].notna()]
        order = table.groupby("model")["seed"].rank(method="dense")
        columns = ["model", "dim", "seed", "iteration", "sharpness"]
        shown = table.loc[order <= SEEDS, columns]
        shown["sharpness"] = drawable(shown["sharpness"], low=FLOOR)
        first = ~shown.duplicated(["model", "iteration"])
        shown["edge"] = (2 / table["step_size"]).where(first)
        models = [name for name in about.models if (shown["model"] == name).any()]
        with styled():
            figure, grid = panels(len(models), height=2.4, columns=3)
            palette = colours({name: about.models[name] for name in models})
            for column, model in enumerate(models):
                axes = grid[0, column]
                runs = shown[shown["model"] == model]
                for _, run in runs.groupby("seed"):
                    axes.plot(
                        run["iteration"],
                        run["sharpness"],
                        color=palette[model],
                        linewidth=0.6,
                    )
                edge = runs[runs["edge"].notna()].sort_values("iteration")
                axes.plot(
                    edge["iteration"], edge["edge"], color="0.2", linestyle=(0, (4, 3))
                )
                title(axes, model, 3)
                iteration_axis(axes, float(shown["iteration"].max()))
            grid[0, 0].set_yscale("log")
            for i in leftmost(len(models), 3):
                grid[0, i].set_ylabel("sharpness")
            for i in lowest(len(models), 3):
                grid[0, i].set_xlabel("iteration")
            dim, seeds = shown["dim"].iloc[0], shown["seed"].nunique()
            figure.suptitle(
                f"$d = {dim}$, {seeds} seeds. Dashed: 2 / step.", fontsize=9
            )
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Sharpness, the largest eigenvalue of the Hessian of the loss, against the"
            f" iteration, d = {dim}, {seeds} seeds, one line per run, no statistic, no"
            " interval. Dashed: 2 / step, above which gradient descent on a quadratic"
            f" would diverge. Values below {FLOOR:g} are drawn there. {about.note}"
        )
        return Drawing(figure, shown.reset_index(drop=True), caption)
