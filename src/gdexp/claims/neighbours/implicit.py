"""Judges of implicit stochastic gradient descent, arXiv 2303.01767.

With the Huber loss a long step on one sample is the passive-aggressive update, and
sweeps of those are alternating projections onto the planes where a margin is 1. From
0, with c2 = cos^2 of the angle between two samples, sample 2's update leaves sample 1
at the margin 1 - e, and each sweep multiplies e by c2: it is separated when e < 1.

    two_point:  e = 3/2 c2^k, c2 = 1 - 9 / (4 d) + ...:  T / d -> (8 / 9) log(3 / 2)
    c1:         e = 2 c2^k,   c2 = 1 - 4 / d + ...:      T / d -> log(2) / 2
"""

import math

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError, largest
from gdexp.claims.verdict import Claim, Finding, both, equal, within
from gdexp.stats.seeds import times_of

CONSTANTS = {"two_point": 8 / 9 * math.log(1.5), "c1": math.log(2) / 2}
LARGE = 1e6  # the step that stands for a long one


def aggressive(evidence: Evidence) -> Finding:
    """Judge: with the Huber loss, the distance is 2 (1 - m) over the gain."""
    table = evidence.study("implicit")
    own = table[(table["loss"] == "huber") & (table["margin"].abs() < 1)]
    # below, and beyond, the distance is that of rounding
    own = own[own["gain"].between(100, 1e8)]
    if own.empty:
        raise MissingError("no gains from 100 to 1e8 with the Huber loss")
    law = (1 - own["margin"]) / (1 + own["gain"] / 2)
    error = largest((own["distance"] / law - 1).abs())
    last = table[(table["loss"] == "huber") & (table["gain"] == table["gain"].max())]
    gap = largest(last["distance"])
    return equal(
        error <= 1e-3 and gap <= 1e-6,
        f"distance {gap:.0e} at the gain {last['gain'].iloc[0]:.0e}; within"
        f" {error:.0e} of (1 - m) / (1 + gain/2) from 100 to 1e8",
        "the limit is not the passive-aggressive update, or not reached like 1/step",
    )


def logarithm(evidence: Evidence) -> Finding:
    """Judge: with the logistic loss, m' is what the equation and Lambert's W say."""
    table = evidence.study("implicit")
    own = table[table["loss"] == "logistic"]
    size = own["exact"].abs().clip(lower=1)
    error = largest(((own["new_margin"] - own["exact"]) / size).abs())
    room = 1e-10 * size
    between = (own["low"] - room <= own["new_margin"]) & (
        own["new_margin"] <= own["high"] + room
    )
    last = own[own["gain"] == own["gain"].max()]
    gain = float(last["gain"].iloc[0])
    ratio = float(last["new_margin"].median()) / math.log(gain)
    return equal(
        error <= 1e-10 and bool(between.all()),
        f"largest error {error:.0e}, {between.sum()} of {len(own)} between both"
        f" bounds; m' / log(gain) is {ratio:.3f} at the gain {gain:.0e}",
        "the new margin is not the solution, or not between its bounds",
    )


def projections(evidence: Evidence) -> Finding:
    """Judge T / d of the Huber loss at a long step by alternating projections."""
    findings = []
    for data, constant in CONSTANTS.items():
        cells = _cells(evidence, data, "huber", LARGE)
        last = cells[cells["dim"] == cells["dim"].max()].iloc[0]
        dim, value = int(last["dim"]), float(last["T"]) / last["dim"]
        findings.append(
            equal(
                abs(value / constant - 1) <= 0.01,
                f"{data}: T / d = {value:.4f} at d = {dim:,}, {constant:.4f} derived",
                f"{data}: not within 1 %",
            )
        )
    return both(*findings)


def exponent(evidence: Evidence) -> Finding:
    """Judge the exponent of T on two_point, at each step."""
    cells = _cells(evidence, "two_point", "logistic")
    findings = []
    for step, own in cells.groupby("step_size"):
        rows = evidence.exponents
        fit = rows[
            (rows["experiment"] == own["experiment"].iloc[0])
            & (rows["model"] == own["model"].iloc[0])
            & (rows["statistic"] == "mean")
        ]
        value = float(fit["exponent"].iloc[0]) if len(fit) else math.nan
        findings.append(
            within(value, value, (0.9, 1.1), f"step {step:g}: exponent {value:.2f}")
        )
    return both(*findings)


