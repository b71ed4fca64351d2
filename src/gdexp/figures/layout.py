"""What stands where: panels that stay readable, and legends off the data."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from gdexp.figures.style import WIDTH, plain

COLUMNS = 4  # panels side by side; more of them cannot be read at this width
SMALL, LINE = (
    7,
    0.155,
)  # size of legends in points, height of one of their lines in inches


def panels(
    count: int,
    *,
    height: float,
    ratios: Sequence[float] = (1,),
    columns: int = COLUMNS,
) -> tuple[Figure, NDArray[Any]]:
    """Return a figure with blocks of panels, one below the other, for so many names.

    Parameters
    ----------
    count : int
        Blocks; those that find no place in a line stand in the next one.
    height : float
        Of a line of blocks, in inches.
    ratios : sequence of float
        Heights of the panels of a block; those of one row share their y axis.
    columns : int
        Blocks in a line.

    Returns
    -------
    figure : Figure
    axes : ndarray of Axes, shape (rows, count)
    """
    across = min(count, columns)
    lines, rows = math.ceil(count / across), len(ratios)
    figure = Figure(figsize=(WIDTH, 0.4 + lines * height), layout="constrained")
    heights = [*ratios] * lines
    places = figure.add_gridspec(lines * rows, across, height_ratios=heights)
    axes = np.empty((rows, count), dtype=object)
    for row in range(rows):
        for i in range(count):
            shared = axes[row, 0] if i else None
            place = places[(i // across) * rows + row, i % across]
            axes[row, i] = figure.add_subplot(place, sharey=shared)
            axes[row, i].tick_params(which="both", labelleft=i % across == 0)
            axes[row, i].tick_params(labelbottom=row == rows - 1)
    return figure, axes


def title(axes: Axes, name: str, across: int) -> None:
    """Set the name of an entry above one of so many panels, in lines that fit."""
    letters = int(14 * WIDTH / min(across, COLUMNS))
    axes.set_title(plain(wrapped(name, letters)), fontsize=8)


def wrapped(name: str, letters: int) -> str:
    """Return a name in lines, parted after hyphens and blanks, or else anywhere.

    >>> print(wrapped("momentum=0.9-step=1", 13))
    momentum=0.9-
    step=1
    """
    lines = [""]
    for piece in re.split(r"(?<=[- ])", name):
        parts = [piece[i : i + letters] for i in range(0, len(piece), letters)]
        for part in parts:
            if len(lines[-1]) + len(part) > letters and lines[-1]:
                lines.append("")
            lines[-1] += part
    return "\n".join(lines)


def leftmost(count: int, columns: int = COLUMNS) -> range:
    """Return which of the panels stand at the left, where a y axis has its name."""
    return range(0, count, min(count, columns))


def lowest(count: int, columns: int = COLUMNS) -> range:
    """Return which of the panels have none below, where an x axis has its name."""
    return range(max(0, count - min(count, columns)), count)


def legend_below(
    axes: Axes,
    handles: Sequence[Artist],
    labels: Sequence[str],
    *,
    heading: str = "",
    width: float = WIDTH - 0.8,
) -> float:
    """Put a legend below axes, in as many columns as fit into a width in inches.

    Return its height in inches, by which the figure has to `grow`.
    """
    shown = [wrapped(label, int(width * 15)) for label in labels]
    columns = max(1, min(len(labels), int(width / (0.4 + _widest(shown)))))
    figure = axes.get_figure(root=True)
    assert figure is not None
    below = ScaledTranslation(0, -34 / 72, figure.dpi_scale_trans)
    axes.legend(
        handles,
        shown,
        title=heading or None,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=axes.transAxes + below,
        borderaxespad=0,
        **_small(columns),
    )
    lines = sum(label.count("\n") + 1 for label in shown)
    return LINE * (math.ceil(lines / columns) + bool(heading)) + 0.1


def legend_beside(
    figure: Figure, handles: Sequence[Artist], labels: Sequence[str], *, heading: str
) -> None:
    """Put a legend to the right of all axes; the figure grows until it fits."""
    kept = figure.get_figheight() - 0.5
    columns = min(3, math.ceil((len(labels) + 1) * LINE / kept))
    figure.legend(
        handles, labels, title=heading, loc="outside right upper", **_small(columns)
    )
    lines = math.ceil(len(labels) / columns) + 1
    figure.set_figheight(max(figure.get_figheight(), 0.5 + lines * LINE))


def _small(columns: int) -> dict[str, Any]:
    sizes = {"fontsize": SMALL, "title_fontsize": SMALL, "alignment": "left"}
    gaps = {"columnspacing": 1.2, "handlelength": 1.8, "labelspacing": 0.35}
    return {"ncols": columns, "frameon": False} | sizes | gaps


def _widest(labels: Iterable[str]) -> float:
    lines = [line for label in labels for line in label.split("\n") if line.strip()]
    paths = (TextPath((0, 0), line, size=SMALL) for line in lines)
    return max((float(path.get_extents().width) / 72 for path in paths), default=0.0)


def grow(figure: Figure, height: float) -> None:
    """Make a figure higher, for legends, so that the data keep their place."""
    figure.set_figheight(figure.get_figheight() + height)
