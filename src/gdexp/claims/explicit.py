"""Judges of what accelerates explicitly, beside what does so implicitly.

They look at the experiments whose names begin with ``explicit-``. Entries that start
from 0 on fixed data are deterministic: their slope over the last four octaves is one
number, and it lies in the expected range or not. Those from Gaussian starts are judged
by the slope over all d, whose interval is narrow enough for that.
"""

from typing import Any

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError
from gdexp.claims.verdict import Finding, Judge, both, equal, within
from gdexp.stats.seeds import times_of, with_interval
from gdexp.stats.slopes import last_windows
from gdexp.util.tables import records_of

PREFIX = "explicit-"
SAME_IN_ALL_FRAMES = ("gd", "nag", "smooth_perceptron", "dual_acceleration")


def slopes(
    family: str, algorithms: tuple[str, ...], span: tuple[float, float]
) -> Judge:
    """Return the judge of the slopes of (mean) T."""

    def judge(evidence: Evidence) -> Finding:
        own = _cells(evidence, family, algorithms)
        own = own[~own["dataset"].str.endswith(":rotated")]
        ends = own.assign(finite=own["outcome"] == "separated")
        windows = last_windows(evidence.local, ends)
        findings = []
        for row in _entries(own):
            random = row["seeds"] > 1
            fits = evidence.exponents if random else windows
            fits = fits[
                (fits["experiment"] == row["experiment"])
                & (fits["model"] == row["model"])
                & (fits["statistic"] == "mean")
            ]
            name = f"{row['dataset']} {row['algorithm']}"
            if fits.empty:
                raise MissingError(f"{name}: T is not finite over the last octaves")
            (last,) = records_of(fits)
            value, low, high = last["exponent"], last["ci_low"], last["ci_high"]
            if random:
                number = with_interval(value, low, high)
                text = f"{name} {number}"
                findings.append(within(low, high, span, text, row["seeds"]))
            else:
                right = span[0] <= value <= span[1]
                why = f"{name} lies outside [{span[0]:g}, {span[1]:g}]"
                findings.append(equal(right, f"{name} {value:.2f}", why))
        return both(*findings)

    return judge


def frames(evidence: Evidence) -> Finding:
    """Judge: what depends on inner products alone has the same T in every frame."""
    findings = []
    for algorithm in (*SAME_IN_ALL_FRAMES, "adam"):
        own = _cells(evidence, "linear", (algorithm,))
        findings += _frames(algorithm, own, algorithm in SAME_IN_ALL_FRAMES)
    findings += _frames("diagonal gd", _cells(evidence, "diagonal", ("gd",)), False)
    return both(*findings)


def _frames(name: str, cells: pd.DataFrame, same: bool) -> list[Finding]:
    """Compare T in all frames with T of the samples as they are."""
    turned = cells["dataset"].str.endswith(":rotated")
    if not turned.any() or turned.all():
        raise MissingError(f"{name}: not run on samples both as they are and rotated")
    cells = cells.assign(
        T=times_of(cells), plain=cells["dataset"].str.partition(":")[0]
    )
    keys = ["plain", "dim"]
    fixed = cells[~turned].groupby(keys)["T"].first()
    both_of = cells[turned].join(fixed.rename("fixed"), on=keys, how="inner")
    both_of = both_of[np.isfinite(both_of["fixed"])]
    if both_of.empty:
        raise MissingError(f"{name}: no d with a finite T for both")
    alike = both_of["T"] == both_of["fixed"]
    if same:
        text = f"{name}: the same T in {alike.sum()} of {len(both_of)} frames"
        return [equal(bool(alike.all()), text, f"{name}: T depends on the frame")]
    ratio = both_of["T"] / both_of["fixed"]
    text = f"{name}: {ratio.min():.2g} to {ratio.max():.2g} times as many"
    return [equal(not alike.all(), text, f"{name}: T does not depend on the frame")]


def _cells(
    evidence: Evidence, family: str, algorithms: tuple[str, ...]
) -> pd.DataFrame:
    cells = evidence.cells
    own = cells[
        cells["experiment"].str.startswith(PREFIX)
        & (cells["family"] == family)
        & cells["algorithm"].isin(algorithms)
    ]
    if own.empty:
        raise MissingError(
            f"no {family} with {', '.join(algorithms)} in an experiment {PREFIX}..."
        )
    return own


def _entries(cells: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the entries that cells belong to, and how many seeds each has."""
    names = ["experiment", "model", "dataset", "algorithm"]
    seeds = cells.groupby(names, sort=False)["seed"].nunique().rename("seeds")
    return records_of(seeds.reset_index())
