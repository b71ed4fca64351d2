"""Plain and optimistic play of bilinear games: last iterates and averages."""

import pandas as pd
import seaborn as sns
from matplotlib.lines import Line2D

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import grow, legend_below, panels, title
from gdexp.figures.style import Drawing, drawable, footnote, styled

FLOOR = 1e-13
LINES = ("-", "--", ":", "-.")
PANEL = 1.2  # inches
VALUES = ("last", "average")


class BilinearPlot(Plot):
    """Plain and optimistic play."""

    name = "bilinear"
    title = "plain and optimistic play"
    where = "studies/bilinear"
    reads = ("studies/bilinear",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the last iterate (top) and the average (bottom), a column per game.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.Bilinear`.
        about : About

        Returns
        -------
        Drawing
        """
        games = list(dict.fromkeys(table["game"]))
        shown = _spread(table[table["iteration"] > 0])
        palette = dict(
            zip(("plain", "optimistic"), sns.color_palette("colorblind"), strict=False)
        )
        with styled():
            figure, grid = panels(len(games), height=3.4, ratios=(1, 1))
            for column, game in enumerate(games):
                own = shown[shown["game"] == game]
                for (play, _), runs in own.groupby(["play", "place"]):
                    t, style = runs["iteration"], LINES[runs["place"].iloc[0] % 4]
                    for axes, name in zip(grid[:, column], VALUES, strict=True):
                        ends = runs[f"{name}_low"], runs[f"{name}_high"]
                        axes.plot(t, runs[name], color=palette[play], linestyle=style)
                        axes.fill_between(t, *ends, color=palette[play], alpha=0.2)
                    axes = grid[0 if game == "plane" else 1, column]
                    axes.plot(t, runs["law"], color=palette[play], lw=2.5, alpha=0.35)
                for axes in grid[:, column]:
                    axes.set_xscale("log")
                    axes.set_yscale("log")
                title(grid[0, column], game, len(games))
                grid[1, column].set_xlabel("iteration")
            grid[0, 0].set_ylabel("last: length or gap")
            grid[1, 0].set_ylabel("average: length or gap")
            plays = [Line2D([], [], color=colour) for colour in palette.values()]
            plays.append(Line2D([], [], color="0.3", lw=2.5, alpha=0.35))
            names = [*palette, "derived"]
            below = [legend_below(grid[1, -1], plays, names, width=PANEL)]
            steps = shown[shown["game"] == "plane"].groupby("place")["step"].first()
            if len(games) > 1 and len(steps):
                lines = [
                    Line2D([], [], color="0.3", ls=LINES[i % 4]) for i in steps.index
                ]
                names = [f"{step:g}" for step in steps]
                below.append(
                    legend_below(
                        grid[1, 0], lines, names, heading="step, plane", width=PANEL
                    )
                )
            grow(figure, max(below))
            footnote(figure, about.note)
            sns.despine(figure)
        seeds = table.loc[table["game"] == "gaussian", "seed"].nunique()
        caption = (
            "Top: the last iterate, its length in the plane and its duality gap in the"
            " margin games; bottom: the average of the iterates. On two_point the step"
            " is a share, named above, of the one up to which plain play converges."
            f" Gaussian games: median over {seeds}, shaded from the smallest to the"
            " largest, no interval; the others have no randomness. Broad pale lines:"
            " the derived factor of the length, and bounds on the gap of the average;"
            f" values below {FLOOR:g} are drawn there. {about.note}"
        )
        return Drawing(figure, shown, caption)


def _spread(table: pd.DataFrame) -> pd.DataFrame:
    """Return medians over seeds with the least and largest, by game, play and step."""
    alone = table["game"] == "gaussian"  # each has a step of its own
    table = table.assign(step=table["step"].mask(alone))
    steps = table.groupby("game")["step"].rank(method="dense").fillna(1) - 1
    groups = table.assign(place=steps.astype(int)).groupby(
        ["game", "play", "place", "iteration"], sort=False
    )
    found = groups[["step", *VALUES, "law"]].median()
    for name in VALUES:
        found[f"{name}_low"] = groups[name].min()
        found[f"{name}_high"] = groups[name].max()
    for name in {*found} - {"step"}:
        found[name] = drawable(found[name], low=FLOOR)
    return found.reset_index()
