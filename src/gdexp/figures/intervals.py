"""Intervals, drawn where there are any, and the words for them."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from gdexp.figures.style import Colour


def intervals(axes: Axes, x: Any, table: pd.DataFrame, colour: Colour) -> None:
    """Draw ci_low to ci_high of a table; nothing where either of them is no number.

    Bars of their own rather than error bars of a marker, which would draw the ends at
    value - (value - ci_low). One that is ``open`` goes on beyond its upper end: an
    arrow instead of a cap.
    """
    x, low, high = (
        np.asarray(a, float) for a in (x, table["ci_low"], table["ci_high"])
    )
    there = np.isfinite(low) & np.isfinite(high)
    opened = table["open"].to_numpy(bool) if "open" in table else np.zeros(len(x), bool)
    style: dict[str, Any] = {"color": colour, "zorder": 3.5, "linestyle": "none"}
    axes.vlines(x[there], low[there], high[there], color=colour, lw=1.1, zorder=3.5)
    ends = (
        (low, there, "_"),
        (high, there & ~opened, "_"),
        (high, there & opened, "^"),
    )
    for end, chosen, marker in ends:
        axes.plot(x[chosen], end[chosen], marker=marker, markersize=5, **style)


def bounded(table: pd.DataFrame, cap: Any) -> pd.DataFrame:
    """Return the table with intervals as they are drawn, both ends or none.

    One that goes on beyond the cap ends there and is marked as ``open``.
    """
    low, high = table["ci_low"], table["ci_high"]
    none = low.isna() | high.isna() | np.isinf(low)
    opened = ~none & np.isinf(high)
    ends = {"ci_low": low.mask(none), "ci_high": high.mask(none).mask(opened, cap)}
    return table.assign(**ends, open=opened)


def interval_words(table: pd.DataFrame, kind: str) -> str:
    """Say of a caption's numbers whether they have intervals, of which kind.

    >>> some = pd.DataFrame({"ci_low": [1.0, np.nan]})
    >>> interval_words(some, "95 % bootstrap interval")
    'with its 95 % bootstrap interval where there are enough runs for one'
    >>> interval_words(some[1:], "95 % bootstrap interval")
    'no interval: too few runs for one'
    """
    there = table["ci_low"].notna()
    if not there.any():
        return "no interval: too few runs for one"
    words = f"with its {kind}"
    if not there.all():
        words += " where there are enough runs for one"
    if "open" in table and table["open"].any():
        words += ", an arrow where it goes on beyond the cap"
    return words
