"""Scaling exponents: the slope of log T on log d, with an interval over seeds.

The bootstrap draws seeds anew for each d. What T is where a cell was not separated, and
from how many seeds an interval is to be trusted, say `gdexp.stats.seeds` and
`gdexp.stats.statistics`.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.random import Generator, SeedSequence, default_rng

from gdexp.stats.seeds import (
    LEVEL,
    Array,
    percentile_interval,
    times_of,
)
from gdexp.stats.slopes import LAWS, LOCAL, laws, local_slopes, logs, slope, usable
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
    **LAWS,
}
Row = dict[str, object]

BLOCK = 500  # bootstrap samples at a time, to bound memory


class Fits(NamedTuple):
    """What a table of cells comes to.

    Attributes
    ----------
    points : DataFrame
        One row per experiment, model, dim and statistic: value, ci_low, ci_high,
        cells, capped, diverged, censored. No interval (NaN) where there are fewer cells
        than the statistic needs. A censored value is infinite and ``beyond`` is the cap
        that it lies beyond (NaN if no cell was capped and all the others diverged).
    exponents : DataFrame
        One row per experiment, model and statistic: exponent, ci_low, ci_high,
        intercept, cells, capped, diverged, dims used of all, a note that names what was
        left out and why, and the two laws, see `gdexp.stats.slopes.laws`.
    local : DataFrame
        One row per experiment, model, statistic and window of d: exponent, ci_low,
        ci_high, see `gdexp.stats.slopes.local_slopes`.
    """

    points: pd.DataFrame
    exponents: pd.DataFrame
    local: pd.DataFrame


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

    def __call__(self, cells: pd.DataFrame) -> Fits:
        """Fit a table of cells.

        Parameters
        ----------
        cells : DataFrame
            Columns experiment, model, dim, seed, outcome, iterations.

        Returns
        -------
        Fits
        """
        points: list[Row] = []
        exponents: list[Row] = []
        local: list[Row] = []
        for (experiment, model), group in cells.groupby(["experiment", "model"]):
            head = {"experiment": experiment, "model": model}
            for point, exponent, near in self._model(group, f"{experiment}/{model}"):
                points += [head | row for row in point]
                exponents.append(head | exponent)
                local += [head | row for row in near]
        return Fits(
            table_of(points, POINTS),
            table_of(exponents, EXPONENTS),
            table_of(local, LOCAL),
        )

    def _model(
        self, cells: pd.DataFrame, name: str
    ) -> Iterator[tuple[list[Row], Row, list[Row]]]:
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
            # NaN wherever no interval is to be had
            known = np.where(few, np.nan, draws[statistic])
            fit |= laws(dims, values, known, self.level)
            if few.any():
                fit["ci_low"] = fit["ci_high"] = np.nan
                least = min(map(len, samples.values()))
                why = f"no interval: {least} seeds, and it needs {needed} or more"
                fit["note"] = "; ".join(filter(None, [str(fit["note"]), why]))
            near = local_slopes(dims, values, known, self.level)
            yield (
                points,
                {"statistic": statistic, **fit, **_counts(cells)},
                [{"statistic": statistic, **row} for row in near],
            )

    def _fit(self, dims: Array, values: Array, draws: Array) -> Row:
        used = usable(values)
        notes = []
        if np.isinf(values).any():
            notes.append("beyond the cap at d = " + _list(dims[np.isinf(values)]))
        if (values == 0).any():
            notes.append("0 iterations at d = " + _list(dims[values == 0]))
        row: Row = {
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


def _counts(cells: pd.DataFrame) -> Row:
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
