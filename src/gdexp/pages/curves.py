"""Trajectories as a page holds them: few points, few digits, and bands over seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.core.observables import OBSERVABLES
from gdexp.stats.seeds import quantile

Array = NDArray[np.float64]
Series = Mapping[str, Sequence[Any]]

POINTS = 60  # of a curve: a screen shows no more
DIGITS = 5
BAND = (0.1, 0.5, 0.9)  # quantiles over seeds


def thinned(iterations: Sequence[int], most: int = POINTS) -> list[int]:
    """Return which points of a curve to keep: log-spaced, the first and the last too.

    >>> thinned([0, 1, 2, 3, 4, 6, 8, 16, 17], 5)
    [0, 2, 4, 6, 8]
    """
    count = len(iterations)
    if count <= most:
        return list(range(count))
    places = np.log1p(np.asarray(iterations, float))
    wanted = np.linspace(places[0], places[-1], most)
    return sorted({*np.searchsorted(places, wanted - 1e-9).tolist(), 0, count - 1})


def rounded(x: Any) -> Any:
    """Return a number with few digits; whole numbers, and none, as they are.

    >>> rounded(0.123456789), rounded(12345678), rounded(None)
    (0.12346, 12345678, None)
    """
    if isinstance(x, int) or x is None:
        return x
    short = float(f"{x:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def curve(trajectory: Series) -> dict[str, list[Any]]:
    """Return one run's curves: ``iteration`` and all that was recorded along it."""
    kept = thinned(trajectory["iteration"])
    return {
        name: [rounded(values[i]) for i in kept] for name, values in trajectory.items()
    }


def bands(trajectories: Sequence[Series]) -> dict[str, Any]:
    """Return quantiles over runs, at log-spaced iterations.

    A run keeps the values of its last recorded iteration, also after its end. What was
    no finite number (null in a record) counts as infinite, on the side that is worse.

    Returns
    -------
    dict
        ``iteration``, and for each observable the three `BAND` quantiles: lists with
        None where one is infinite.
    """
    last = max(each["iteration"][-1] for each in trajectories)
    wanted = np.expm1(np.linspace(0, np.log1p(last), POINTS)).round()
    grid = np.unique(wanted)
    # of each run, the last recorded iteration at or before
    places = [
        np.searchsorted(np.asarray(each["iteration"]), grid, side="right") - 1
        for each in trajectories
    ]
    found: dict[str, Any] = {"iteration": grid.astype(int).tolist()}
    for name in trajectories[0]:
        if name == "iteration":
            continue
        worst = -np.inf if _better(name) else np.inf
        values = np.array(
            [
                _numbers(each[name], worst)[place]
                for each, place in zip(trajectories, places, strict=True)
            ]
        )
        found[name] = [
            [rounded(x) if np.isfinite(x) else None for x in quantile(values, q, 0)]
            for q in BAND
        ]
    return found


def _better(name: str) -> bool:
    """Return whether more of what is recorded under a name is better."""
    own = OBSERVABLES.get(name)
    return own.better if own else name in ("min_margin", "accuracy")


def _numbers(values: Sequence[Any], worst: float) -> Array:
    return np.array([worst if x is None else x for x in values], float)
