"""Judges of exponents and of the tail of T."""

from typing import Any

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, doubts
from gdexp.claims.verdict import Finding, both, within
from gdexp.stats.seeds import with_interval
from gdexp.util.tables import records_of


def _slope(
    evidence: Evidence,
    family: str,
    algorithm: str,
    statistic: str,
    span: tuple[float, float],
) -> Finding:
    rows = evidence.exponents_of(family, algorithm, statistic)
    findings = []
    for row in rows:
        low, high = row["ci_low"], row["ci_high"]
        entry = f" ({row['experiment']}/{row['model']})" if len(rows) > 1 else ""
        number = with_interval(row["exponent"], low, high)
        text = f"{family} {algorithm}{entry}, {statistic}: {number}"
        cells = evidence.entry(row["experiment"], row["model"])
        text += doubts(cells)
        seeds = int(cells["seed"].nunique())
        findings.append(within(low, high, span, text, seeds))
    return both(*findings)


def _best(evidence: Evidence, family: str, span: tuple[float, float]) -> Finding:
    table = evidence.study("best_step")
    row = table[table["model"] == family].iloc[0]
    low, high = row["exponent_low"], row["exponent_high"]
    number = with_interval(row["exponent"], low, high)
    text = f"{family}, best step, q90: {number}"
    return within(low, high, span, text)


LINEAR, TWO_LAYER = (0.93, 1.05), (0.43, 0.55)
BELOW_D, UP_TO_LOGARITHMS = (0.0, 0.75), (0.0, 0.5)


def linear_slopes(evidence: Evidence) -> Finding:
    """Judge: the linear model, at a fixed step and at the best one."""
    return both(
        _slope(evidence, "linear", "gd", "q90", LINEAR),
        _best(evidence, "linear", LINEAR),
    )


def two_layer_slopes(evidence: Evidence) -> Finding:
    """Judge: the conv model at steps kappa / sqrt(d), up to logarithms."""
    findings = []
    for algorithm in ("gd", "perceptron"):
        for statistic in ("mean", "q90"):
            findings += [
                _slope(evidence, "conv", algorithm, statistic, BELOW_D),
                *(
                    _without_log(row)
                    for row in evidence.exponents_of("conv", algorithm, statistic)
                ),
            ]
    return both(*findings)


def _without_log(row: dict[str, Any]) -> Finding:
    """Judge whether T grows no faster than sqrt(d) log d."""
    low, high = row["over_log_low"], row["over_log_high"]
    text = f"T / log d: {with_interval(row['over_log'], low, high)}"
    if np.isfinite(row["sqrt_log_share"]):
        text += ", sqrt(d) log d fits better than a power of d in"
        text += f" {row['sqrt_log_share']:.0%} of the resamples"
    return within(low, high, UP_TO_LOGARITHMS, text)


def two_layer_best(evidence: Evidence) -> Finding:
    """Judge: the conv model at its best step for each d."""
    return _best(evidence, "conv", TWO_LAYER)


def tail_constant(evidence: Evidence) -> Finding:
    """Judge: the 95 % quantile of T / sqrt(d) is the same for all d."""
    rows = _rows(evidence.study("tail"), delta=0.05)
    lows, highs, values = (
        [float(row[name]) for row in rows] for name in ("ci_low", "ci_high", "quantile")
    )
    numbers = ", ".join(
        with_interval(row["quantile"], row["ci_low"], row["ci_high"], ".1f")
        + f" at d = {row['dim']}"
        for row in rows
    )
    return within(
        max(1.0, float(np.max(lows) / np.min(highs))),
        float(np.max(highs) / np.min(lows)),  # NaN if there is no interval at a d
        (1.0, 1.15),
        f"q95/sqrt(d) {numbers}: ratio {max(values) / min(values):.2f}",
    )


def tail_law(evidence: Evidence) -> Finding:
    """T lies between the law with two active samples at every step and with one."""
    findings = []
    for row in _rows(evidence.study("tail"), delta=0.01):
        fastest = row["law"] * row["active"] / 2
        low, high = row["ci_low"], row["ci_high"]
        findings.append(
            within(
                low,
                high,
                (fastest, 2 * fastest),
                f"d = {row['dim']}: {with_interval(row['quantile'], low, high, '.1f')}"
                f" in [{fastest:.1f}, {2 * fastest:.1f}]",
            )
        )
    return both(*findings)


def tail_sharp(evidence: Evidence) -> Finding:
    """Compare with the law at the measured mean number of active samples."""
    findings = []
    for row in _rows(evidence.study("tail"), delta=0.01):
        low, high = row["ci_low"] / row["law"], row["ci_high"] / row["law"]
        ratio = row["quantile"] / row["law"]
        text = f"d = {row['dim']}: {with_interval(ratio, low, high)} of it"
        text += f" (mean |S| {row['active']:.2f})"
        findings.append(within(low, high, (0.9, 1.1), text))
    return both(*findings)


def _rows(table: pd.DataFrame, delta: float) -> list[dict[str, Any]]:
    return records_of(table[np.isclose(table["delta"], delta)])
