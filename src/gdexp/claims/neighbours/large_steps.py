"""Claims about large constant steps: arXiv 2402.15926, 2602.12471 and 2406.08654.

They look at the study ``large_steps``. On the four points everything is deterministic:
exact numbers. Networks have random starts: the median over them, with its interval.
"""

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError, largest
from gdexp.claims.verdict import Claim, Finding, both, equal, within
from gdexp.stats.intervals import median_interval
from gdexp.stats.seeds import with_interval
from gdexp.studies.large_steps import SQUARED_MARGIN

STUDY = "large_steps"
PERCEPTRON_MARGIN = 0.01 / 4.04  # smallest one of their batch perceptron, likewise
FLAT_FROM, FLAT_AT, BEFORE = 64, 11, (32, 14)


def plateau(evidence: Evidence) -> Finding:
    """Judge: from a step on, the loss rises for the last time at the same iteration."""
    rows = _rows(evidence, "steps").set_index("step")["last_rise"]
    flat = rows[rows.index >= FLAT_FROM]
    if flat.empty or BEFORE[0] not in rows:
        raise MissingError(f"{STUDY} lacks step {BEFORE[0]}, or {FLAT_FROM} and more")
    found = sorted(set(flat))
    text = f"at {', '.join(f'{x:g}' for x in found)} for {len(flat)} steps from"
    text += f" {flat.index.min():g} to {flat.index.max():g}; at {rows[BEFORE[0]]:g} for"
    text += f" {BEFORE[0]}"
    right = found == [FLAT_AT] and rows[BEFORE[0]] == BEFORE[1]
    return equal(right, text, "the last rise is elsewhere")


def constant(evidence: Evidence) -> Finding:
    """Judge: with step 1 the loss falls like 1/T, and not faster."""
    rows = _rows(evidence, "constant")
    products = rows["loss"] * rows["iterations"]
    text = f"loss T {products.iloc[0]:.1f} at T = {rows['iterations'].iloc[0]:,}"
    text += f" to {products.iloc[-1]:.1f} at {rows['iterations'].iloc[-1]:,}"
    rises = int(rows["last_rise"].notna().sum())
    text += f", and rises in {rises} of {len(rows)} runs"
    right = bool(products.between(100, 112).all()) and not rises
    return equal(right, text, "loss T leaves [100, 112], or the loss rises")


def proportional(evidence: Evidence) -> Finding:
    """Judge: with steps gamma^2 T the loss is within the bound 1/(gamma^4 T^2)."""
    rows = _rows(evidence, "proportional")
    if len(rows) < 3:
        raise MissingError(f"{STUDY} has {len(rows)} of 3 or more T")
    log_t, log_loss = np.log(rows["iterations"]), np.log(rows["loss"])
    order = float(np.polyfit(log_t, log_loss, 1)[0])
    most = largest(rows["loss"] * (SQUARED_MARGIN * rows["iterations"]) ** 2)
    local = np.diff(log_loss) / np.diff(log_t)
    text = f"loss {rows['loss'].iloc[0]:.3g} at T = {rows['iterations'].iloc[0]:,} to"
    text += f" {rows['loss'].iloc[-1]:.3g} at {rows['iterations'].iloc[-1]:,}: order"
    text += f" {order:.2f}, from one T to the next"
    text += f" {', '.join(f'{x:.1f}' for x in local)}"
    text += f"; gamma^4 T^2 loss at most {most:.2f}"
    right = order <= -1.9 and most <= 2
    return equal(right, text, "the order is above -1.9, or gamma^4 T^2 loss above 2")


def perceptron(evidence: Evidence) -> Finding:
    """Judge: at the largest step the loss is that of the perceptron's last iterate."""
    rows = _rows(evidence, "steps")
    last = rows.sort_values("step").iloc[-1]
    if last["step"] < 4096:
        raise MissingError(f"{STUDY} has no step of 4096 or more")
    rate = -np.log(last["loss"]) / last["step"] / PERCEPTRON_MARGIN
    text = f"-log(loss) / step is {rate:.3f} of the margin at step {last['step']:g}"
    return equal(bool(abs(rate - 1) <= 0.1), text, "it is not within 10 % of 1")


