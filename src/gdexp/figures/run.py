"""One cell's trajectory, for people who want to play."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from gdexp.figures.base import About, Plot
from gdexp.figures.scales import iteration_axis
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    drawable,
    footnote,
    hue,
    plain,
    styled,
)

FLOOR = 1e-12
ROWS = (
    ("loss", "logistic loss"),
    ("accuracy", "accuracy"),
    ("norm", "parameter norm"),
)


class RunPlot(Plot):
    """One run."""

    name = "run"
    title = "one run"
    where = ""
    reads = ("trajectory",)

    def draw(self, trajectory: dict[str, list[Any]], *, about: About) -> Drawing:
        """Draw loss, accuracy and norm along a run.

        Parameters
        ----------
        trajectory : dict
            Observable -> list, as in a record.
        about : About

        Returns
        -------
        Drawing
        """
        (family,) = about.models.values()
        names = ["iteration", *(name for name, _ in ROWS)]
        table = pd.DataFrame(trajectory)[names].astype(float)
        for name, _ in ROWS:
            low = -np.inf if name == "accuracy" else FLOOR
            table[name] = drawable(table[name], low=low)
        with styled():
            figure = Figure(figsize=(WIDTH * 0.75, 4.6), layout="constrained")
            panels = figure.subplots(len(ROWS), 1, sharex=True)
            for axes, (name, label) in zip(panels, ROWS, strict=True):
                if name != "accuracy":
                    axes.set_yscale("log")
                style = {"color": hue(family), "marker": ".", "markersize": 3}
                axes.plot(table["iteration"], table[name], **style)
                axes.set_ylabel(label)
            panels[1].set_ylim(-0.05, 1.05)
            iteration_axis(panels[-1], float(table["iteration"].max()))
            panels[-1].set_xlabel("iteration")
            figure.suptitle(plain(about.title), fontsize=9)
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            f"Loss, accuracy and norm along one run: {about.title}. Values below"
            f" {FLOOR:g} are drawn there. {about.note}"
        )
        return Drawing(figure, table, caption)
