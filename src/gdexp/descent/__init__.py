"""The loop: a problem -> an outcome."""

from gdexp.descent import direct, reduced
from gdexp.descent.outcome import MAX_POINTS, Outcome, Status, Trajectory
from gdexp.descent.problem import Problem


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
    run = reduced.descend if problem.model.reducible else direct.descend
    return run(problem, cap, full=full)


__all__ = ["MAX_POINTS", "Outcome", "Problem", "Status", "Trajectory", "descend"]
