"""A run: a problem -> an outcome, in the form that is cheapest."""

from collections.abc import Iterator, Sequence

import numpy as np

from gdexp.core.checkpoint import Checkpoint
from gdexp.core.course import Course
from gdexp.core.forms import State, form_of
from gdexp.core.forms.autodiff import Batch
from gdexp.core.observables import Observable
from gdexp.core.observer import Observer
from gdexp.core.outcome import Outcome
from gdexp.core.problem import Problem

ALONE = 8  # the last eighth of the runs of a batch are run one at a time
NONE = np.zeros(0, np.int64)


def run(
    problem: Problem,
    cap: int,
    *,
    form: str | None = None,
    full: bool = False,
    checkpoint: Checkpoint | None = None,
    observe: Sequence[Observable] = (),
) -> Outcome:
    """Run a method from its start to its end.

    Parameters
    ----------
    problem : Problem
        Its `stop` says where the run ends: at the first separation, at the cap, or
        where the loss is exactly 0.
    cap : int
        Largest number of updates.
    form : str or None
        A name in `gdexp.core.forms.FORMS`, or the cheapest that fits.
    full : bool
        Record every iteration instead of at most 200 log-spaced ones. One
        iteration takes 40 bytes.
    checkpoint : Checkpoint or None
        Where to keep the run every few seconds, and to go on from.
    observe : sequence of Observable
        What is recorded besides, see `gdexp.core.observables`.

    Returns
    -------
    Outcome
        Separated, capped or diverged; never an exception for any of them.
    """
    observer = Observer(problem, observe)
    problem = problem.scaled
    state: State = form_of(problem, form).of(problem, cap)
    course = Course(state, cap, full, checkpoint, observer)
    while course.outcome is None:
        course.take(state.advance(cap, course.times))
    return course.outcome


def run_together(
    problems: Sequence[Problem],
    cap: int,
    *,
    full: bool = False,
    checkpoints: Sequence[Checkpoint | None],
    observe: Sequence[Observable] = (),
) -> Iterator[tuple[int, Outcome]]:
    """Run problems that differ in their seed alone, in the form `autodiff`, at once.

    Yields
    ------
    index, Outcome
        Each run as it ends, by its place among the problems.
    """
    batch = Batch([each.scaled for each in problems])
    courses = [
        Course(state, cap, full, checkpoint, Observer(problem, observe))
        for problem, state, checkpoint in zip(
            problems, batch.states, checkpoints, strict=True
        )
    ]
    left = dict(enumerate(courses))
    while len(left) > len(courses) // ALONE:
        asked = [left[i].times if i in left else NONE for i in range(len(courses))]
        replies = batch.advance(cap, asked)
        for i, course in [*left.items()]:
            course.take(replies[i])
            if course.outcome:
                del left[i]
                yield i, course.outcome
    # the last few do not wait for all the others' places to be computed
    for i, course in left.items():
        state = batch.states[i]
        state.move()
        while course.outcome is None:
            course.take(state.advance(cap, course.times))
        yield i, course.outcome
