"""Learning before overfitting in two-layer networks, arXiv 2502.21269.

Of the source the abstract is known: in wide two-layer networks features are learned
fast, overfitting comes later, and the test error is not monotone in time. Data, loss
and numbers here are ours, see `gdexp.studies.time_scales`.
"""

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence
from gdexp.claims.verdict import ABOVE, Claim, Finding, both, within
from gdexp.stats.intervals import median_interval
from gdexp.stats.seeds import Array, with_interval
from gdexp.studies.time_scales import runs

SOURCE = "arXiv 2502.21269 (abstract)"
ALIKE = (0.8, 1.25)
RISE = (0.01, 1.0)
SMALL, TINY = 1.0, 0.1  # starts of this scale and less
CASE = ["width", "scale"]


def separation(evidence: Evidence) -> Finding:
    """From small starts the training error is 0 later than the test error is least."""
    found = runs(evidence.study("time_scales"))
    findings = []
    for (width, scale), own in found[found["scale"] <= SMALL].groupby(CASE):
        text = f"m = {width}, scale {scale:g}"
        findings.append(_judged(text, _between(own, "ratio"), ABOVE))
    return both(*findings)


def monotone(evidence: Evidence) -> Finding:
    """Each smaller scale has a larger ratio, from the same start but for its length."""
    findings = []
    for width, own in runs(evidence.study("time_scales")).groupby("width"):
        of = _by(own, "scale", "ratio")
        for small, large in pairwise(of):
            text = f"m = {width}, scale {small:g} over {large:g}"
            findings.append(_judged(text, _over(of[small], of[large]), ABOVE))
    return both(*findings)


def escape(evidence: Evidence) -> Finding:
    """From tiny starts the time between the two does not depend on the scale."""
    findings = []
    for width, own in runs(evidence.study("time_scales")).groupby("width"):
        of = _by(own[own["scale"] <= TINY], "scale", "gap")
        for small, large in pairwise(of):
            text = f"m = {width}, scale {small:g} over {large:g}"
            findings.append(_judged(text, _over(of[small], of[large]), ALIKE))
    return both(*findings)


def rise(evidence: Evidence) -> Finding:
    """From small starts the test error rises again, before the training error is 0."""
    found = runs(evidence.study("time_scales"))
    findings = []
    for (width, scale), own in found[found["scale"] <= SMALL].groupby(CASE):
        middle, low, high = median_interval(own["rise"].to_numpy(float))
        number = with_interval(middle, low, high, ".3f")
        text = f"m = {width}, scale {scale:g}: {number}"
        findings.append(within(low, high, RISE, text, len(own)))
    return both(*findings)


def wider(evidence: Evidence) -> Finding:
    """From starts of scale 1 a wider network has the larger ratio, on the same data."""
    found = runs(evidence.study("time_scales"))
    of = _by(found[found["scale"] == SMALL], "width", "ratio")
    findings = [
        _judged(f"m = {wide:g} over {narrow:g}", _over(of[wide], of[narrow]), ABOVE)
        for narrow, wide in pairwise(of)
    ]
    return both(*findings)


class Between(NamedTuple):
    """Numbers, one for each seed, each of which is known to lie between two."""

    low: Array
    high: Array


def _between(own: pd.DataFrame, name: str) -> Between:
    return Between(*(own[f"{name}_{end}"].to_numpy(float) for end in ("low", "high")))


def _by(found: pd.DataFrame, key: str, name: str) -> dict[float, Between]:
    """Return a number of all seeds, in their order, by a key in its."""
    ordered = found.sort_values([key, "seed"]).groupby(key)
    return {float(str(at)): _between(own, name) for at, own in ordered}


def _over(these: Between, others: Between) -> Between:
    """Return quotients: least of the least over the most, largest the other way."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return Between(these.low / others.high, these.high / others.low)


def _judged(what: str, values: Between, expected: tuple[float, float]) -> Finding:
    """Judge a median of numbers that are known up to what was given up."""
    least, low, _ = median_interval(values.low)
    most, _, high = median_interval(values.high)
    lost = int((values.low < values.high).sum())
    ends = with_interval(least, low, high)
    if least < most:
        ends = f"{least:.2f} to {most:.2f} [{low:.2f}, {high:.2f}]"
    if not lost:
        return within(low, high, expected, f"{what}: {ends}", len(values.low))
    text = f"{what}: {ends}, {lost} of {len(values.low)} with a run given up"
    found = within(low, high, expected, text)
    if found.verdict == "undecided":
        found = replace(found, reason=f"{found.reason}; a larger cap may decide")
    return found


CLAIMS = (
    Claim(
        "time-scales-separation",
        "a two-layer network learns before it overfits: from small starts the test"
        " error is least before the training error is 0",
        f"{SOURCE}; data and loss ours; so is how long the least test error is looked"
        " for, which was written after a first look",
        "for scales up to 1 the median ratio of the two times is above 1, with its"
        " interval; the least test error up to twice the time of the training error 0",
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
