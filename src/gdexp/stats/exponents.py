"""Scaling exponents: the slope of log T on log d, with an interval over seeds.

The bootstrap draws seeds anew for each d. What T is where a cell was not separated, and
from how many seeds an interval is to be trusted, say `gdexp.stats.seeds` and
`gdexp.stats.statistics`.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator, SeedSequence, default_rng

from gdexp.stats.seeds import (
    LEVEL,
    Array,
    percentile_interval,
    times_of,
)
from gdexp.stats.statistics import STATISTICS
from gdexp.util.errors import FitError
from gdexp.util.tables import NUMBER, TEXT, WHOLE, Types, table_of

COUNTS: Types = {"cells": WHOLE, "capped": WHOLE, "diverged": WHOLE}
POINTS: Types = {
    **{"experiment": TEXT, "model": TEXT, "dim": WHOLE, "statistic": TEXT},
    **{"value": NUMBER, "ci_low": NUMBER, "ci_high": NUMBER},
    **COUNTS,
    **{"censored": "bool", "beyond": NUMBER},
}
EXPONENTS: Types = {
    **{"experiment": TEXT, "model": TEXT, "statistic": TEXT, "exponent": NUMBER},
    **{"ci_low": NUMBER, "ci_high": NUMBER, "intercept": NUMBER},
    **{"dims_used": WHOLE, "dims": WHOLE, "note": TEXT},
    **COUNTS,
}

MIN_DIMS = 3  # a line through two points has no residual
BLOCK = 500  # bootstrap samples at a time, to bound memory


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


@dataclass(frozen=True)
class Scaling:
    """A statistic of T per d with bootstrap intervals, and its exponent.

    Parameters
    ----------
    repetitions : int
        Bootstrap samples. Seeds are drawn anew for each d, since the cells of
        different d are independent.
    level : float
        Level of the percentile intervals.
    root_seed : int
        Root of the bootstrap's random streams.
    """

    repetitions: int = 2000
    level: float = LEVEL
    root_seed: int = 0

    def __call__(self, cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return (points, exponents) of a table of cells.

        Parameters
        ----------
        cells : DataFrame
            Columns experiment, model, dim, seed, outcome, iterations.

        Returns
        -------
        points : DataFrame
            One row per experiment, model, dim and statistic: value, ci_low,
            ci_high, cells, capped, diverged, censored. No interval (NaN) where there
            are fewer cells than the statistic needs. A censored value is infinite
            and ``beyond`` is the cap that it lies beyond (NaN if no cell was capped
            and all the others diverged).
        exponents : DataFrame
            One row per experiment, model and statistic: exponent, ci_low, ci_high,
            intercept, cells, capped, diverged, dims used of all, and a note that
            names what was left out and why.
        """
        points: list[dict[str, object]] = []
        exponents: list[dict[str, object]] = []
        for (experiment, model), group in cells.groupby(["experiment", "model"]):
            head = {"experiment": experiment, "model": model}
            for point, exponent in self._model(group, f"{experiment}/{model}"):
                points += [head | row for row in point]
                exponents.append(head | exponent)
        return (
            table_of(points, POINTS),
            table_of(exponents, EXPONENTS),
        )

    def _model(
        self, cells: pd.DataFrame, name: str
    ) -> Iterator[tuple[list[dict[str, object]], dict[str, object]]]:
        by_dim = {
            int(dim): cells[cells["dim"] == dim]
            for dim in sorted(cells["dim"].unique())
        }
        dims = np.array(list(by_dim), dtype=float)
        samples = {dim: times_of(group) for dim, group in by_dim.items()}
        draws = {
            statistic: np.empty((self.repetitions, len(dims)))
            for statistic in STATISTICS
        }
        for column, (dim, times) in enumerate(samples.items()):
            rng = self._rng(name, dim)
            for first in range(0, self.repetitions, BLOCK):
                rows = slice(first, min(first + BLOCK, self.repetitions))
                size = (rows.stop - rows.start, len(times))
                resampled = times[rng.integers(len(times), size=size)]
                for statistic, each in STATISTICS.items():
                    draws[statistic][rows, column] = each().of(resampled)
        for statistic, each in STATISTICS.items():
            values = np.array([each().of(times) for times in samples.values()])
            low, high = percentile_interval(draws[statistic], self.level)
            needed = each.least
            few = np.array([len(times) < needed for times in samples.values()])
            low, high = np.where(few, np.nan, low), np.where(few, np.nan, high)
            points = [
                {
                    "dim": dim,
                    "statistic": statistic,
                    "value": values[i],
                    "ci_low": low[i],
                    "ci_high": high[i],
                    **_counts(group),
                    "censored": bool(np.isinf(values[i])),
                    "beyond": _bound(group) if np.isinf(values[i]) else np.nan,
                }
                for i, (dim, group) in enumerate(by_dim.items())
            ]
            fit = self._fit(dims, values, draws[statistic])
            if few.any():
                fit["ci_low"] = fit["ci_high"] = np.nan
                least = min(map(len, samples.values()))
                why = f"no interval: {least} seeds, and it needs {needed} or more"
                fit["note"] = "; ".join(filter(None, [str(fit["note"]), why]))
            yield points, {"statistic": statistic, **fit, **_counts(cells)}

    def _fit(self, dims: Array, values: Array, draws: Array) -> dict[str, object]:
        used = np.isfinite(values) & (values > 0)
        notes = []
        if np.isinf(values).any():
            notes.append("beyond the cap at d = " + _list(dims[np.isinf(values)]))
        if (values == 0).any():
            notes.append("0 iterations at d = " + _list(dims[values == 0]))
        row: dict[str, object] = {
            "exponent": np.nan,
            "ci_low": np.nan,
            "ci_high": np.nan,
            "intercept": np.nan,
            "dims_used": int(used.sum()),
            "dims": len(dims),
        }
        try:
            log_d, log_t = logs(dims[used], values[used])
        except FitError as error:
            return row | {"note": "; ".join([*notes, str(error)])}
        with np.errstate(divide="ignore"):
            slopes = slope(log_d, np.log(draws[:, used]))
        exponent = float(slope(log_d, log_t))
        low, high = percentile_interval(slopes, self.level)
        if np.isnan(slopes).any():
            notes.append("no interval: some resamples have too few usable dims")
        return row | {
            "exponent": exponent,
            "ci_low": float(low),
            "ci_high": float(high),
            "intercept": float(log_t.mean() - exponent * log_d.mean()),
            "note": "; ".join(notes),
        }

    def _rng(self, name: str, dim: int) -> Generator:
        key = (zlib.crc32(name.encode()), dim)
        return default_rng(SeedSequence(self.root_seed, spawn_key=key))


def logs(dims: Array, values: Array) -> tuple[Array, Array]:
    """Return (log d, log T); FitError if there are too few d for a slope."""
    if len(dims) < MIN_DIMS:
        raise FitError(f"{len(dims)} usable dims; an exponent needs {MIN_DIMS} or more")
    return np.log(dims), np.log(values)


def _counts(cells: pd.DataFrame) -> dict[str, object]:
    outcome = cells["outcome"]
    return {
        "cells": len(cells),
        "capped": int((outcome == "capped").sum()),
        "diverged": int((outcome == "diverged").sum()),
    }


def _bound(cells: pd.DataFrame) -> float:
    return float(cells.loc[cells["outcome"] == "capped", "iterations"].min())


def _list(dims: Array) -> str:
    return ", ".join(f"{dim:.0f}" for dim in dims)