def alike(evidence: Evidence) -> Finding:
    """Judge: T with the logistic loss at a long step, over that of projections."""
    logistic, huber = (
        _cells(evidence, "two_point", loss, LARGE).set_index("dim")["T"]
        for loss in ("logistic", "huber")
    )
    times = pd.concat([logistic, huber], axis=1, join="inner")
    times = times[times.index >= 256]  # below, T is a few tens
    if times.empty or not np.isfinite(times).all(axis=None):
        raise MissingError("no d of 256 or more with both losses, or not separated")
    ratio = logistic.loc[times.index] / huber.loc[times.index]
    return within(
        float(ratio.min()),
        float(ratio.max()),
        (0.9, 1.1),
        f"T(logistic) / T(huber) {ratio.min():.3f} to {ratio.max():.3f} at step"
        f" {LARGE:g}, d from 256 to {ratio.index.max():,}",
    )


def cost(evidence: Evidence) -> Finding:
    """Judge what an implicit step costs, and the sum beside gradient descent's."""
    cells = _cells(evidence, "two_point", "logistic")
    each = cells["sample_gradients"] / cells["updates"]
    least = cells[cells["step_size"] < LARGE].set_index("dim")["sample_gradients"]
    gd = _cells(evidence, "two_point", "logistic", algorithm="gd")
    ratio = (least / gd.set_index("dim")["sample_gradients"]).dropna()
    if ratio.empty:
        raise MissingError("no d with gradient descent at the same step")
    return both(
        within(
            float(each.min()),
            float(each.max()),
            (45, 80),
            f"{each.min():.0f} to {each.max():.0f} single-sample gradients a step",
        ),
        equal(
            bool((ratio > 10).all()),
            f"{ratio.min():.0f} to {ratio.max():.0f} times as many until separation as"
            " gradient descent at the same step",
            "gradient descent is no more than 10 times cheaper",
        ),
    )


def _cells(
    evidence: Evidence,
    data: str,
    loss: str,
    step: float | None = None,
    algorithm: str = "implicit_sgd",
) -> pd.DataFrame:
    """Return the cells of an experiment implicit-..., with T."""
    cells = evidence.cells
    own = cells[
        cells["experiment"].str.startswith("implicit-")
        & (cells["dataset"] == data)
        & (cells["algorithm"] == algorithm)
        & (cells["loss"] == loss)
    ]
    if step is not None:
        own = own[np.isclose(own["step_size"].astype(float), step)]
    if own.empty:
        raise MissingError(
            f"no {algorithm} with the loss {loss!r} on {data} in an experiment"
            " implicit-..."
        )
    return own.assign(T=times_of(own))


SOURCE = "arXiv 2303.01767"
CLAIMS = (
    Claim(
        "implicit-aggressive",
        "Huber loss: as the step grows an implicit step becomes the passive-aggressive"
        " update, not the perceptron's, at the rate 1/step",
        f"the step of {SOURCE}; derived",
        "distance (1 - m) / (1 + gain/2) within 1e-3, 1e-6 at the longest step",
        aggressive,
    ),
    Claim(
        "implicit-logarithm",
        "logistic loss: the new margin grows like log(step), less its logarithm",
        f"the step of {SOURCE}; derived",
        "the solution to 1e-10, between the bounds of Lambert's W",
        logarithm,
    ),
    Claim(
        "implicit-projections",
        "Huber loss at step 1e6 from 0: T is that of alternating projections",
        "derived",
        "T / d within 1 % of (8/9) log(3/2) on two_point, log(2)/2 on c1",
        projections,
    ),
    Claim(
        "implicit-exponent",
        "implicit steps do not accelerate: T grows like d on two_point",
        "derived for large steps; ours for step 10",
        "exponent in [0.9, 1.1]",
        exponent,
    ),
    Claim(
        "implicit-alike",
        "logistic loss at a large step: T is that of the passive-aggressive updates",
        "ours, as measured earlier on other starts",
        "ratio in [0.9, 1.1] from d = 256 on, step 1e6",
        alike,
    ),
    Claim(
        "implicit-cost",
        "an implicit step pays its inner solver: as many steps as gradient descent cost"
        " many times more gradients",
        "derived from the bisection; the factor is ours",
        "45 to 80 single-sample gradients a step; more than 10 times gd's in all",
        cost,
    ),
)
