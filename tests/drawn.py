"""What a figure shows, read off its artists, against the numbers beside it."""

import io
from contextlib import suppress

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.patches import Rectangle

# columns of a figure's CSV that say what the numbers belong to, or that a legend or a
# caption has in words; all others are drawn
TOLD = {
    "scaling": "experiment model dim seed outcome statistic open cells capped diverged"
    " exponent exponent_low exponent_high",
    "explicit": "experiment model dim dataset exponent exponent_low exponent_high",
    "local": "experiment model statistic dim_low dim_high dims_used",
    "iterations": "model dim",
    "trajectories": "model dim seed",
    "accuracy": "experiment model family kernel start step samples seed outcome"
    " step_size",
    "run": "",
    "sharpness": "model dim seed",
    "tail": "dim starts active",
    "edge": "data algorithm dim starts",
    "phases": "model",
    "best_step": "model dim starts best open exponent exponent_low exponent_high",
    "homogeneity": "degree power",
    "oscillation": "data model step seed separated",
    "modes": "model modes seed loss",
    "conservation": "depth",
    "products": "kernel way samples columns",
    "reduction": "case model scale mismatch",
    "momentum_rates": "case width",
    "bilinear": "game play place step",
    "mean_field": "activation curve",
    "poisson": "width seed",
    "time_scales": "width scale seed ratio_open rise_open",
    "frozen": "",
    "large_steps": "panel data what",
    "averaged_risk": "set step",
    "implicit": "shown loss gain",
    "flow_limit": "model case shown",
}


def panels_of(figure):
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]


def points_of(axes):
    """Yield the finite points that an axes shows, in data coordinates."""
    assert not axes.containers
    assert not axes.images
    for line in axes.lines:
        yield from np.asarray(line.get_xydata(), float)
    for artist in axes.collections:
        if isinstance(artist, PathCollection):
            yield from np.asarray(artist.get_offsets(), float)
        elif isinstance(artist, LineCollection):
            yield from np.concatenate([np.empty((0, 2)), *artist.get_segments()])
        else:
            assert isinstance(artist, PolyCollection)
            for path in artist.get_paths():
                yield from path.vertices


def seen(axes):
    return {(float(x), float(y)) for x, y in points_of(axes) if np.isfinite(x + y)}


def spans_of(axes):
    for patch in axes.patches:
        assert isinstance(patch, Rectangle)
        yield from (patch.get_x(), patch.get_x() + patch.get_width())


def table_of(drawing):
    """The figure's numbers as a reader of its CSV has them."""
    text = drawing.table.to_csv(index=False)
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    for column in table:
        with suppress(ValueError):  # text stays text
            table[column] = [float(x) if x else np.nan for x in table[column]]
    return table


def compare(drawing, name, table=None):
    """All that is drawn is in the CSV, all in the CSV is drawn, and in view."""
    table = table_of(drawing) if table is None else table
    numbers = table.select_dtypes("number").astype(float)
    rows = numbers.to_numpy()
    written = {(x, y) for row in rows for x in row for y in row if np.isfinite(x + y)}
    panels = panels_of(drawing.figure)
    shown = set().union(*(seen(axes) for axes in panels))
    assert shown, "nothing is drawn"
    assert shown <= written, f"drawn, not in the CSV: {sorted(shown - written)[:5]}"
    spans = {round(x, 12) for axes in panels for x in spans_of(axes)}
    assert spans <= {round(x, 12) for x in rows.ravel() if np.isfinite(x)}
    told = TOLD[name].split()
    assert set(told) <= set(table), "columns that are not there any more"
    assert set(table) - set(told) <= set(numbers), "text of which nothing is said"
    for column in set(numbers) - set(told):
        for value, row in zip(numbers[column], rows, strict=True):
            pairs = {(value, x) for x in row} | {(x, value) for x in row}
            there = np.isnan(value) or pairs & shown or round(value, 12) in spans
            assert there, f"in the CSV, not drawn: {column} = {value}"
    for row, number in zip(rows, table.index, strict=True):
        assert {(x, y) for x in row for y in row} & shown, f"row {number} is not drawn"
    drawing.figure.draw_without_rendering()
    for axes in panels:
        (left, right), (low, high) = (
            sorted(limits) for limits in (axes.get_xlim(), axes.get_ylim())
        )
        for x, y in seen(axes):
            assert left <= x <= right, (axes.get_title(), x)
            assert low <= y <= high, (axes.get_title(), y)


def legends_of(figure):
    return [*figure.legends, *(a.get_legend() for a in figure.axes if a.get_legend())]


def bars_of(figure):
    """The bars of intervals: vertical segments."""
    return [
        segment
        for axes in panels_of(figure)
        for artist in axes.collections
        if isinstance(artist, LineCollection)
        for segment in artist.get_segments()
    ]
