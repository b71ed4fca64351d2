"""The error of products with a Gram matrix against their cost."""

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gdexp.figures.base import About, Plot
from gdexp.figures.layout import legend_beside
from gdexp.figures.style import (
    WIDTH,
    Drawing,
    footnote,
    markers,
    ordered_colours,
    styled,
)

WAYS = {"features": ("-", "random features"), "landmarks": ("--", "Nyström")}


class ProductsPlot(Plot):
    """Products with a Gram matrix."""

    name = "products"
    title = "error against cost of products with a Gram matrix"
    where = "studies/products"
    reads = ("studies/products",)

    def draw(self, table: pd.DataFrame, *, about: About) -> Drawing:
        """Draw the error against the multiplications for each n, a panel per kernel.

        Parameters
        ----------
        table : DataFrame
            As from `gdexp.studies.products.Products`.
        about : About

        Returns
        -------
        Drawing
        """
        shown = _shown(table)
        kernels = list(dict.fromkeys(shown["kernel"]))
        sizes = sorted(shown["samples"].unique())
        palette, shapes = ordered_colours(sizes), markers([str(n) for n in sizes])
        with styled():
            figure = Figure(figsize=(WIDTH, 2.9), layout="constrained")
            panels = figure.subplots(1, len(kernels), sharey=True, squeeze=False)[0]
            for axes, kernel in zip(panels, kernels, strict=True):
                for (way, n), own in shown[shown["kernel"] == kernel].groupby(
                    ["way", "samples"]
                ):
                    style: dict[str, Any]
                    if way == "exact":
                        ends = own["least"], own["most"]
                        style = {"color": palette[n], "lw": 0.9, "ls": ":"}
                        axes.vlines(own["multiplications"], *ends, **style)
                        continue
                    style = {"color": palette[n], "ls": WAYS[way][0]}
                    axes.plot(
                        own["multiplications"],
                        own["error"],
                        marker=shapes[str(n)],
                        markersize=3.5,
                        **style,
                    )
                    ends = own["least"], own["most"]
                    axes.fill_between(
                        own["multiplications"],
                        *ends,
                        color=palette[n],
                        alpha=0.12,
                        lw=0,
                    )
                axes.set_xscale("log")
                axes.set_yscale("log")
                axes.set_title(f"{kernel} kernel")
                axes.set_xlabel("multiplications")
            panels[0].set_ylabel("relative error of $K v$")
            _legend(figure, palette, shapes)
            footnote(figure, about.note)
            sns.despine(figure)
        caption = (
            "Relative error of products of n x n Gram matrices with Gaussian vectors"
            " against the multiplications that one product takes, by random features"
            " (solid) and by Nystroem's landmarks (dashed), for m ="
            f" {', '.join(str(m) for m in _columns(table))} of them. Root mean square"
            f" over {table['seed'].nunique()} draws of samples, vectors and columns,"
            " shaded from the smallest to the largest, no interval. Dotted: the cost of"
            f" the exact product. {about.note}"
        )
        return Drawing(figure, shown, caption)


def _columns(table: pd.DataFrame) -> list[int]:
    return sorted(table.loc[table["way"] != "exact", "columns"].unique())


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row per marker, and one per exact product, from bottom to top."""
    keys = ["kernel", "way", "samples", "columns", "multiplications"]
    groups = table.assign(square=table["error"] ** 2).groupby(keys, sort=False)
    shown = groups.agg(
        least=("error", "min"), most=("error", "max"), square=("square", "mean")
    ).reset_index()
    exact = shown["way"] == "exact"
    shown["error"] = np.sqrt(shown.pop("square")).mask(exact)
    shown.loc[exact, "least"] = shown.loc[~exact, "least"].min()
    shown.loc[exact, "most"] = shown.loc[~exact, "most"].max()
    return shown


def _legend(figure: Figure, palette: Any, shapes: Any) -> None:
    lines: list[Artist] = [
        Line2D([], [], color=palette[n], marker=shapes[str(n)], ms=4) for n in palette
    ]
    names = [f"$n$ = {n}" for n in palette]
    for style, name in (*WAYS.values(), (":", "exact product")):
        lines.append(Line2D([], [], color="0.3", ls=style))
        names.append(name)
    legend_beside(figure, lines, names, heading="")