def phases(evidence: Evidence) -> Finding:
    """Judge: all networks separate, and their loss rises no more from T / 2 on."""
    findings = []
    for name, rows in _rows(evidence, "network").groupby("data", sort=False):
        done, late = rows["separated"].notna(), rows["last_rise"].max()
        text = f"{name}: {done.sum()} of {len(rows)} runs separated, the last at"
        text += f" {rows['separated'].max():g}; last rise of all at {late:g}"
        right = done.all() and not (rows["last_rise"] > rows["iterations"] / 2).any()
        why = f"{name}: not all separated, or the loss still rises after T / 2"
        findings.append(equal(bool(right), text, why))
    return both(*findings)


def stable(evidence: Evidence) -> Finding:
    """Judge: step T loss at the end does not grow with the step, seed by seed."""
    findings = []
    for name, rows in _rows(evidence, "network").groupby("data", sort=False):
        scaled = rows.assign(scaled=rows["step"] * rows["iterations"] * rows["loss"])
        of = scaled.pivot(index="seed", columns="step", values="scaled")
        first, *others = of.columns
        if not others:
            raise MissingError(f"{STUDY} has one step of networks")
        # all steps of a seed share their data and their start
        ratios = [median_interval((of[x] / of[first]).to_numpy()) for x in others]
        middle, lows, highs = np.transpose(ratios)
        worst = int(middle.argmax())
        number = with_interval(middle[worst], lows[worst], highs[worst])
        text = f"{name}: median {of[first].median():.3g} at step {first:g}, largest at"
        text += f" step {others[worst]:g}, {number} times that of the same start"
        ends = float(lows.max()), float(highs.max())
        findings.append(within(*ends, (0, 2), text, len(of)))
    return both(*findings)


def _rows(evidence: Evidence, case: str) -> pd.DataFrame:
    table = evidence.study(STUDY)
    rows = table[table["case"] == case]
    if rows.empty:
        raise MissingError(f"the study {STUDY!r} has no case {case!r}")
    return rows.sort_values(["iterations", "step", "seed"])


CLAIMS = (
    Claim(
        "large-steps-plateau",
        "four points, rows of length at most 1: the loss rises for the last time at an"
        " iteration that does not depend on the step, once that is large",
        "arXiv 2602.12471 (abstract): in the plane the first phase does not grow with"
        " the step; the iterations as measured earlier on the same points",
        "update 11 raises it last for all steps of 64 and more, update 14 for 32, both"
        " counted from 0",
        plateau,
    ),
    Claim(
        "large-steps-constant",
        "with step 1, where the loss never rises, it falls like 1/T and not faster",
        "arXiv 2402.15926 (abstract): Omega(1/T); 102 to 109 was seen earlier on the"
        " same points",
        "loss T in [100, 112] (ours) for all T, and no rise",
        constant,
    ),
    Claim(
        "large-steps-proportional",
        "with the step gamma^2 T it is O~(1/(gamma^4 T^2))",
        "arXiv 2402.15926 (abstract); 1.05e-2 to 3.6e-8 was seen earlier on the same"
        " points",
        "order in T at most -1.9, gamma^4 T^2 loss at most 2 (both ours)",
        proportional,
    ),
    Claim(
        "large-steps-perceptron",
        "at the largest step the loss is exponentially small in it: its logarithm is"
        " minus the step times the smallest margin of the batch perceptron's last"
        " iterate, 0.01 / 4.04",
        "derived from arXiv 2412.08424, Theorem 3.2",
        "within 10 % (ours)",
        perceptron,
    ),
    Claim(
        "large-steps-leaky-phases",
        "leaky two-layer network, inner layer trained: at every step it separates, and"
        " from then on the loss falls",
        "arXiv 2406.08654 (abstract): the first phase ends where data are separable and"
        " slopes bounded below; data and steps ours",
        "all runs separated, no rise in the second half of a run (ours)",
        phases,
    ),
    Claim(
        "large-steps-leaky-stable",
        "in the stable phase its loss is O(1/(step T))",
        "arXiv 2406.08654 (abstract); data and steps ours",
        "at no step is the median of step T loss, over that of the same start at the"
        " smallest step, more than 2 (ours)",
        stable,
    ),
)
