"""Descent-ascent in the mean-field scaling (arXiv 2404.12312).

Its abstract says that descent-ascent comes to a stationary point at the rate
O(1/T + 1/alpha), alpha a scale of the network, and that features move by O(1/alpha) in
the Wasserstein distance. What the game of `gdexp.studies.mean_field` leads one to
expect is derived there.
"""

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, complete, largest, there
from gdexp.claims.verdict import Claim, Finding, Judge, both, equal, within
from gdexp.stats.intervals import mean_of
from gdexp.stats.slopes import slope

SOURCE = "arXiv 2404.12312 (abstract)"
LARGE = 16.0  # alphas from which powers are fitted


def exponent(column: str, spans: dict[str, tuple[float, float]]) -> Judge:
    """Return the judge of the power of alpha of a column, with each activation."""

    def judge(evidence: Evidence) -> Finding:
        ends = _ends(evidence)
        ends = ends[ends["alpha"] >= LARGE]
        findings = []
        ends = ends[ends["activation"].isin(spans)]
        for kind, own in ends.groupby("activation", sort=False):
            wide = own.pivot(index="seed", columns="alpha", values=column)
            complete(wide, f"{column}, {kind}")
            logs = np.log(wide.columns.to_numpy(float)), np.log(wide.to_numpy())
            found = mean_of(slope(*logs).tolist())
            text = f"{kind}: {found}"
            findings.append(within(*found[1:], spans[str(kind)], text, len(wide)))
        return both(*findings)

    return judge


def limit(evidence: Evidence) -> Finding:
    """Judge how far units move against what the kernel makes of it."""
    ends = _ends(evidence)
    ends = ends[ends["alpha"] == ends["alpha"].max()]
    findings = []
    for kind, own in ends.groupby("activation", sort=False):
        share = own["moved"] / own["law"]
        text = f"{kind}, alpha = {own['alpha'].iloc[0]:g}: {share.min():.4f} to"
        text += f" {share.max():.4f} of sqrt(m' K^-1 m) / alpha, {len(own)} seeds"
        why = f"{kind}: not within 1 %"
        findings.append(equal(largest((share - 1).abs()) <= 0.01, text, why))
    return both(*findings)


def gap(evidence: Evidence) -> Finding:
    """Judge the gap of the averages against its bound on the kernel."""
    table = evidence.study("mean_field")
    table = there(table[table["alpha"] >= LARGE], f"the game from alpha = {LARGE:g}")
    share = largest(table["gap"] / table["bound"])
    last = table.loc[table["iteration"] == table["iteration"].max(), "gap"].max()
    return equal(
        bool(share <= 1),
        f"at most {share:.2f} of the bound, {last:.1g} at the end",
        "above the bound",
    )


def _ends(evidence: Evidence) -> pd.DataFrame:
    table = evidence.study("mean_field")
    ends: pd.DataFrame = table[table["iteration"] == table["iteration"].max()]
    return ends


CLAIMS = (
    Claim(
        "mean-field-features",
        "features move by O(1/alpha)",
        f"{SOURCE}; that it is no less is derived",
        f"power of alpha in [-1.05, -0.95] from alpha = {LARGE:g}, the interval over"
        " seeds",
        exponent("moved", dict.fromkeys(("quadratic", "relu"), (-1.05, -0.95))),
    ),
    Claim(
        "mean-field-norm",
        "alpha times how far they move tends to the norm of the margins in the"
        " kernel's space",
        "derived, ours",
        "within 1 % at the largest alpha in every seed",
        limit,
    ),
    Claim(
        "mean-field-kernel",
        "margins differ from those of the kernel by O(1/alpha) at most: with a smooth"
        " activation, from a start in pairs, by 1/alpha^2",
        "derived, ours",
        f"power of alpha in [-2.2, -1.8] from alpha = {LARGE:g}, the interval over"
        " seeds",
        exponent("deviation", {"quadratic": (-2.2, -1.8)}),
    ),
    Claim(
        "mean-field-kinks",
        "with relu by 1/sqrt(alpha) at one width, for units that cross their kink",
        "derived for many such units, ours",
        f"power of alpha in [-0.75, -0.25] from alpha = {LARGE:g}, the interval over"
        " seeds",
        exponent("deviation", {"relu": (-0.75, -0.25)}),
    ),
    Claim(
        "mean-field-gap",
        "the averages of descent-ascent have a duality gap of O(1/T + 1/alpha)",
        f"{SOURCE}; constant derived for the kernel",
        f"at every T below the bound of the kernel's game, from alpha = {LARGE:g}",
        gap,
    ),
)
