"""Claims about risk-adaptive steps: arXiv 2504.04105.

The risk of the mean iterate comes from the study ``averaged_risk``, counts from the
experiments whose names begin with ``risk-adaptive-``. All of it is deterministic. R and
mu are the length of the longest row and the margin, exact on these data.
"""

from typing import Any

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError
from gdexp.claims.verdict import Claim, Finding, both, equal
from gdexp.stats.seeds import Array, times_of
from gdexp.util.tables import records_of

PREFIX, STUDY = "risk-adaptive-", "averaged_risk"
LARGE = 100  # steps from here on: the bounds on T are 1/gamma^2 but for some per cent
ROUNDING = 1e-12  # of a bound: it may be a whole number


def bound(evidence: Evidence) -> Finding:
    """Judge: the risk of the mean iterate is within its bound."""
    table = evidence.study(STUDY)
    ratio = table["log_risk"] / table["bound"]
    below = table["log_risk"] <= table["bound"]
    text = f"log(risk) / bound {ratio.min():.4f} to {ratio.max():.1f}"
    text += f" at {len(table)} T, down to log(risk) = {table['log_risk'].min():.3g}"
    return equal(bool(below.all()), text, f"above it at {(~below).sum()} T")


def tight(evidence: Evidence) -> Finding:
    """Judge: the bound is tight at the largest step and T."""
    table = evidence.study(STUDY)
    own = table[table["step"] == table["step"].max()]
    names = ["data", "samples", "dim"]
    findings = []
    for row in records_of(own.loc[own.groupby(names)["iterations"].idxmax()]):
        ratio = row["log_risk"] / row["bound"]
        name = f"{row['data']} n = {row['samples']} d = {row['dim']}"
        text = f"{name}: {ratio:.4f} at T = {row['iterations']:,}"
        findings.append(equal(1 <= ratio <= 1.1, text, f"{name}: not in [1, 1.1]"))
    return both(*findings)


def mean_separates(evidence: Evidence) -> Finding:
    """Judge: the mean iterate separates from T = (1 + 2 log n / step) / gamma^2 on."""
    table = evidence.study(STUDY)
    averaged = table["averaged"].astype(float).fillna(np.inf)  # not by twice the limit
    right = averaged <= np.floor(table["limit"] * (1 + ROUNDING)) + 1
    share = averaged / table["difficulty"]
    large = share[table["step"] >= LARGE]
    text = f"T gamma^2 at most {share.max():.2f}, and {large.max():.2f} from step"
    text += f" {LARGE} on"
    return equal(bool(right.all()), text, f"above it in {(~right).sum()} rows")


def separates(evidence: Evidence) -> Finding:
    """Judge: w_T separates at T = (R^2 + 2 log n / step) / mu^2 at the latest."""
    cells = _cells(evidence, "risk_adaptive")
    return _within(cells, np.log(cells["samples"].to_numpy(float)))


def normalized(evidence: Evidence) -> Finding:
    """Judge: normalized gradient descent does with 2n - 1 in the place of n."""
    cells = _cells(evidence, "normalized_gd")
    return _within(cells, np.log(2 * cells["samples"].to_numpy(float) - 1))


def _within(cells: pd.DataFrame, logarithms: Array) -> Finding:
    times, steps = times_of(cells), cells["step_size"].to_numpy(float)
    lengths, margins = np.array([_squares(row) for row in records_of(cells)]).T
    limits = (lengths + 2 * logarithms / steps) / margins
    right = times <= np.floor(limits * (1 + ROUNDING))
    share = times / limits
    text = f"T is {share.min():.2g} to {share.max():.2g} of the bound in {len(cells)}"
    text += " cells"
    if (steps >= LARGE).any():
        most = (times * margins / lengths)[steps >= LARGE].max()
        text += f"; from step {LARGE} on at most {most:.2g} / gamma^2"
    return equal(bool(right.all()), text, f"above it in {(~right).sum()} cells")


def samples(evidence: Evidence) -> Finding:
    """Judge: on the worst case T does not depend on n; that of gradient descent does.

    At the largest step of each.
    """
    findings = []
    for algorithm in ("risk_adaptive", "gd"):
        cells = _cells(evidence, algorithm)
        own = cells[cells["dataset"] == "worst_case"]
        own = own[own["step_size"] == own["step_size"].max()].sort_values("samples")
        if own["samples"].nunique() < 2:
            raise MissingError(f"{algorithm} has no two n of the worst case")
        times, n = times_of(own), own["samples"].to_numpy(float)
        text = f"{algorithm}: " + ", ".join(
            f"{t:g} at n = {size:g}" for t, size in zip(times, n, strict=True)
        )
        growth = np.log(times[-1] / times[0]) / np.log(n[-1] / n[0])
        right = growth == 0 if algorithm == "risk_adaptive" else 0.9 <= growth <= 1.1
        why = f"{algorithm}: T grows like n^{growth:.2f}"
        findings.append(equal(bool(right), text, why))
    return both(*findings)


def _cells(evidence: Evidence, algorithm: str) -> pd.DataFrame:
    cells = evidence.cells
    own = cells[
        cells["experiment"].str.startswith(PREFIX) & (cells["algorithm"] == algorithm)
    ]
    if own.empty:
        raise MissingError(f"no {algorithm} in an experiment {PREFIX}...")
    return own


def _squares(cell: dict[str, Any]) -> tuple[float, float]:
    """Return R^2 and mu^2 of the data of a cell."""
    if cell["dataset"] == "worst_case":
        return 1.25, 0.25
    if cell["dataset"] == "two_point":
        return 1 + 0.25 / cell["dim"], 0.25 / cell["dim"]
    raise MissingError(f"the margin of {cell['dataset']!r} is not known")


CLAIMS = (
    Claim(
        "risk-adaptive-bound",
        "risk-adaptive steps, exponential loss: the risk of the mean of w_0 to w_{T-1}"
        " is at most exp(-step (gamma^2 T - 1) / 2), rows of length at most 1",
        "arXiv 2504.04105 (abstract); this form derived",
        "log(risk) at most the bound for all data, steps and T",
        bound,
    ),
    Claim(
        "risk-adaptive-tight",
        "the bound is tight",
        "ours; ratios of 1.00 to 1.01 were seen earlier on the worst case, n = 1000",
        "log(risk) / bound in [1, 1.1] (ours) at the largest step and T of each data"
        " set",
        tight,
    ),
    Claim(
        "risk-adaptive-mean",
        "the mean iterate separates once T exceeds 1/gamma^2, at large steps",
        "arXiv 2504.04105 (abstract); (1 + 2 log(n) / step) / gamma^2 derived",
        "from that T on, at the latest",
        mean_separates,
    ),
    Claim(
        "risk-adaptive-separates",
        "so does the last iterate, after at most (R^2 + 2 log(n) / step) / mu^2"
        " updates",
        "derived: the perceptron's argument, with the softmax in the place of one"
        " sample",
        "T at most the bound in all cells",
        separates,
    ),
    Claim(
        "risk-adaptive-normalized",
        "normalized gradient descent needs at most (R^2 + 2 log(2n - 1) / step) / mu^2",
        "arXiv 2412.08424, Theorem 6.1",
        "T at most the bound in all cells",
        normalized,
    ),
    Claim(
        "risk-adaptive-samples",
        "on the worst case of the batch perceptron its T does not depend on n, that of"
        " gradient descent is in proportion to n",
        "arXiv 2504.04105 (abstract), 2412.08424, Theorem 5.1; at the largest step",
        "the same T for all n; for gradient descent a power of n in [0.9, 1.1] (ours)",
        samples,
    ),
)
