"""Products with Gram matrices (beside arXiv 2006.09535): error against cost.

Of the source only the abstract is known to us: a kernel between many points, applied at
linear cost by graphs of several levels, whose parts are learned. Graphs, levels and
learning are not tried here; the cost of the product is.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gdexp.claims.verdict import Claim, Evidence, Finding, MissingError, both, within
from gdexp.stats.intervals import bootstrapped
from gdexp.stats.seeds import with_interval
from gdexp.stats.slopes import slope

Array = NDArray[np.float64]

RATE, FASTER, LINEAR = (-0.55, -0.45), (-np.inf, -0.75), (0.9, 1.1)


def errors(evidence: Evidence, kernel: str, way: str) -> dict[int, pd.DataFrame]:
    """Return for each n the errors, a row per seed and a column per m."""
    table = evidence.study("products")
    own = table[(table["kernel"] == kernel) & (table["way"] == way)]
    found = {
        n: own[own["samples"] == n].pivot_table(
            index="seed", columns="columns", values="error"
        )
        for n in sorted(own["samples"].unique().tolist())
    }
    if not found or min(map(len, found.values())) < 10:
        raise MissingError(f"{kernel}, {way}: fewer than 10 draws")
    return found


def _rate(evidence: Evidence, kernel: str, way: str) -> tuple[float, float, float]:
    """Return the slope of the error's root mean square on m, at the largest n."""
    found = errors(evidence, kernel, way)
    table = found[max(found)]
    log_m = np.log(table.columns.to_numpy(float))

    def of(draws: Sequence[Array]) -> float:
        return float(slope(log_m, np.log((draws[0] ** 2).mean(axis=0)) / 2))

    return bootstrapped([table.to_numpy()], of)


def rate(evidence: Evidence) -> Finding:
    """Judge: random features err like m^(-1/2), whatever the kernel."""
    return both(
        *(
            within(low, high, RATE, f"{kernel} {with_interval(value, low, high)}")
            for kernel in ("gaussian", "arc-cosine")
            for value, low, high in [_rate(evidence, kernel, "features")]
        )
    )


def landmarks(evidence: Evidence) -> Finding:
    """Judge: on the smooth kernel Nystroem's error falls faster."""
    value, low, high = _rate(evidence, "gaussian", "landmarks")
    return within(low, high, FASTER, f"gaussian {with_interval(value, low, high)}")


def smooth(evidence: Evidence) -> Finding:
    """Judge: Nystroem's error falls faster on the smooth kernel than on the other."""
    value, low, high = _rate(evidence, "gaussian", "landmarks")
    other, least, most = _rate(evidence, "arc-cosine", "landmarks")
    text = f"gaussian {with_interval(value, low, high)}, arc-cosine"
    text += f" {with_interval(other, least, most)}"
    # the interval of the difference, of two that are independent
    half = np.hypot(high - low, most - least) / 2
    gap = value - other
    return within(gap - half, gap + half, (-np.inf, 0.0), text)


def linear(evidence: Evidence) -> Finding:
    """Judge: the cost of one error grows like n, that of the product itself like n^2.

    With error = c(n) / sqrt(m) it takes m = (c / error)^2, and n m (d + 2) in all.
    """
    findings = []
    for kernel in ("gaussian", "arc-cosine"):
        found = errors(evidence, kernel, "features")
        if len(found) < 3:
            raise MissingError(f"{kernel}: fewer than three n")
        log_n = np.log(np.array(list(found), float))
        units = [
            x.to_numpy() * np.sqrt(x.columns.to_numpy(float)) for x in found.values()
        ]

        def of(draws: Sequence[Array], log_n: Array = log_n) -> float:
            squares = np.array([(x**2).mean() for x in draws])
            return 1 + float(slope(log_n, np.log(squares)))

        value, low, high = bootstrapped(units, of)
        text = f"{kernel}: n^{with_interval(value, low, high)}"
        seeds = min(map(len, units))
        findings.append(within(low, high, LINEAR, text, seeds))
    return both(*findings)


CLAIMS = (
    Claim(
        "products-rate",
        "random features: the error of K v falls like m^(-1/2) in the number m of"
        " features, whatever the kernel",
        "derived: a mean of m independent terms with expectation K",
        f"slopes in [{RATE[0]:g}, {RATE[1]:g}] (the width ours)",
        rate,
    ),
    Claim(
        "products-linear",
        "so the cost of K v up to one error grows like n, and not like n^2",
        "derived; the question after arXiv 2006.09535",
        f"exponents in [{LINEAR[0]:g}, {LINEAR[1]:g}] (the width ours)",
        linear,
    ),
    Claim(
        "products-landmarks",
        "Nystroem: on the Gaussian kernel, a smooth one, the error falls faster",
        "ours",
        f"a slope below {FASTER[1]:g} (ours)",
        landmarks,
    ),
    Claim(
        "products-smooth",
        "Nystroem: it falls faster on the smooth kernel than on the one with a kink,"
        " whose eigenvalues follow a power law in the end",
        "ours",
        "a slope below that of the other kernel",
        smooth,
    ),
)
