"""What gradient flow conserves on diagonal networks: u v, and 1/u + 1/v of depth 3."""

import numpy as np

from gdexp.claims.evidence import Evidence, MissingError, complete, largest
from gdexp.claims.verdict import Claim, Finding, both, equal, within
from gdexp.stats.intervals import bootstrapped
from gdexp.stats.seeds import with_interval
from gdexp.stats.slopes import slope

ORDER, ROUNDING = (0.9, 1.1), 1e-12


def order(evidence: Evidence) -> Finding:
    """Judge: the drift over a fixed time is proportional to the step."""
    table = evidence.study("conservation")
    findings = []
    for depth, own in table.groupby("depth"):
        drift = own.pivot(index="seed", columns="step", values="drift")
        complete(drift, f"the drift at depth {depth}")
        if len(drift) < 10 or drift.shape[1] < 3:
            raise MissingError("fewer than 10 draws or 3 steps")
        log_step = np.log(drift.columns.to_numpy(float))
        slopes = slope(log_step, np.log(drift.to_numpy()))
        value, low, high = bootstrapped([slopes], lambda drawn: drawn[0].mean())
        number = with_interval(value, low, high, ".3f")
        findings.append(within(low, high, ORDER, f"depth {depth}: {number}"))
    return both(*findings)


def product(evidence: Evidence) -> Finding:
    """Judge: of depth 2 each step multiplies u v by 1 - 4 step^2 g^2."""
    table = evidence.study("conservation")
    error = largest(table.loc[table["depth"] == 2, "rounding"])
    return equal(
        error <= ROUNDING,
        f"largest relative error {error:.0e}",
        f"the error is above {ROUNDING:g}",
    )


CLAIMS = (
    Claim(
        "conservation-order",
        "over a fixed time step * t gradient descent drifts off u v (depth 2) and"
        " 1/u + 1/v (depth 3), which the flow conserves, in proportion to the step",
        "derived",
        f"orders in [{ORDER[0]:g}, {ORDER[1]:g}] (the width ours)",
        order,
    ),
    Claim(
        "conservation-product",
        "each step multiplies u v by 1 - 4 step^2 g^2, depth 2",
        "derived",
        f"equal up to {ROUNDING:g} (ours) after up to 1,280 steps",
        product,
    ),
)
