"""Judges of what runs do: where steps fail, rising loss, noise, images."""

from dataclasses import replace

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError, doubts
from gdexp.claims.verdict import Finding, both, equal, within
from gdexp.stats.seeds import Z, with_interval
from gdexp.stats.statistics.mean import Mean
from gdexp.util.tables import records_of

NO_IMAGES = (
    "there are no runs on CIFAR-10: not in the grid, not ended, or without the images"
)


def edge(evidence: Evidence) -> Finding:
    """All starts separate up to the edge, fewer than half beyond it."""
    table = evidence.study("edge")
    c2, edge = table["data"] == "c2", table["edge"]
    below, text = _share(table[edge <= 1.41], "idxmin")
    findings = [
        equal(
            below[0] == 1,
            f"least share separated up to 1.41: {text}",
            "some starts are not separated up to 1.41",
        )
    ]
    for name, rows in (
        ("from 1.77 on c1", table[~c2 & (edge >= 1.77)]),
        ("from 2.1 on c2", table[c2 & (edge >= 2.1)]),
    ):
        (_, low, high), text = _share(rows, "idxmax")
        findings.append(within(low, high, (0, 0.5), f"largest {name}: {text}"))
    return both(*findings)


def _share(rows: pd.DataFrame, which: str) -> tuple[tuple[float, float, float], str]:
    """Return the least or largest share separated, with its interval."""
    if rows.empty:
        raise MissingError("the steps of the study 'edge' leave out one side of it")
    share = (rows["separated"] / rows["starts"]).reset_index(drop=True)
    row = records_of(rows)[int(getattr(share, which)())]
    value, low, high = row["separated"] / row["starts"], row["ci_low"], row["ci_high"]
    return (value, low, high), with_interval(value, low, high)


def rising(evidence: Evidence) -> Finding:
    """On images the loss rises at large steps and not at the smallest."""
    cells = evidence.cells
    own = cells[(cells["dataset"] == "cifar10") & (cells["family"] == "linear")]
    if own.empty:
        raise MissingError(NO_IMAGES)
    steps = own["iterations"].clip(lower=1)
    own = own.assign(share=own["rising_steps"].astype(float) / steps)
    shares = own.groupby("step_size")["share"].agg(["min", "max"])
    numbers = ", ".join(
        f"{row['max']:.2f} at {step:g}" for step, row in shares.iterrows()
    )
    small, large = shares[shares.index < 1], shares[shares.index >= 1]
    if small.empty or large.empty:
        raise MissingError("it takes a step below 1 and one of 1 or more to compare")
    return both(
        equal(
            small["max"].iloc[0] < 0.01,
            f"share of rising steps, linear: {numbers}{doubts(own)}; one run for each,"
            " no interval",
            "the loss rises at the smallest step too",
        ),
        equal(large["min"].min() >= 0.3, "", "below 0.3 at a large step"),
    )


def nearer(evidence: Evidence) -> Finding:
    """Judge: the loss does not order the iterations by what is left."""
    table = evidence.study("oscillation")
    own = table[(table["data"] == "gaussian") & table["separated"].notna()]
    own = own[(own["model"] == "linear") & (own["step"] >= 1)]
    if own.empty:
        raise MissingError("no run with a large step separated")
    findings = []
    for step, runs in own.groupby("step"):
        ranks = np.array(
            [
                run["loss"].corr(run["separated"] - run["iteration"], method="spearman")
                for _, run in runs.groupby("seed")
            ]
        )
        middle, half = ranks.mean(), np.nan
        if len(ranks) >= Mean.least:
            half = Z * ranks.std(ddof=1) / np.sqrt(len(ranks))
        low, high = middle - half, min(middle + half, 1.0)
        text = f"{with_interval(middle, low, high)} at step {step:g}"
        found = within(low, high, (-1, 0.9), f"{text}, mean of {len(ranks)} runs")
        if found.verdict == "fails":
            why = f"the loss orders the iterations by what is left at step {step:g}"
            found = replace(found, reason=why)
        findings.append(found)
    return both(*findings)


def noise(evidence: Evidence) -> Finding:
    """Tiny noise leaves T unchanged, start by start."""
    findings = []
    for row in records_of(evidence.checks("noise")):
        low, high = row["ci_low"], row["ci_high"]
        gap = row["measured"] - row["expected"]
        text = f"{with_interval(gap, low, high, '+.3f')} with {row['case']}"
        judged = within(low, high, (-0.05, 0.05), text)
        # larger noise is shown beside it, and not part of the claim
        tiny = float(row["case"]) <= 1e-4
        findings.append(judged if tiny else Finding(text, "holds"))
    still = float(evidence.checks("noise")["expected"].iloc[0])
    head = f"mean T {still:.2f} without noise; change, start by start:"
    found = both(*findings)
    return replace(found, measured=f"{head} {found.measured}")


def images(evidence: Evidence) -> Finding:
    """Judge: the conv model is the first to separate, on each scaling of the pixels."""
    cells = evidence.cells
    cells = cells[cells["dataset"].isin(["cifar10", "cifar10:unit"])]
    if cells.empty:
        raise MissingError(NO_IMAGES)
    return both(*(_first(str(name), own) for name, own in cells.groupby("dataset")))


def _first(dataset: str, cells: pd.DataFrame) -> Finding:
    """Judge which model is first, as far as those that gave up before allow it."""
    told, first, least = [], {}, {}
    for family in ("linear", "conv"):
        own = cells[cells["family"] == family]
        done = own[own["outcome"] == "separated"]["iterations"]
        # a capped run needs more than its cap, a diverged one never gets there
        capped = own[own["outcome"] == "capped"]["max_iterations"]
        first[family] = float(done.min()) if len(done) else np.inf
        least[family] = float(capped.min()) if len(capped) else np.inf
        told.append(f"{family} {int(done.min()):,}" if len(done) else f"{family} none")
        if own.empty:
            told[-1] = f"{family} not run"
        elif done.empty:
            told[-1] += f" (best final accuracy {own['final_accuracy'].max():.4f})"
    caps = sorted(set(cells["max_iterations"]))
    numbers = f"{dataset}, cap {' and '.join(f'{cap:,}' for cap in caps)}: "
    numbers += ", ".join(told) + doubts(cells)
    if len(set(cells["family"]).intersection(first)) < len(first):
        reason = f"{dataset}: no run of one of the two models"
    elif np.isinf([*first.values()]).all():
        reason = f"{dataset}: no run separated in its cap"
    else:
        ahead, behind = "conv", "linear"
        if first["linear"] <= first["conv"]:
            ahead, behind = behind, ahead
        if least[behind] >= first[ahead]:
            why = f"{dataset}: the conv model is not first"
            return equal(ahead == "conv", numbers, why)
        reason = f"{dataset}: a {behind} run was given up before {ahead} separated"
    return Finding(numbers, "undecided", reason)
