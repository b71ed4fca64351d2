"""The direct form: the paper's update on the parameters themselves, in NumPy.

The reference that the reduced form is tested against, and the form for models
that have no reduced one. Every iteration costs O(n d).
"""

from collections.abc import Iterator

import numpy as np

from gdexp.algorithms import logistic_loss
from gdexp.descent.outcome import (
    DIVERGED_AT,
    RESCALE_ABOVE,
    RESCALE_BITS,
    Array,
    Outcome,
    Status,
    Trajectory,
    recorded_iterations,
)
from gdexp.descent.problem import Problem


def iterates(problem: Problem) -> Iterator[tuple[Array, Array, int]]:
    """Yield (w, margins, bits) at iterations 0, 1, 2, ... without end.

    The iterate is 2^bits w; bits is 0 unless the problem is scale-free and w grew
    so long that it had to be shortened.
    """
    z, model, algorithm = problem.z, problem.model, problem.algorithm
    w, bits, tie = problem.start, 0, problem.first_tie
    while True:
        margins = model.margins(z, w)
        while problem.scale_free and RESCALE_ABOVE < np.abs(margins).max() < np.inf:
            w = np.ldexp(w, -RESCALE_BITS)
            bits += RESCALE_BITS
            margins = model.margins(z, w)
        yield w, margins, bits
        weights = algorithm.weights(margins, tie=tie)
        w = w + problem.step * model.pullback(z, w, weights)
        tie = 1.0


def descend(problem: Problem, cap: int, *, full: bool = False) -> Outcome:
    """Run until separated, capped or diverged; see `gdexp.descent.descend`."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _descend(problem, cap, full)


def _descend(problem: Problem, cap: int, full: bool) -> Outcome:
    record = {int(t) for block in recorded_iterations(cap, full=full) for t in block}
    rows = []
    for t, (w, margins, bits) in enumerate(iterates(problem)):
        status = _status(margins, t, cap)
        if status or t in record:
            true_margins = np.ldexp(margins, problem.model.degree * bits)
            rows.append(
                (
                    t,
                    logistic_loss(true_margins),
                    np.count_nonzero(~(margins > 0)),
                    true_margins.min(),
                    np.ldexp(np.linalg.norm(w), bits),
                )
            )
        if status:
            iteration, loss, wrong, smallest, norm = map(
                np.array, zip(*rows, strict=True)
            )
            return Outcome(
                status,
                t,
                Trajectory(iteration, loss, wrong, smallest, norm, len(problem.z)),
            )
    raise AssertionError("iterates never end")


def _status(margins: Array, t: int, cap: int) -> Status | None:
    if not np.abs(margins).max() < DIVERGED_AT:
        return "diverged"
    if (margins > 0).all():
        return "separated"
    return "capped" if t == cap else None
