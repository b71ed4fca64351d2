"""A run: a problem -> an outcome, in the form that is cheapest."""

from collections.abc import Iterator

import numpy as np

from gdexp.core.certificate import certificate
from gdexp.core.checkpoint import Checkpoint
from gdexp.core.forms import State, form_of
from gdexp.core.forms.direct import recorded_loss
from gdexp.core.outcome import (
    Array,
    Certificate,
    IntArray,
    Outcome,
    Status,
    Trajectory,
    recorded_iterations,
)
from gdexp.core.problem import Problem


def run(
    problem: Problem,
    cap: int,
    *,
    form: str | None = None,
    full: bool = False,
    checkpoint: Checkpoint | None = None,
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

    Returns
    -------
    Outcome
        Separated, capped or diverged; never an exception for any of them.
    """
    problem = problem.scaled
    state: State = form_of(problem, form).of(problem, cap)
    course = _Course(state, cap, checkpoint)
    for block in recorded_iterations(cap, full=full):
        for times, extra in _strides(block[block > course.done], state.stride):
            status = course.advance(times, extra)
            if status:
                return course.outcome(status)
    raise AssertionError("the last block ends at the cap")


def _strides(times: IntArray, stride: int) -> Iterator[tuple[IntArray, bool]]:
    """Cut increasing iterations at multiples of the stride.

    Each part ends with such a multiple, True if that is not one of the iterations and
    was added, or with the last of them.
    """
    while len(times):
        stop = -(-max(times[0], 1) // stride) * stride
        count = int(np.searchsorted(times, stop, side="right"))
        extra = count < len(times) and (count == 0 or times[count - 1] != stop)
        part = times[:count]
        yield (np.append(part, stop) if extra else part), extra
        times = times[count:]


class _Course:
    """What a run has recorded, and its first separation."""

    def __init__(self, state: State, cap: int, checkpoint: Checkpoint | None) -> None:
        self.state, self.cap, self.checkpoint = state, cap, checkpoint
        self.tables: list[Array] = []
        self.first: tuple[int, Certificate] | None = None
        self.done = -1
        # what a run has met that goes on is in no checkpoint: such runs are short
        if state.problem.stop != "separated":
            self.checkpoint = None
        elif checkpoint and (kept := checkpoint.load(state)) is not None:
            self.tables, self.done = [kept], int(kept[-1, 0])

    def advance(self, times: IntArray, extra: bool) -> Status | None:
        """Record some iterations; those that separate are certified, or none."""
        while True:
            status, table = self.state.advance(self.cap, times)
            iteration = int(table[-1, 0])
            if status != "separated":
                break
            proof = certificate(self.state.problem, self.state.iterate())
            if proof is None:
                self.state.refuse()
            else:
                self.first = self.first or (iteration, proof)
                if self.state.problem.stop == "separated":
                    break
                self.state.go_on()
            self.tables.append(table[:-1])
            times = times[times >= iteration]
        whole = iteration == times[-1]
        self.tables.append(table[:-1] if extra and whole and not status else table)
        if self.checkpoint and not status and iteration % self.state.stride == 0:
            self.checkpoint.save(self.state, np.concatenate(self.tables))
            self.checkpoint.progress(iteration, int(table[-1, 2]))
        return status

    def outcome(self, status: Status) -> Outcome:
        """Return the outcome of a run that has ended."""
        state, problem = self.state, self.state.problem
        rows = np.concatenate(self.tables)
        updates = int(rows[-1, 0])
        if status == "stopped":  # its loss is 0: what was not met until then is capped
            status = "capped"
        iterations, proof = self.first or (updates, None)
        return Outcome(
            "separated" if proof else status,
            iterations,
            _trajectory(problem, rows),
            proof,
            state.unclear,
            updates,
            state.sample_gradients,
            recorded_loss(problem)[0],
        )


def _trajectory(problem: Problem, rows: Array) -> Trajectory:
    return Trajectory(
        rows[:, 0].astype(np.int64),
        rows[:, 1],
        rows[:, 2].astype(np.int64),
        rows[:, 3],
        rows[:, 4],
        samples=len(problem.data.labels),
        rising=int(rows[-1, 5]) if rows.shape[1] > 5 else None,
    )
