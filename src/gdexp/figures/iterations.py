"""The distribution of T over seeds, per d: which statistic to trust."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from gdexp.figures.style import WIDTH, Drawing, footnote, iteration_axis, styled
from gdexp.statistics import times_of


def draw_iterations(
    cells: pd.DataFrame, *, models: Mapping[str, str], note: str = ""
) -> Drawing:
    """Draw the share of cells separated within T iterations, a panel per model.

    A curve that ends below 1 leaves out the cells that were capped or diverged.

    Parameters
    ----------
    cells : DataFrame
        The table of cells, of one experiment.
    models : mapping of str to str
        The model entries from left to right, and the family of each.
    note : str
        What the data are and where they come from, for the foot of the figure.

    Returns
    -------
    Drawing
    """
    dims = sorted(cells["dim"].unique())
    norm = LogNorm(dims[0], dims[-1]) if len(dims) > 1 else LogNorm(1, dims[0])
    colour = sns.color_palette("viridis_r", as_cmap=True)
    with styled():
        figure = Figure(figsize=(WIDTH, 2.7), layout="constrained")
        panels = figure.subplots(
            1, len(models), sharex=True, sharey=True, squeeze=False
        )[0]
        for axes, model in zip(panels, models, strict=True):
            for dim in dims:
                times = np.sort(
                    times_of(cells[(cells["model"] == model) & (cells["dim"] == dim)])
                )
                share = np.arange(1, len(times) + 1) / len(times)
                solved = np.isfinite(times)
                axes.step(
                    np.concatenate([[0], times[solved]]),
                    np.concatenate([[0], share[solved]]),
                    where="post",
                    color=colour(norm(dim)),
                    linewidth=1.1,
                )
            iteration_axis(axes, cells["iterations"].max())
            axes.set_ylim(0, 1.03)
            axes.set_title(model)
            axes.set_xlabel("iterations $T$")
        panels[0].set_ylabel("share of cells separated")
        bar = figure.colorbar(
            ScalarMappable(norm, colour),
            ax=list(panels),
            label="dimension $d$",
            pad=0.01,
        )
        bar.minorticks_off()
        footnote(figure, note)
        sns.despine(figure)
    columns = ["model", "dim", "seed", "outcome", "iterations"]
    caption = (
        "Share of the cells separated within T iterations: the empirical distribution"
        f" over {cells['seed'].nunique()} seeds, a curve per d, no interval. A curve"
        f" that ends below 1 leaves out cells that were capped or diverged. {note}"
    )
    return Drawing(figure, cells[columns], caption)
