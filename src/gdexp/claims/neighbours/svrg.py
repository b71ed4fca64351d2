"""Judges of variance-reduced steps, with and without noise, arXiv 2203.16217.

The source bounds the gradients that Langevin steps with variance reduction need until
their law is near a Gibbs measure. On separable data without regularization there is
none, so no rate is at stake here: only the steps, and the gradients they cost.
"""

import math
from collections.abc import Iterator

import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError
from gdexp.claims.verdict import ABOVE, BELOW, Claim, Finding, both, equal, within
from gdexp.stats.intervals import median_interval
from gdexp.stats.seeds import times_of, with_interval

LARGE_N = 16  # from so many samples on, a refresh every sqrt(n) steps is cheap


def steps(evidence: Evidence) -> Finding:
    """Judge: without noise, as many steps as gradient descent, sample for sample."""
    findings = []
    for name, own in _pairs(evidence):
        times = pd.DataFrame(own["T"])
        findings.append(_ratio(name, times, "svrg", "gd", (0.9, 1.1), ".3f"))
    return both(*findings)


def price(evidence: Evidence) -> Finding:
    """Judge what an update costs: 2 gradients, and n for each refresh."""
    cells = _cells(evidence, "svrg")
    every = cells["n"].map(lambda n: math.ceil(math.sqrt(n)))
    # whole periods, and the refresh of one that has begun
    refreshes = -(-cells["updates"] // every)
    right = cells["sample_gradients"] == 2 * cells["updates"] + refreshes * cells["n"]
    return equal(
        bool(right.all()),
        f"2 updates + n refreshes in {right.sum()} of {len(cells)} cells",
        "the oracle's work is counted otherwise",
    )


def cheaper(evidence: Evidence) -> Finding:
    """Judge the cost in single-sample gradients beside gd and sgd."""
    findings = []
    for name, own in _pairs(evidence):
        n, spent = int(own["n", "gd"].iloc[0]), pd.DataFrame(own["sample_gradients"])
        name = f"{name} (n = {n})"
        if n < LARGE_N:
            findings.append(_ratio(name, spent, "svrg", "gd", ABOVE, ".3g"))
        else:
            findings.append(_ratio(name, spent, "svrg", "gd", BELOW, ".3g"))
            findings.append(_ratio("", spent, "sgd", "svrg", BELOW, ".3g"))
    return both(*findings)


def noise(evidence: Evidence) -> Finding:
    """Judge the exponent of the median of T with noise, and T beside none."""
    rows, own = evidence.exponents, _cells(evidence, "svrg", noisy=True)
    name, model = own["experiment"].iloc[0], own["model"].iloc[0]
    fit = rows[
        (rows["experiment"] == name)
        & (rows["model"] == model)
        & (rows["statistic"] == "median")
    ]
    if fit.empty:
        raise MissingError(f"{name}: no exponent of the median")
    last = fit.iloc[0]
    low, high = float(last["ci_low"]), float(last["ci_high"])
    number = with_interval(float(last["exponent"]), low, high)
    largest = own[own["dim"] == own["dim"].max()]
    # the same data and step without noise, one run
    quiet = _cells(evidence, "svrg")
    quiet = quiet[quiet["dataset"] == "two_point"]
    quiet = quiet[quiet["dim"] == own["dim"].max()]
    if quiet.empty:
        raise MissingError("no run without noise at the largest d with noise")
    share = median_interval((largest["T"] / quiet["T"].iloc[0]).to_numpy())
    text = f"at d = {own['dim'].max():,} {with_interval(*share, '.3f')} of T without"
    seeds = int(own["seed"].nunique())
    return both(
        within(low, high, (1 / 3, 1 / 2), f"median: exponent {number}", seeds),
        within(*share[1:], BELOW, f"{text} noise", len(largest)),
    )


def _ratio(
    name: str,
    values: pd.DataFrame,
    method: str,
    other: str,
    expected: tuple[float, float],
    form: str,
) -> Finding:
    """Judge the ratio of two methods, seed by seed; of one run, exactly."""
    ratio = (values[method] / values[other]).to_numpy(float)
    number = with_interval(*(found := median_interval(ratio)), form)
    if len(ratio) == 1:
        number = f"{ratio[0]:{form}}"
    text = f"{name}: {method} / {other} {number}".removeprefix(": ")
    return within(*found[1:], expected, text, len(ratio))


def _pairs(evidence: Evidence) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield what gd, svrg and sgd came to, side by side, a row for each seed.

    One table for each experiment and d, for different d are no draws of one number.
    """
    found = [_cells(evidence, name) for name in ("gd", "svrg", "sgd")]
    table = pd.concat(found)
    keys = ["experiment", "dim", "seed"]
    wide = table.pivot(
        index=keys, columns="algorithm", values=["T", "sample_gradients", "n"]
    )
    for (experiment, dim), own in wide.dropna().groupby(level=keys[:2]):
        yield f"{experiment}, d = {dim:,}", own


def _cells(evidence: Evidence, algorithm: str, noisy: bool = False) -> pd.DataFrame:
    """Return the cells of experiments svrg-..., with T and n."""
    cells = evidence.cells
    own = cells[
        cells["experiment"].str.startswith("svrg-")
        & (cells["algorithm"] == algorithm)
        & (cells["experiment"].eq("svrg-noise") == noisy)
    ]
    if own.empty:
        raise MissingError(f"no {algorithm} in an experiment svrg-...")
    n = own["samples"].astype("Float64").fillna(2).astype(int)
    return own.assign(T=times_of(own), n=n)


SOURCE = "arXiv 2203.16217"
CLAIMS = (
    Claim(
        "svrg-steps",
        "without noise variance reduction takes as many steps as gradient descent at"
        " the same step",
        f"the update of {SOURCE}; ours, as measured earlier",
        "ratio of T in [0.9, 1.1], of seeds the median with its interval",
        steps,
    ),
    Claim(
        "svrg-price",
        "an update costs two gradients of single samples, and n at each refresh",
        SOURCE,
        "2 updates + n ceil(updates / ceil(sqrt n)), in every cell",
        price,
    ),
    Claim(
        "svrg-cheaper",
        "in gradients of single samples: on two samples variance reduction costs more"
        " than gradient descent; from 16 on less, but more than plain sgd, since on"
        " separable data the variance ends by itself",
        "ours",
        "gd < svrg on two samples; sgd < svrg < gd from n = 16 on: ratios, of seeds the"
        " median with its interval",
        cheaper,
    ),
    Claim(
        "svrg-noise",
        "noise makes it a random search for a cone of the angle 1.5 / sqrt(d): less T"
        " than without, and no rate of the source",
        "derived by counting expected hits, across confined or free",
        "exponent of the median in [1/3, 1/2]; less T than without at the largest d",
        noise,
    ),
)
