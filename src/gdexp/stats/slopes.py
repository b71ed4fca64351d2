"""Slopes of log T on log d: over all d, over windows of them, and without a logarithm.

One slope over all d mixes regimes, and O~(sqrt d) hides a logarithm. A window shows
what the slope becomes as d grows; and T = a sqrt(d) log d, with a alone to choose, is
set against T = a d^p.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gdexp.stats.seeds import Array, percentile_interval
from gdexp.util.errors import FitError
from gdexp.util.tables import NUMBER, TEXT, WHOLE, Types

if TYPE_CHECKING:
    import pandas as pd

LOCAL: Types = {
    **{"experiment": TEXT, "model": TEXT, "statistic": TEXT},
    **{"dim_low": WHOLE, "dim_high": WHOLE, "dims_used": WHOLE},
    **{"exponent": NUMBER, "ci_low": NUMBER, "ci_high": NUMBER},
}
LAWS: Types = {
    **{"over_log": NUMBER, "over_log_low": NUMBER, "over_log_high": NUMBER},
    **{"rms_power": NUMBER, "rms_sqrt_log": NUMBER, "sqrt_log_share": NUMBER},
}
MIN_DIMS = 3  # a line through two points has no residual
WINDOW = 16  # the last d of a window over its first: four octaves


def slope(log_d: Array, log_t: Array) -> Array:
    """Return least-squares slopes over the finite entries of each row.

    Parameters
    ----------
    log_d : ndarray, shape (p,)
    log_t : ndarray, shape (..., p)
        Rows of values; infinite ones are left out of their row.

    Returns
    -------
    ndarray, shape (...)
        NaN where fewer than two distinct d are left.
    """
    there = np.isfinite(log_t)
    count = there.sum(axis=-1)
    x = np.where(there, log_d, 0.0)
    y = np.where(there, log_t, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x = (x.sum(axis=-1) / count)[..., None]
        mean_y = (y.sum(axis=-1) / count)[..., None]
        dx = np.where(there, log_d - mean_x, 0.0)
        dy = np.where(there, y - mean_y, 0.0)
        slopes: Array = (dx * dy).sum(axis=-1) / (dx**2).sum(axis=-1)
    return np.where(count > 1, slopes, np.nan)


def logs(dims: Array, values: Array) -> tuple[Array, Array]:
    """Return (log d, log T); FitError if there are too few d for a slope."""
    if len(dims) < MIN_DIMS:
        raise FitError(f"{len(dims)} usable dims; an exponent needs {MIN_DIMS} or more")
    return np.log(dims), np.log(values)


def usable(values: Array) -> NDArray[np.bool_]:
    """Return which values have a finite logarithm."""
    return np.isfinite(values) & (values > 0)


def windows(dims: Array) -> Iterator[NDArray[np.bool_]]:
    """Yield which dims lie in each window: of `WINDOW` from its first to its last d.

    >>> dims = np.array([2.0, 8.0, 32.0, 128.0])
    >>> [dims[own].tolist() for own in windows(dims)]
    [[2.0, 8.0, 32.0], [8.0, 32.0, 128.0]]
    """
    for first in dims[dims * WINDOW <= dims.max() * (1 + 1e-9)]:
        yield (dims >= first) & (dims <= first * WINDOW * (1 + 1e-9))


def local_slopes(
    dims: Array, values: Array, draws: Array, level: float
) -> Iterator[dict[str, object]]:
    """Yield the slope over each window that has enough usable d.

    Parameters
    ----------
    dims, values : ndarray, shape (p,)
        The d, increasing, and a statistic of T at each.
    draws : ndarray, shape (repetitions, p)
        The statistic of bootstrap samples; NaN at a d where no interval is to be had.
    level : float
        Of the interval.
    """
    for window in windows(dims):
        own = window & usable(values)
        if own.sum() < MIN_DIMS:
            continue
        log_d, log_t = logs(dims[own], values[own])
        low, high = _interval(log_d, _log(draws[:, own]), level)
        yield {
            "dim_low": int(dims[own].min()),
            "dim_high": int(dims[own].max()),
            "dims_used": int(own.sum()),
            "exponent": float(slope(log_d, log_t)),
            "ci_low": low,
            "ci_high": high,
        }


def last_windows(local: "pd.DataFrame", points: "pd.DataFrame") -> "pd.DataFrame":
    """Return the windows that reach the largest d of their entry, with all T finite.

    Where runs were given up, the last window that has a slope is an earlier one, which
    says nothing of what the slope becomes.

    Parameters
    ----------
    local : DataFrame
        See `LOCAL`.
    points : DataFrame
        Columns experiment, model, dim, and ``finite``: whether T is there.
    """
    keys = ["experiment", "model"]
    reach = points.groupby(keys)["dim"].max().rename("reach")
    lost = points[~points["finite"]].groupby(keys)["dim"].max().rename("lost")
    windows = local.join(reach, on=keys).join(lost, on=keys)
    right = windows["dim_high"] == windows["reach"]
    return local[right & ~(windows["lost"] >= windows["dim_low"])]


def laws(dims: Array, values: Array, draws: Array, level: float) -> dict[str, float]:
    """Compare T = a d^p with T = a sqrt(d) log d.

    Parameters
    ----------
    dims, values, draws, level
        As in `local_slopes`.

    Returns
    -------
    dict
        ``over_log``, the slope of log(T / log d) on log d, with its interval;
        ``rms_power`` and ``rms_sqrt_log``, the root mean square of what each law leaves
        of log T; and ``sqrt_log_share``, the share of the bootstrap samples of which
        the second leaves less, though it has one parameter less. NaN without enough d.
    """
    own = usable(values)
    try:
        log_d, log_t = logs(dims[own], values[own])
    except FitError:
        return dict.fromkeys(LAWS, np.nan)
    log_draws = _log(draws[:, own])
    loglog = np.log(log_d)
    low, high = _interval(log_d, log_draws - loglog, level)
    power, sqrt_log = _residuals(log_d, log_t)
    powers, sqrt_logs = _residuals(log_d, log_draws)
    share = np.nan if np.isnan(low) else float((sqrt_logs < powers).mean())
    return {
        "over_log": float(slope(log_d, log_t - loglog)),
        "over_log_low": low,
        "over_log_high": high,
        "rms_power": float(power),
        "rms_sqrt_log": float(sqrt_log),
        "sqrt_log_share": share,
    }


def _log(draws: Array) -> Array:
    with np.errstate(divide="ignore"):
        logarithms: Array = np.log(draws)
    return logarithms


def _interval(log_d: Array, log_draws: Array, level: float) -> tuple[float, float]:
    """Return the interval of the slope, NaN if there are d without draws."""
    if np.isnan(log_draws).any():
        return np.nan, np.nan
    low, high = percentile_interval(slope(log_d, log_draws), level)
    return float(low), float(high)


def _residuals(log_d: Array, log_t: Array) -> tuple[Array, Array]:
    """Return the root mean squares that a d^p and a sqrt(d) log d leave of rows."""
    power = log_t - slope(log_d, log_t)[..., None] * log_d
    sqrt_log = log_t - 0.5 * log_d - np.log(log_d)
    return _spread(power), _spread(sqrt_log)


def _spread(rows: Array) -> Array:
    rows = np.where(np.isfinite(rows), rows, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        count = np.isfinite(rows).sum(axis=-1)
        mean = np.nansum(rows, axis=-1) / count
        spread: Array = np.sqrt(
            np.nansum((rows - mean[..., None]) ** 2, axis=-1) / count
        )
    return spread
