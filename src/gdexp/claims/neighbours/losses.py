"""Claims about other losses than the logistic one: arXiv 2502.04889.

They look at the experiments whose names begin with ``losses-``: the linear model from
0, gradient descent. All of it is deterministic.
"""

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError
from gdexp.claims.verdict import Claim, Finding, both, equal
from gdexp.stats.seeds import times_of
from gdexp.stats.slopes import last_windows
from gdexp.util.tables import records_of

PREFIX = "losses-"
UNTIL_ZERO = {8: 13, 16: 15, 32: 14, 64: 14}  # updates to loss 0, by step
NEVER_UP_TO = 4
OVER_D = {16: 4, 64: 16, 256: 68, 1024: 268}  # T of step 8, by d
SQUARE_EDGE = 0.7987  # 2 over the largest eigenvalue of the Hessian, on the four points


def zero(evidence: Evidence) -> Finding:
    """Judge: after so many updates the modified Huber loss is exactly 0."""
    cells = _cells(evidence, "four_points", "huber")
    cells = cells[cells["stop"] == "zero_loss"].set_index("step_size")
    large = cells[cells.index.isin(UNTIL_ZERO)]
    small = cells[cells.index <= NEVER_UP_TO]
    if len(large) < len(UNTIL_ZERO) or small.empty:
        raise MissingError("not all steps were run until the loss is 0")
    found = large["updates"].where(large["final_loss"] == 0)
    text = ", ".join(f"{n:g} at step {step:g}" for step, n in found.items())
    text += f"; loss {small['final_loss'].min():.1e} or more after"
    text += f" {small['updates'].min():,} updates at steps"
    text += f" {', '.join(f'{step:g}' for step in small.index)}"
    right = found.to_dict() == UNTIL_ZERO and (small["final_loss"] > 0).all()
    long = small["updates"].min() >= 20_000
    return equal(bool(right and long), text, "other counts, or 0 at a small step")


def counts(evidence: Evidence) -> Finding:
    """Judge: T of the modified Huber loss on two_point, exactly."""
    cells = _cells(evidence, "two_point", "huber")
    own = cells[(cells["step_size"] == 8) & cells["dim"].isin(OVER_D)]
    found = dict(zip(own["dim"], times_of(own), strict=True))
    if len(found) < len(OVER_D):
        raise MissingError(f"not all of d = {', '.join(map(str, OVER_D))} were run")
    text = ", ".join(f"{t:g} at d = {dim}" for dim, t in found.items())
    return equal(found == OVER_D, text, "T is another one")


def slopes(evidence: Evidence) -> Finding:
    """Judge: T is about d for every loss."""
    cells = _cells(evidence, "two_point", None)
    ends = cells.assign(finite=cells["outcome"] == "separated")
    windows = last_windows(evidence.local, ends)
    windows = windows[windows["statistic"] == "mean"]
    findings = []
    names = ["experiment", "model", "loss"]
    for row in records_of(cells[names].drop_duplicates()):
        fits = windows[
            (windows["experiment"] == row["experiment"])
            & (windows["model"] == row["model"])
        ]
        if fits.empty:
            raise MissingError(f"{row['model']}: T is not finite over the last octaves")
        value = float(fits["exponent"].iloc[0])
        text = f"{row['loss']} ({row['model']}) {value:.3f}"
        why = f"{row['model']}: the slope is not about 1"
        findings.append(equal(0.9 <= value <= 1.1, text, why))
    return both(*findings)


def square(evidence: Evidence) -> Finding:
    """Judge: the square loss separates below its edge of stability, and not above."""
    cells = _cells(evidence, "four_points", "square")
    below = cells["step_size"] < SQUARE_EDGE
    if below.all() or not below.any():
        raise MissingError(f"no step on one side of {SQUARE_EDGE}")
    right = np.where(below, "separated", "diverged") == cells["outcome"]
    text = ", ".join(
        f"{row['outcome']} after {row['iterations']} at step {row['step_size']:g}"
        for row in records_of(cells)
    )
    return equal(bool(right.all()), text, "one ends otherwise")


def _cells(evidence: Evidence, dataset: str, loss: str | None) -> pd.DataFrame:
    cells = evidence.cells
    own = cells[
        cells["experiment"].str.startswith(PREFIX) & (cells["dataset"] == dataset)
    ]
    own = own if loss is None else own[own["loss"] == loss]
    if own.empty:
        what = loss or "loss"
        raise MissingError(f"no {what} on {dataset} in an experiment {PREFIX}...")
    return own.sort_values(["loss", "step_size", "dim"])


CLAIMS = (
    Claim(
        "losses-huber-zero",
        "four points, rows as they are: at large steps the modified Huber loss becomes"
        " exactly 0, at small ones it does not",
        "arXiv 2502.04889; counts as measured earlier on the same points",
        "after 13, 15, 14, 14 updates of 8, 16, 32, 64, and not within 20,000 of 4 or"
        " less",
        zero,
    ),
    Claim(
        "losses-huber-counts",
        "modified Huber loss on two_point, step 8: T by d",
        "as measured earlier on the same points",
        "4, 16, 68, 268 at d = 16, 64, 256, 1024 exactly",
        counts,
    ),
    Claim(
        "losses-slopes",
        "no loss changes the power of d: T is about d",
        "ours; all of them have the perceptron's weights, or the direction of the"
        " margin, far from 0",
        "slope over the last four octaves in [0.9, 1.1] (ours) for each",
        slopes,
    ),
    Claim(
        "losses-square-edge",
        "the square loss separates the four points at steps below 2 over the largest"
        " eigenvalue of its Hessian, and diverges above",
        "derived: they are two signed samples, each twice, so that some w has all"
        " margins 1",
        f"separated below {SQUARE_EDGE}, diverged above",
        square,
    ),
)
