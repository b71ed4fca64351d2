"""Learning before overfitting in two-layer networks, arXiv 2502.21269.

Of the source the abstract is known: in wide two-layer networks features are learned
fast, overfitting comes later, and the test error is not monotone in time. Data, loss
and numbers here are ours, see `gdexp.studies.time_scales`.
"""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from gdexp.claims.verdict import ABOVE, Claim, Evidence, Finding, both, within
from gdexp.stats.intervals import median_interval
from gdexp.stats.seeds import Array, with_interval

SOURCE = "arXiv 2502.21269 (abstract)"
ALIKE = (0.8, 1.25)
RISE = (0.01, 1.0)
SMALL, TINY = 1.0, 0.1  # starts of this scale and less


def separation(evidence: Evidence) -> Finding:
    """From small starts the training error is 0 later than the test error is least."""
    runs = _runs(evidence)
    runs = runs[runs["scale"] <= SMALL]
    findings = []
    for (width, scale), own in runs.groupby(["width", "scale"]):
        text = f"m = {width}, scale {scale:g}"
        findings.append(_judged(text, own["ratio"].to_numpy(float), ABOVE))
    return both(*findings)


def monotone(evidence: Evidence) -> Finding:
    """Each smaller scale has a larger ratio, from the same start but for its length."""
    findings = []
    for width, own in _runs(evidence).groupby("width"):
        of = _by(own, "scale", "ratio")
        for small, large in pairwise(of):
            text = f"m = {width}, scale {small:g} over {large:g}"
            findings.append(_judged(text, _over(of[small], of[large]), ABOVE))
    return both(*findings)


def escape(evidence: Evidence) -> Finding:
    """From tiny starts the time between the two does not depend on the scale."""
    findings = []
    for width, own in _runs(evidence).groupby("width"):
        of = _by(own[own["scale"] <= TINY], "scale", "gap")
        for small, large in pairwise(of):
            text = f"m = {width}, scale {small:g} over {large:g}"
            findings.append(_judged(text, _over(of[small], of[large]), ALIKE))
    return both(*findings)


def rise(evidence: Evidence) -> Finding:
    """From small starts the test error rises again, before the training error is 0."""
    runs = _runs(evidence)
    runs = runs[runs["scale"] <= SMALL]
    findings = []
    for (width, scale), own in runs.groupby(["width", "scale"]):
        text = f"m = {width}, scale {scale:g}"
        findings.append(_judged(text, own["rise"].to_numpy(float), RISE, ".3f"))
    return both(*findings)


def wider(evidence: Evidence) -> Finding:
    """From starts of scale 1 a wider network has the larger ratio, on the same data."""
    runs = _runs(evidence)
    of = _by(runs[runs["scale"] == SMALL], "width", "ratio")
    findings = [
        _judged(f"m = {wide:g} over {narrow:g}", _over(of[wide], of[narrow]), ABOVE)
        for narrow, wide in pairwise(of)
    ]
    return both(*findings)


def _runs(evidence: Evidence) -> pd.DataFrame:
    """Return a row for each run: both times, their ratio and gap, and the rise."""
    keys = ["width", "scale", "seed"]
    table = evidence.study("time_scales").sort_values([*keys, "time"])
    runs = table.groupby(keys).agg(
        learned=("learned", "last"),
        separated=("separated", "last"),
        least=("test_error", "min"),
        end=("test_error", "last"),
    )
    ratio = runs["separated"] / runs["learned"]
    gap, back = runs["separated"] - runs["learned"], runs["end"] - runs["least"]
    return runs.assign(ratio=ratio, gap=gap, rise=back).reset_index()


def _by(runs: pd.DataFrame, key: str, value: str) -> dict[float, Array]:
    """Return the values of all seeds, in their order, by a key in its."""
    ordered = runs.sort_values([key, "seed"]).groupby(key)[value]
    return {float(str(at)): own.to_numpy(float) for at, own in ordered}


def _over(values: Array, others: Array) -> Array:
    """Return quotients, NaN of two runs that were given up: neither is known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients: Array = values / others
    return quotients


def _judged(
    what: str, values: Array, expected: tuple[float, float], form: str = ".2f"
) -> Finding:
    """Judge a median; what is not known may be anything from 0 to infinity."""
    lost = np.isnan(values)
    low = median_interval(np.where(lost, 0.0, values))[1]
    middle, _, high = median_interval(np.where(lost, math.inf, values))
    text = f"{what}: {with_interval(middle, low, high, form)}"
    if lost.any():
        text += f", {lost.sum()} of {len(values)} given up"
    found = within(low, high, expected, text, len(values))
    if lost.any() and found.verdict == "undecided":
        found = replace(found, reason=f"{found.reason}; a larger cap would decide")
    return found


CLAIMS = (
    Claim(
        "time-scales-separation",
        "a two-layer network learns before it overfits: from small starts the test"
        " error is least before the training error is 0",
        f"{SOURCE}; data and loss ours",
        "for scales up to 1 the median ratio of the two times is above 1, with its"
        " interval",
        separation,
    ),
    Claim(
        "time-scales-start",
        "the smaller the start, the larger the ratio of the two times",
        "ours, of the source's abstract taken literally",
        "from each scale to the next smaller one the median ratio grows",
        monotone,
    ),
    Claim(
        "time-scales-escape",
        "a tiny start only adds the time to leave 0: what lies between learning and"
        " overfitting does not depend on its scale",
        "derived: a homogeneous network leaves 0 along the same path",
        "for scales up to 0.1 the time between the two changes by a factor in"
        " [0.8, 1.25]",
        escape,
    ),
    Claim(
        "time-scales-rise",
        "the test error is not monotone in time: it rises again before the end",
        f"{SOURCE}; data and loss ours",
        "for scales up to 1 by at least 0.01 (ours) from its least value",
        rise,
    ),
    Claim(
        "time-scales-width",
        "the wider the network, the larger the ratio of the two times",
        f"{SOURCE}; that of one start and these widths ours",
        "from each width to the next the median ratio grows, at scale 1",
        wider,
    ),
)
