"""Dynamic mode decomposition (arXiv 2012.06191): a trajectory tells the update.

Of the source only the abstract is known to us: it trains a lifting through an
eigendecomposition. Here is the decomposition alone, on what is linear as it stands.
"""

import numpy as np

from gdexp.claims.evidence import Evidence, MissingError, largest
from gdexp.claims.verdict import Claim, Finding, both, equal, within
from gdexp.stats.intervals import median_interval
from gdexp.stats.seeds import with_interval

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
        error, rest = largest(own["error"]), largest(own["rest"])
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
    # the largest error of each run that has a phase that is long enough, few at some R
    runs = table.groupby(["scale", "seed"])["error"].max()
    starts = table["starts"].max()
    middle, shown = {}, []
    for scale, own in runs.groupby("scale"):
        middle[scale] = value, low, high = median_interval(own.to_numpy())
        shown.append(
            f"{with_interval(value, low, high, '.1e')} at R = {scale:g}"
            f" ({len(own)} of {starts} runs)"
        )
    _, least, most = np.transpose([*middle.values()])
    ends = [np.log(np.maximum(each, EXACT)) for each in (least, most)]  # or rounding
    growth = zip(ends[0][1:] - ends[1][:-1], ends[1][1:] - ends[0][:-1], strict=True)
    return both(
        Finding(f"median error {', '.join(shown)}", "holds"),
        *(within(*each, (-np.inf, 0.0), "") for each in growth),
        within(least[-1], most[-1], (0.0, EXACT), ""),
        within(least[0], most[0], (FAR, np.inf), ""),
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
        "from R = 1 on the median over starts that have a phase, with its interval,"
        f" does not grow; above {FAR:g} there, below {EXACT:g} at the largest R"
        " (numbers ours, after 12 other starts)",
        descent,
    ),
)
