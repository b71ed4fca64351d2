"""The loop: a problem -> an outcome."""

import numpy as np

from gdexp.descent import direct
from gdexp.descent.outcome import (
    MAX_POINTS,
    Outcome,
    Status,
    Trajectory,
    recorded_iterations,
)
from gdexp.descent.problem import Problem
from gdexp.descent.reduced import Reduced
from gdexp.descent.rows import Rows


def descend(problem: Problem, cap: int, *, full: bool = False) -> Outcome:
    """Run an algorithm from its start until all margins are positive.

    Parameters
    ----------
    problem : Problem
    cap : int
        Largest number of updates.
    full : bool
        Record every iteration instead of at most 200 log-spaced ones. One
        iteration takes 40 bytes.

    Returns
    -------
    Outcome
        Separated, capped or diverged; never an exception for any of them.
    """
    if not problem.model.reducible:
        return direct.descend(problem, cap, full=full)
    state = form_of(problem).of(problem)
    tables = []
    for times in recorded_iterations(cap, full=full):
        status, table = state.advance(cap, times)
        tables.append(table)
        if status:
            rows = np.concatenate(tables)
            iteration, wrong = rows[:, 0].astype(np.int64), rows[:, 2].astype(np.int64)
            n = len(problem.data.labels)
            trajectory = Trajectory(
                iteration, rows[:, 1], wrong, rows[:, 3], rows[:, 4], n
            )
            return Outcome(status, int(state.counters[0]), trajectory)
    raise AssertionError("the last block ends at the cap")


def form_of(problem: Problem) -> type[Reduced] | type[Rows]:
    """Return the cheaper of the two exact forms.

    An iteration of the reduced form reads the Gram matrix, 8 (n k)^2 bytes; one of the
    row form uses the samples twice.
    """
    gram = 8 * problem.data.labels.size**2 * max(problem.model.kernel, 1) ** 2
    return Reduced if gram <= 2 * problem.data.samples.nbytes else Rows


__all__ = [
    "MAX_POINTS",
    "Outcome",
    "Problem",
    "Reduced",
    "Rows",
    "Status",
    "Trajectory",
    "descend",
    "form_of",
]
