"""Products with Gram matrices (beside arXiv 2006.09535): error against cost.

Of the source only the abstract is known to us: a kernel between many points, applied at
linear cost by graphs of several levels, whose parts are learned. Graphs, levels and
learning are not tried here; the cost of the product is.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gdexp.claims.evidence import Evidence, MissingError, complete
from gdexp.claims.verdict import Claim, Finding, both, within
from gdexp.stats.intervals import LEAST, bootstrapped
from gdexp.stats.seeds import with_interval
from gdexp.stats.slopes import slope

Array = NDArray[np.float64]

RATE, FASTER, LINEAR = (-0.55, -0.45), (-np.inf, -0.75), (0.9, 1.1)


def errors(evidence: Evidence, kernel: str, way: str) -> dict[int, pd.DataFrame]:
    """Return for each n the errors, a row per seed and a column per m.

    The samples of a seed are those of its number, for every kernel, and the first ones
    of any larger n: what is compared is drawn anew by the seed, together.
    """
    table = evidence.study("products")
    own = table[(table["kernel"] == kernel) & (table["way"] == way)]
    found = {
        n: own[own["samples"] == n].pivot(
            index="seed", columns="columns", values="error"
        )
        for n in sorted(own["samples"].unique().tolist())
    }
    for n, each in found.items():
        complete(each, f"{kernel}, {way}, n = {n}")
    if not found or min(map(len, found.values())) < LEAST:
        raise MissingError(f"{kernel}, {way}: fewer than {LEAST} draws")
    return found


def at_largest(evidence: Evidence, kernel: str, way: str) -> pd.DataFrame:
    """Return the errors at the largest n."""
    found = errors(evidence, kernel, way)
    return found[max(found)]


def power(table: pd.DataFrame) -> Callable[[Array], float]:
    """Return what gives the slope on m of the root mean square of such errors."""
    log_m = np.log(table.columns.to_numpy(float))
    return lambda drawn: float(slope(log_m, np.log((drawn**2).mean(axis=0)) / 2))


def _rate(table: pd.DataFrame) -> tuple[float, float, float]:
    of = power(table)
    return bootstrapped([table.to_numpy()], lambda draws: of(draws[0]))


def rate(evidence: Evidence) -> Finding:
    """Judge: random features err like m^(-1/2), whatever the kernel."""
    return both(
        *(
            within(low, high, RATE, f"{kernel} {with_interval(value, low, high)}")
            for kernel in ("gaussian", "arc-cosine")
            for value, low, high in [_rate(at_largest(evidence, kernel, "features"))]
        )
    )


def landmarks(evidence: Evidence) -> Finding:
    """Judge: on the smooth kernel Nystroem's error falls faster."""
    value, low, high = _rate(at_largest(evidence, "gaussian", "landmarks"))
    return within(low, high, FASTER, f"gaussian {with_interval(value, low, high)}")


def smooth(evidence: Evidence) -> Finding:
    """Judge: Nystroem's error falls faster on the smooth kernel than on the other."""
    one, other = (
        at_largest(evidence, kernel, "landmarks")
        for kernel in ("gaussian", "arc-cosine")
    )
    first, second, split = power(one), power(other), len(one.columns)
    joint = pd.concat([one, other], axis=1, join="inner").to_numpy()
    value, low, high = bootstrapped(
        [joint],
        lambda draws: first(draws[0][:, :split]) - second(draws[0][:, split:]),
    )
    text = f"gaussian {with_interval(*_rate(one))}, arc-cosine"
    text += f" {with_interval(*_rate(other))}, difference"
    text += f" {with_interval(value, low, high)}"
    return within(low, high, (-np.inf, 0.0), text)


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
        # c^2 of each seed, a column per n
        squares = pd.concat(
            [(x**2 * x.columns).mean(axis=1) for x in found.values()],
            axis=1,
            join="inner",
        ).to_numpy()

        def of(draws: Sequence[Array], log_n: Array = log_n) -> float:
            return 1 + float(slope(log_n, np.log(draws[0].mean(axis=0))))

        value, low, high = bootstrapped([squares], of)
        text = f"{kernel}: n^{with_interval(value, low, high)}"
        findings.append(within(low, high, LINEAR, text, len(squares)))
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
