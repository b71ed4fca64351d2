"""Judges of limits, identities, step counts and bounds."""

import numpy as np

from gdexp.claims.evidence import Evidence, MissingError, largest
from gdexp.claims.verdict import Finding, Judge, both, equal

ROUNDING = 1e-12


def identity(check: str) -> Judge:
    """Return the judge of an identity: its error is rounding."""

    def judge(evidence: Evidence) -> Finding:
        error = largest(evidence.checks(check)["measured"])
        return equal(
            error <= ROUNDING,
            f"largest relative error {error:.1e}",
            f"the error is above {ROUNDING:g}",
        )

    return judge


def limits(evidence: Evidence, model: str) -> Finding:
    """Each case ends, at the largest R, without a mismatch and at a small distance."""
    table = evidence.study("reduction")
    table = table[table["model"] == model]
    findings = []
    for case, own in table.groupby("case", sort=False):
        ends = own.groupby("scale").last()
        last = ends.iloc[-1]
        mismatch = ends["first_mismatch"].fillna(np.inf).to_numpy()
        clean = bool(np.isinf(mismatch[-1])) and last["distance"] < 1e-6
        first = [f"{x:.0f}" if np.isfinite(x) else "-" for x in mismatch]
        numbers = f"{case}: first mismatch {', '.join(first)}"
        numbers += f", distance {last['distance']:.0e} at R = {ends.index[-1]:.0e}"
        reason = f"{case}: signs differ or distance above 1e-6 at the largest R"
        findings.append(equal(clean, numbers, reason))
        if model == "conv":
            grows = bool((mismatch[1:] >= mismatch[:-1]).all())
            findings.append(
                equal(grows, "", f"{case}: the first mismatch comes earlier again")
            )
    return both(*findings)


def degrees(evidence: Evidence) -> Finding:
    """For each degree L the power 2 - L, and no other, gives the perceptron."""
    table = evidence.study("homogeneity")
    last = table[table["scale"] == table["scale"].max()]
    worst = last.groupby(["degree", "power"])["distance"].agg(["min", "max"])
    findings = []
    for degree in sorted(table["degree"].unique()):
        right = worst.loc[(degree, 2 - degree), "max"]
        others = worst.loc[degree].drop(2 - degree)["min"].min()
        findings.append(
            equal(
                bool(right < 1e-3 < 1e-2 < others),
                f"L = {degree}: {right:.0e} at R^{2 - degree}, {others:.2g} or more"
                " for the others",
                f"L = {degree}: the power {2 - degree} does not stand out",
            )
        )
    return both(*findings)


def growth(evidence: Evidence) -> Finding:
    """Compare the projections with their law at every iteration."""
    run = evidence.study("phases")
    run = run[run["model"] == "conv"]
    error = max(
        largest((run[name] / run[f"{name}_law"] - 1).abs())
        for name in ("growing", "shrinking")
    )
    return equal(
        error <= 1e-9,
        f"largest relative error {error:.0e} over {len(run)} iterations",
        "the error is above 1e-9",
    )


def counts(check: str) -> Judge:
    """Return the judge of step counts that are known exactly."""

    def judge(evidence: Evidence) -> Finding:
        rows = evidence.checks(check)
        wrong = rows[rows["measured"] != rows["expected"]]
        shown = ", ".join(f"{x:.0f}" for x in rows["measured"])
        return equal(
            wrong.empty,
            shown,
            "; ".join(
                f"{row.case}: {row.measured:.0f} instead of {row.expected:.0f}"
                for row in wrong.itertuples()
            ),
        )

    return judge


def bound(check: str) -> Judge:
    """Return the judge of an upper bound on T."""

    def judge(evidence: Evidence) -> Finding:
        rows = evidence.checks(check)
        share = rows["measured"] / rows["expected"]
        return equal(
            bool((share <= 1).all()),
            f"T is {share.min():.2f} to {share.max():.2f} of the bound,"
            f" {len(rows)} cases",
            f"above the bound in {(share > 1).sum()} cases",
        )

    return judge


def novikoff(evidence: Evidence) -> Finding:
    """Judge the bound, and d/4 against 2 d on c1.

    The d/4 is that of gradient descent with large steps: the batch perceptron itself
    meets a tie on c1, which costs it as many steps again.
    """
    dims, shares = [], []
    for check, column, unit in (
        ("c1_zero_start", "measured", 0.25),
        ("bound_batch", "expected", 2),
        ("bound_batch", "measured", 0.25),
    ):
        rows = evidence.checks(check)
        rows = rows[rows["case"].str.startswith(("c1 ", "step="))]
        if rows.empty:
            raise MissingError(f"the study 'checks' has no c1 in {check}")
        dim = rows["case"].str.extract(r"d=(\d+)", expand=False).astype(int).to_numpy()
        dims.append(int(dim.max()))
        shares.append(rows[column].to_numpy()[dim.argmax()] / (unit * dims[-1]))
    quarter, double, tied = shares
    return both(
        bound("bound_batch")(evidence),
        equal(
            0.9 <= quarter <= 1.1 and 0.9 <= double <= 1.1,
            f"on c1 at d = {max(dims):,} gradient descent with large steps takes"
            f" {quarter:.3f} d/4, the bound is {double:.3f} 2 d (the batch perceptron,"
            f" with a tie there, takes {tied:.3f} d/4)",
            "on c1 T is not d/4, or the bound not 2 d, within 10 %",
        ),
    )
