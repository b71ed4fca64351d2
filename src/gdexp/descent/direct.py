"""The direct form: the paper's update on the parameters themselves, in NumPy.

The reference that the reduced form is tested against, and the form for models
that have no reduced one. Every iteration costs O(n d).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdexp.algorithms import logistic_loss
from gdexp.descent.certificate import certificate
from gdexp.descent.outcome import (
    DIVERGED_AT,
    RESCALE_ABOVE,
    RESCALE_BITS,
    Array,
    Certificate,
    Outcome,
    Status,
    Trajectory,
    recorded_iterations,
)
from gdexp.descent.problem import Problem
from gdexp.models.base import Certain

BoolArray = NDArray[np.bool_]


class Iterate(NamedTuple):
    """The parameters at one iteration.

    Attributes
    ----------
    w : ndarray, shape (p,)
        The parameters, shortened by 2^bits: bits is 0 unless the problem is scale-free
        and w grew so long that it had to be.
    margins, limits : ndarray, shape (n,)
        Those of w, and what they are wrong by at most; 0 where no bound is known.
    bits : int
    """

    w: Array
    margins: Array
    limits: Array
    bits: int

    @property
    def right(self) -> BoolArray:
        """Which samples are on their right side, with certainty; shape (n,)."""
        return self.margins > self.limits


def iterates(problem: Problem, cap: int = 2**62) -> Iterator[Iterate]:
    """Yield the iterates 0, 1, 2, ... without end.

    Up to the iteration `cap` they may be known to be exact, see `Problem.is_exact`.
    """
    z, model, algorithm = problem.z, problem.model, problem.algorithm
    w, bits, tie = problem.start, 0, problem.first_tie
    bound = isinstance(model, Certain) and not problem.is_exact(cap)
    limits = np.zeros(len(z))
    while True:
        margins = model.margins(z, w)
        while problem.scale_free and RESCALE_ABOVE < np.abs(margins).max() < np.inf:
            w = np.ldexp(w, -RESCALE_BITS)
            bits += RESCALE_BITS
            margins = model.margins(z, w)
        if bound:
            limits = model.margin_bound(z, w)  # type: ignore[attr-defined]
        yield Iterate(w, margins, limits, bits)
        weights = algorithm.weights(margins, tie=tie, limits=limits, step=problem.step)
        w = w + model.pullback(z, w, weights)
        tie = 1.0


def descend(problem: Problem, cap: int, *, full: bool = False) -> Outcome:
    """Run until separated, capped or diverged; see `gdexp.descent.descend`."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        return _descend(problem, cap, full)


def _descend(problem: Problem, cap: int, full: bool) -> Outcome:
    record = {int(t) for block in recorded_iterations(cap, full=full) for t in block}
    rows = []
    unclear = 0
    for t, here in enumerate(iterates(problem, cap)):
        status, proof, doubt = _status(problem, here, t, cap)
        unclear += doubt
        if status or t in record:
            scale = np.float64(problem.unit) ** problem.model.degree
            true_margins = scale * np.ldexp(
                here.margins, problem.model.degree * here.bits
            )
            rows.append(
                (
                    t,
                    logistic_loss(true_margins),
                    np.count_nonzero(~here.right),
                    true_margins.min(),
                    np.ldexp(problem.unit * np.linalg.norm(here.w), here.bits),
                )
            )
        if status:
            iteration, loss, wrong, smallest, norm = map(
                np.array, zip(*rows, strict=True)
            )
            n = len(problem.z)
            trajectory = Trajectory(iteration, loss, wrong, smallest, norm, n)
            return Outcome(status, t, trajectory, proof, unclear)
    raise AssertionError("iterates never end")


def _status(
    problem: Problem, here: Iterate, t: int, cap: int
) -> tuple[Status | None, Certificate | None, bool]:
    """Return how the run ends here, if it does, and if an unclear sign decides it."""
    margins, limits = here.margins, here.limits
    if not np.abs(margins).max() < DIVERGED_AT:
        return "diverged", None, False
    right = here.right
    doubt = bool((~right & (margins >= -limits) & (limits > 0)).any())
    if right.all():
        proof = certificate(problem, here.w)
        if proof:
            return "separated", proof, False
        doubt = True
    elif not problem.algorithm.indicator:
        doubt = doubt and bool((margins >= -limits).all())
    return ("capped" if t == cap else None), None, doubt
