"""Dynamic mode decomposition (arXiv 2012.06191): a trajectory tells the update.

Of the source only the abstract is known to us: it trains a lifting through an
eigendecomposition. Here is the decomposition alone, on what is linear as it stands.
"""

import numpy as np

from gdexp.claims.verdict import Claim, Evidence, Finding, MissingError, both, equal

EXACT, REST = 1e-8, 1e-12
FAR = 1e-2


def exact(evidence: Evidence) -> Finding:
    """Judge: the perceptrons' eigenvalues are those derived, and no others."""
    table = evidence.study("modes")
    table = table[table["loss"] == "perceptron"]
    findings = []
    for model, modes in (("conv", 2), ("conv", 4), ("linear", 1)):
        own = table[(table["model"] == model) & (table["modes"] == modes)]
        name = f"{model}, {modes} modes"
        if own.empty:
            raise MissingError(f"{name}: no phase is long enough")
        error, rest = float(own["error"].max()), float(own["rest"].max())
        findings.append(
            equal(
                error < EXACT and rest < REST,
                f"{name}: largest error {error:.0e}, the rest {rest:.0e},"
                f" {len(own)} phases",
                f"{name}: an error above {EXACT:g} or a rest above {REST:g}",
            )
        )
    return both(*findings)


def descent(evidence: Evidence) -> Finding:
    """Judge: from longer starts gradient descent comes to the same eigenvalues."""
    table = evidence.study("modes")
    table = table[(table["loss"] == "logistic") & (table["scale"] >= 1)]
    if table["scale"].nunique() < 2:
        raise MissingError("the study 'modes' has fewer than two R from 1 on")
    runs = table.groupby(["scale", "seed"])["error"].max()
    middle = runs.groupby("scale").median()
    floored = np.maximum(middle.to_numpy(), EXACT)  # below it rounding decides
    shown = ", ".join(f"{x:.1e} at R = {scale:g}" for scale, x in middle.items())
    return both(
        equal(
            bool((np.diff(floored) <= 0).all()),
            f"median error {shown}",
            "it grows with R",
        ),
        equal(
            bool(middle.iloc[-1] < EXACT and middle.iloc[0] > FAR),
            "",
            f"not below {EXACT:g} at the largest R, or below {FAR:g} at the smallest",
        ),
    )


CLAIMS = (
    Claim(
        "modes-exact",
        "while the active set stays, dynamic mode decomposition of the perceptron's"
        " trajectory on c1 finds 1 +- step/n sqrt(b'b +- b'Pb) with b = sum_S y_i b_i,"
        " for the linear model 1, and nothing else",
        "derived; the question after arXiv 2012.06191",
        f"errors below {EXACT:g}, and what is left below {REST:g} of the largest part"
        " (both ours: rounding, with room)",
        exact,
    ),
    Claim(
        "modes-descent",
        "what it finds for gradient descent comes to that as the start grows:"
        " sigmoid(-m) becomes an indicator",
        "derived",
        f"from R = 1 on the median over starts does not grow; above {FAR:g} there,"
        f" below {EXACT:g} at the largest R (numbers ours, after 12 other starts)",
        descent,
    ),
)
