"""Frozen features, a solve in the place of training: arXiv 2411.17511.

The source samples hidden weights and solves least squares once. Is it the features, or
is it joint training? The study ``frozen`` has the solve, the experiments whose names
begin with ``frozen-`` methods on the same features, and joint training at their width.
"""

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError, doubts, largest
from gdexp.claims.verdict import ABOVE, Claim, Finding, both, equal, within
from gdexp.stats.intervals import median_interval
from gdexp.stats.seeds import times_of, wilson, with_interval

PREFIX = "frozen-"
ROUNDING = 1e-9
DOUBTED = ["unclear", "certificate"]  # of a cell


def solve(evidence: Evidence) -> Finding:
    """Above width n the solve separates, with all margins 1."""
    table = evidence.study("frozen")
    above = table[table["width"] > table["samples"]]
    if above.empty:
        raise MissingError("the study 'frozen' has no width above its samples")
    off = largest((above["margin"] - 1).abs())
    lost = above[above["rank"] < above["samples"]]
    text = f"{len(above)} draws, smallest margins within {off:.0e} of 1"
    if len(lost):
        text += f", {len(lost)} of them without rank n"
    at = table[table["width"] == table["samples"]]
    if len(at):
        full = int((at["rank"] == at["samples"]).sum())
        text += f"; at width n: rank n in {full} of {len(at)}"
    cost = ", ".join(f"{x:g}" for x in sorted(above["gradients"].unique()))
    text += f"; one solve costs about {cost} gradients of the frozen layer"
    done = bool((above["accuracy"] == 1).all()) and off <= ROUNDING
    return equal(done, text, "a margin above width n is not 1")


def below(evidence: Evidence) -> Finding:
    """At width n / 2 it separates less than half of the draws, at n / 4 none."""
    table = evidence.study("frozen")
    findings = []
    for part, most in ((2, 0.5), (4, 0.2)):
        own = table[table["width"] * part == table["samples"]]
        if own.empty:
            raise MissingError(f"the study 'frozen' has no width of n / {part}")
        count = int((own["accuracy"] == 1).sum())
        low, high = wilson(count, len(own))
        text = f"width n / {part}: {count} of {len(own)} draws separated"
        findings.append(within(low, high, (0.0, most), text, len(own)))
    return both(*findings)


def joint(evidence: Evidence) -> Finding:
    """Judge: a method needs more iterations where the features are frozen."""
    return _ratios(_pairs(evidence, same=True))


def accelerated(evidence: Evidence) -> Finding:
    """Accelerated methods on frozen features need more than joint plain descent."""
    pairs = _pairs(evidence, same=False)
    return _ratios(pairs[pairs["algorithm"] != "gd"])


def _pairs(evidence: Evidence, *, same: bool) -> pd.DataFrame:
    """Return T on frozen features beside T of joint training, on the same data.

    By the same method, or by gradient descent.
    """
    cells = evidence.cells
    own = cells[cells["experiment"].str.startswith(PREFIX)]
    own = own.assign(T=times_of(own))
    keys = ["experiment", "dim", "seed"]
    frozen, beside = (
        own[own["family"] == family][[*keys, "algorithm", "T", *DOUBTED]]
        for family in ("random_features", "two_layer")
    )
    if same:
        keys = [*keys, "algorithm"]
    else:
        beside = beside[beside["algorithm"] == "gd"].drop(columns="algorithm")
    found = frozen.merge(beside, on=keys, suffixes=("", "_joint"))
    if found.empty:
        raise MissingError(f"no experiment {PREFIX}... has both models")
    return found


def _ratios(pairs: pd.DataFrame) -> Finding:
    findings, keys = [], ["experiment", "algorithm", "dim"]
    for (experiment, algorithm, dim), own in pairs.groupby(keys, sort=False):
        lost = np.isinf(own["T"]) & np.isinf(own["T_joint"])
        if lost.any():
            raise MissingError(f"{experiment}: neither of two runs was separated")
        ratio = (own["T"] / own["T_joint"].clip(lower=1)).to_numpy()
        middle, low, high = median_interval(ratio)
        text = f"{experiment} {algorithm}, d = {dim}: T is"
        number = with_interval(middle, low, high, ".3g")
        joint = own[[f"{name}_joint" for name in DOUBTED]].set_axis(DOUBTED, axis=1)
        text += f" {number} times that of joint training"
        text += doubts(pd.concat([own[DOUBTED], joint]))
        findings.append(within(low, high, ABOVE, text, len(own)))
    return both(*findings)


CLAIMS = (
    Claim(
        "frozen-solve",
        "above width n one least-squares solve on frozen features separates all"
        " samples",
        "arXiv 2411.17511; derived: rows of full rank have margins exactly 1",
        "accuracy 1 and a smallest margin of 1 up to 1e-9 (ours) at every draw",
        solve,
    ),
    Claim(
        "frozen-below",
        "below width n the solve does not always separate, and at n / 4 nothing does",
        "derived: Cover 1965, half of all labels are separable at n / 2, none at n / 4",
        "the interval of the share separated is below 1/2 at width n / 2, and below 0.2"
        " (ours) at n / 4",
        below,
    ),
    Claim(
        "frozen-joint",
        "it is the joint training: on features of the same width a method needs more"
        " iterations where they are frozen",
        "ours",
        "the median ratio of T is above 1 for each width, method and d",
        joint,
    ),
    Claim(
        "frozen-accelerated",
        "acceleration of the frozen layer does not reach joint training by plain"
        " gradient descent",
        "ours",
        "the median ratio of T is above 1 for nag and normalized gradient descent",
        accelerated,
    ),
)
