"""Judges of gradient flow, which gradient descent follows with small steps.

On two_point, from 0, the flow soon moves along the curve where sample 1 weighs twice
what sample 2 does, s and 2 s, on which t is a quadrature. It separates at s = 1/4 and
starts where (1 - 2 s)^2 (1 - s) = 4 s^3, so that t* / d tends to

    (8 / 9) [4 log(s / (1 - 2 s)) - 3 / s + log(s / (1 - s))],   s from 1/4 to there.
"""

import math

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError, largest, there
from gdexp.claims.verdict import Claim, Finding, both, equal, within
from gdexp.stats.intervals import median_interval
from gdexp.stats.slopes import slope


def limit() -> float:
    """Return the limit of t* / d.

    >>> round(limit(), 8)
    3.55027458
    """
    low, high = 0.25, 0.5
    for _ in range(60):
        s = (low + high) / 2
        below = (1 - 2 * s) ** 2 * (1 - s) > 4 * s**3
        low, high = (s, high) if below else (low, s)

    def quadrature(s: float) -> float:
        tails = 4 * math.log(s / (1 - 2 * s)) + math.log(s / (1 - s))
        return tails - 3 / s

    return 8 / 9 * (quadrature(low) - quadrature(0.25))


def order(evidence: Evidence) -> Finding:
    """Judge the order of the error of the time of separation, in each case."""
    runs = _runs(evidence)
    error = (runs["crossing"] - runs["time"]).abs()
    runs = runs.assign(error=error.fillna(np.inf))
    findings = []
    for case, own in runs.groupby(["data", "model", "start"], sort=False):
        name = " ".join(map(str, case))
        lost = int(np.isinf(own["error"]).sum())
        if lost:  # a slope leaves out what is infinite
            text = f"{name}: {lost} of {len(own)} runs not separated"
            findings.append(equal(False, text, f"{name}: no error to fit"))
            continue
        orders = np.sort(
            [
                float(slope(*np.log(each[["step", "error"]].to_numpy().T)))
                for _, each in own.groupby("seed")
            ]
        )
        middle, low, high = median_interval(orders)
        text = f"{name}: {middle:.3f}, "
        text += f"{orders[0]:.3f} to {orders[-1]:.3f} over {len(orders)} starts"
        findings.append(within(low, high, (0.9, 1.1), text))
    return both(*findings)


def times(evidence: Evidence) -> Finding:
    """Judge: step T is within a thousandth of t* at the smallest step."""
    runs = _runs(evidence)
    starts = runs.groupby(["data", "model", "start", "seed"])
    last = runs[starts["step"].transform("min") == runs["step"]]
    made = last["step"] * last["iterations"].astype(float).fillna(np.inf)
    gap = largest((made / last["time"] - 1).abs())
    return equal(
        gap <= 1e-3,
        f"step T within {gap:.1e} of t* in {len(last)} runs",
        "not within 1e-3",
    )


def solvers(evidence: Evidence) -> Finding:
    """Judge: t* is that of another solver."""
    table = evidence.study("flow_limit")
    # NaN where the other solver found no separation
    gap = largest((table["time"] / table["reference"] - 1).abs())
    return equal(gap <= 1e-6, f"largest difference {gap:.0e} of t*", "above 1e-6")


def quadratures(evidence: Evidence) -> Finding:
    """Judge t* / d on two_point by its limit."""
    table = evidence.study("flow_limit")
    own = table[table["step"].isna()]
    if own.empty:
        raise MissingError("the study 'flow_limit' has no dims on two_point")
    gap = own["time"] - limit() * own["dim"]
    last = own.sort_values("dim").iloc[-1]
    return equal(
        bool((gap.abs() <= 1).all()),
        f"t* / d = {last['time'] / last['dim']:.6f} at d = {last['dim']:,}, the limit"
        f" is {limit():.6f}; t* less d times it {gap.min():.2f} to {gap.max():.2f}",
        "further than 1 from d times the limit",
    )


def _runs(evidence: Evidence) -> pd.DataFrame:
    table = evidence.study("flow_limit")
    return there(table[table["step"].notna()], "gradient descent in 'flow_limit'")


CLAIMS = (
    Claim(
        "flow-order",
        "gradient descent separates when gradient flow does, up to an error of the"
        " order of the step",
        "derived: Euler's method",
        "order in [0.9, 1.1], median over starts, linear and conv",
        order,
    ),
    Claim(
        "flow-times",
        "T counts time: step T tends to t*",
        "derived: Euler's method; the tolerance is ours",
        "within 1e-3 of t* at the smallest step",
        times,
    ),
    Claim(
        "flow-solvers",
        "t* depends on no solver",
        "ours",
        "within 1e-6 of SciPy's method of order 8",
        solvers,
    ),
    Claim(
        "flow-quadrature",
        "linear model from 0 on two_point: t* / d tends to a quadrature",
        "derived",
        "t* within 1 of d times the limit, at every d",
        quadratures,
    ),
)
