"""Optimism: of no use for a minimisation, of use in a game (arXiv 1912.11940).

Its abstract is about optimistic Adagrad for min-max problems. The sum of optimistic
gradients 2 d_t - d_(t-1) is that of the gradients and d_(t-1) - d_0: on a minimisation
optimistic descent is descent, by one step ahead and one behind. For Adagrad a factor of
2 was expected and does not hold in rotated frames: its first steps have the length of
the step in each coordinate, however small the gradient, optimism takes them twice, and
what the gradients of the overshoot add to S stays: sqrt(S) is 2.6 times as large from
the fifth iteration on. The games, their factors and bounds are derived in
`gdexp.studies.bilinear`.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError, largest
from gdexp.claims.verdict import Claim, Finding, both, equal
from gdexp.stats.seeds import times_of

SOURCE = "arXiv 1912.11940 (abstract)"
EXPERIMENTS = ("optimistic-two-point", "optimistic-two-point-rotated")
LIMIT = 1e-6  # of a gap that is called none
LARGE = 1024  # below it a lucky step decides


def descent(evidence: Evidence) -> Finding:
    """Judge: optimistic descent has T of descent, but for two iterations."""
    findings = []
    for experiment in EXPERIMENTS:
        plain, hopeful = _pairs(evidence, experiment, "gd")
        off = np.abs(hopeful - plain).max()
        text = f"{experiment}: at most {off:.0f} iterations apart, {len(plain)} runs"
        findings.append(equal(bool(off <= 2), text, f"{experiment}: more than 2"))
    return both(*findings)


def adagrad(evidence: Evidence) -> Finding:
    """Judge: so does optimistic Adagrad within a factor, in every frame."""
    findings = []
    for experiment in EXPERIMENTS:
        plain, hopeful = _pairs(evidence, experiment, "adagrad", LARGE)
        share = hopeful / plain
        text = f"{experiment}: {share.min():.3f} to {share.max():.3f} times as many"
        text += f", median {np.median(share):.3f}, {len(plain)} runs"
        right = bool(share.min() >= 0.5 and share.max() <= 2)
        findings.append(equal(right, text, f"{experiment}: not within a factor of 2"))
    return both(*findings)


def _pairs(
    evidence: Evidence, experiment: str, method: str, least: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return T of a method and of its optimistic twin, cell by cell."""
    cells = evidence.cells
    own = cells[(cells["experiment"] == experiment) & (cells["dim"] >= least)]
    keys = ["dim", "seed"]
    found = []
    for name in (method, f"optimistic_{method}"):
        runs = own[own["algorithm"] == name]
        found.append(runs.assign(T=times_of(runs)).set_index(keys)["T"])
    both_of = pd.concat(found, axis=1, join="inner").to_numpy()
    if not len(both_of) or not np.isfinite(both_of).all():
        raise MissingError(f"{experiment}: no {method} and its twin, or not separated")
    return both_of[:, 0], both_of[:, 1]


def growth(evidence: Evidence) -> Finding:
    """Judge the factor of each step in the plane, over the second half."""
    table = evidence.study("bilinear")
    findings = []
    for (play, step), own in table[table["game"] == "plane"].groupby(["play", "step"]):
        half = own[own["iteration"] >= own["iteration"].max() / 2]
        first, last = half.iloc[0], half.iloc[-1]
        steps = last["iteration"] - first["iteration"]
        found = (last["last"] / first["last"]) ** (1 / steps)
        law = (last["law"] / first["law"]) ** (1 / steps)
        text = f"{play} {step:g}: {found:.9f}"
        why = f"{play} {step:g}: not {law:.9f} up to 1e-9"
        findings.append(equal(abs(found / law - 1) <= 1e-9, text, why))
    return both(*findings)


def last_iterates(evidence: Evidence) -> Finding:
    """Judge: which last iterates converge on two_point."""
    late = _late(evidence, "two_point")
    findings = []
    for (game, play), own in late.groupby(["game", "play"], sort=False):
        if play == "plain" and float(str(game).partition(" ")[2]) > 1:
            least = own["last"].min()
            text = f"{game} plain: at least {least:.2g} in the last half"
            why = f"{game} plain: it comes to the saddle"
            findings.append(equal(bool(least > 0.01), text, why))
        else:
            findings.append(_ends(f"{game} {play}", own))
    return both(*findings)


def gaussian(evidence: Evidence) -> Finding:
    """Judge the last optimistic iterates of Gaussian games."""
    late = _late(evidence, "gaussian")
    hopeful = late["play"] == "optimistic"
    found = _ends("optimistic", late[hopeful])
    last = late[~hopeful & (late["iteration"] == late["iteration"].max())]["last"]
    measured = f"{found.measured}; plain: {last.median():.1g}, {last.max():.1g}"
    return replace(found, measured=measured)


def _late(evidence: Evidence, game: str) -> pd.DataFrame:
    table = evidence.study("bilinear")
    table = table[table["game"].str.startswith(game)]
    late: pd.DataFrame = table[table["iteration"] >= table["iteration"].max() / 2]
    return late


def _ends(name: str, own: pd.DataFrame) -> Finding:
    last = own[own["iteration"] == own["iteration"].max()]["last"]
    few = last > LIMIT
    text = f"{name}: median {last.median():.1g}, at most {last.max():.2g} at the end"
    why = f"{name}: a gap above {LIMIT:g} is left in {few.sum()} of {len(last)} games"
    return equal(not few.any(), text, why)


def averages(evidence: Evidence) -> Finding:
    """Judge the bounds on the averages, at every iteration."""
    table = evidence.study("bilinear")
    table = table[table["game"] != "plane"]
    findings = []
    for (game, play), own in table.groupby(["game", "play"], sort=False):
        share = largest(own["average"] / own["law"])
        text = f"{game} {play}: at most {share:.2f} of the bound"
        why = f"{game} {play}: above the bound"
        findings.append(equal(bool(share <= 1), text, why))
    return both(*findings)


CLAIMS = (
    Claim(
        "optimistic-descent",
        "optimism neither helps nor hurts gradient descent",
        "derived, ours",
        "T of both differs by 2 or less in every cell",
        descent,
    ),
    Claim(
        "optimistic-adagrad",
        "nor does it Adagrad, whatever the frame",
        f"{SOURCE}: method; expectation ours",
        f"T within a factor of 2 in every cell with d >= {LARGE}",
        adagrad,
    ),
    Claim(
        "optimistic-growth",
        "in the plane plain play spirals out and optimistic play in",
        "derived",
        "by sqrt(1 + h^2) and sqrt((1 + sqrt(1 - 4 h^2)) / 2) each time, up to 1e-9",
        growth,
    ),
    Claim(
        "optimistic-last",
        "the last iterate of optimistic play of the margin game on two_point converges;"
        " that of plain play does below the step 1 / sqrt d and not above it",
        "derived; limits ours",
        f"gap at the end below {LIMIT:g}; above that step at least 0.01 in the last"
        " half",
        last_iterates,
    ),
    Claim(
        "optimistic-gaussian",
        "the last iterate of optimistic play converges in Gaussian games too",
        "ours; how fast is not derived",
        f"gap at the end below {LIMIT:g} in every game",
        gaussian,
    ),
    Claim(
        "optimistic-average",
        "the averages converge: optimistic ones as 1/T, plain ones up to h R^2",
        "derived; the rates are those of arXiv 2210.09371",
        "at every T below (1/2 + log n) / (h T), and that and h R^2",
        averages,
    ),
)
