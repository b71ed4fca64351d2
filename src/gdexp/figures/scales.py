"""Axes that say what is there: ticks at values, a place for 0, series side by side."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, YAxis
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray


def value_ticks(axis: Axis, values: Iterable[float], room: float) -> None:
    """Set ticks of a logarithmic axis at values that are there, as many as fit.

    Parameters
    ----------
    axis : Axis
    values : iterable of float
        As many of them as there is room for, see `written`.
    room : float
        Length of the axis in inches.
    """
    ordered = sorted({float(value) for value in values})
    names = written(ordered)
    letters = max(4 if "^" in name else len(name) for name in names)
    inches = 0.2 if isinstance(axis, YAxis) else 0.07 * (letters + 1)
    apart = math.log(ordered[-1] / ordered[0]) * inches / room
    chosen = [0]
    for i, x in enumerate(ordered):
        if math.log(x / ordered[chosen[-1]]) > apart - 1e-9 and i:
            chosen.append(i)
    axis.set_ticks([ordered[i] for i in chosen], [names[i] for i in chosen])
    axis.set_minor_locator(NullLocator())


def written(values: Sequence[float]) -> list[str]:
    """Return values as powers of 10 or of 2 if all of them are, else as they are.

    >>> written([16, 1024]), written([100, 300])
    (['$2^{4}$', '$2^{10}$'], ['100', '300'])
    """
    for base in (10, 2):
        if all(_power(x, base) for x in values):
            return [f"${base}^{{{round(math.log(x, base))}}}$" for x in values]
    return [f"{x:.12g}" for x in values]


def _power(x: float, base: int) -> bool:
    return math.isclose(float(base) ** round(math.log(x, base)), x, rel_tol=1e-12)


def iteration_axis(axes: Axes, last: float) -> None:
    """Set a logarithmic x axis from 0 to about the last iteration, with few ticks."""
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xticks([0, *_decades(last)])
    axes.set_xlim(0, 1.25 * max(last, 1))


def count_axis(axes: Axes, values: NDArray[np.float64]) -> None:
    """Set a logarithmic y axis of iterations; it has a place for 0 if that is there."""
    values = values[np.isfinite(values)]
    if (values > 0).all():
        axes.set_yscale("log")
        return
    axes.set_yscale("symlog", linthresh=1, linscale=0.5)
    axes.set_yticks([0, *_decades(float(values.max()))])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(-0.2, 2 * max(float(values.max()), 1.0))


def _decades(last: float) -> list[float]:
    decades = max(int(np.ceil(np.log10(max(last, 10)))), 1)
    return [10.0**k for k in range(0, decades + 1, 1 + decades // 4) if 10.0**k <= last]


def beside(count: int, values: Iterable[float]) -> NDArray[np.float64]:
    """Return factors that set so many series beside each other at each of some values.

    They part the closest two values, and no series comes near another's value.
    """
    ordered = np.unique(np.fromiter(values, float))
    gap = np.diff(np.log(ordered)).min() if len(ordered) > 1 else np.log(2)
    places = np.arange(count) - (count - 1) / 2
    factors: NDArray[np.float64] = np.exp(gap * places * min(0.16, 0.7 / count))
    return factors
