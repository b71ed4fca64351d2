"""A run: a problem -> an outcome, in the form that is cheapest."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.core.certificate import certificate
from gdexp.core.checkpoint import Checkpoint
from gdexp.core.forms import State, form_of
from gdexp.core.forms.direct import recorded_loss
from gdexp.core.observables import Observable
from gdexp.core.observer import Observer
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
    course = _Course(state, cap, checkpoint, observer)
    for block in recorded_iterations(cap, full=full):
        ahead = block[block > course.done]
        stride = 1 if observer.every else state.stride
        for times, extra in _strides(ahead, stride, course.done):
            for part in np.split(times, len(times)) if course.stops else [times]:
                status = course.advance(part, extra and part[-1] == times[-1])
                if status:
                    return course.outcome(status)
    raise AssertionError("the last block ends at the cap")


def _strides(
    times: IntArray, stride: int, done: int = -1
) -> Iterator[tuple[IntArray, bool]]:
    """Cut increasing iterations at all multiples of the stride after `done`.

    Each part ends with such a multiple, True if that is not one of the iterations and
    was added, or with the last of them.

    >>> [(part.tolist(), extra) for part, extra in _strides(np.array([0, 3, 9]), 4)]
    [([0, 3, 4], True), ([8], True), ([9], False)]
    """
    while len(times):
        stop = (max(done, 0) // stride + 1) * stride
        count = int(np.searchsorted(times, stop, side="right"))
        extra = count < len(times) and (count == 0 or times[count - 1] != stop)
        part = np.append(times[:count], stop) if extra else times[:count]
        yield part, bool(extra)
        times, done = times[count:], int(part[-1])


class _Course:
    """What a run has recorded, and its first separation."""

    def __init__(
        self,
        state: State,
        cap: int,
        checkpoint: Checkpoint | None,
        observer: Observer,
    ) -> None:
        self.state, self.cap, self.checkpoint = state, cap, checkpoint
        self.observer = observer
        self.tables: list[Array] = []
        self.observed: list[Array] = []
        self.first: tuple[int, Certificate] | None = None
        self.done = -1
        # an observer is shown one iterate after the other, or rows that say it all
        self.spanned = observer.span_of(state)
        self.stops = bool(observer.names) and self.spanned is None
        # what a run has met that goes on is in no checkpoint: such runs are short
        if state.problem.stop != "separated":
            self.checkpoint = None
        elif checkpoint and (kept := checkpoint.load(self)) is not None:
            self.tables, self.done = [kept], int(kept[-1, 0])

    def advance(self, times: IntArray, extra: bool) -> Status | None:
        """Go on to the last of some iterations; record all, but it if it is extra.

        What separates is certified, or none.
        """
        while True:
            status, table = self.state.advance(self.cap, times)
            self.done = int(table[-1, 0])
            if status != "separated":
                break
            proof = certificate(self.state.problem, self.state.iterate())
            if proof is None:
                self.state.refuse()
            else:
                self.first = self.first or (self.done, proof)
                if self.state.problem.stop == "separated":
                    break
                self.state.go_on()
            self.tables.append(self._with(table[:-1]))
            times = times[times >= self.done]
        if extra and not status and self.done == times[-1]:
            self.observer.pass_by(self.state)
            self.tables.append(self._with(table[:-1]))
        else:
            self.tables.append(self._with(table))
        if self.checkpoint and not status and self.done % self.state.stride == 0:
            self.checkpoint.save(self, np.concatenate(self.tables))
            self.checkpoint.progress(self.done, int(table[-1, 2]))
        return status

    def _with(self, table: Array) -> Array:
        """Return recorded rows with what is observed at them: one, or none."""
        if self.spanned:
            seen = self.observer.along(self.spanned.span(table))
            return np.hstack([table[:, :5], seen])
        if not self.stops:
            return table
        rows = [self.observer.see(self.state, int(row[0])) for row in table]
        seen = np.reshape(rows, (len(table), len(self.observer.names)))
        return np.hstack([table, seen])

    def dump(self) -> dict[str, NDArray[Any]]:
        """Return the state and what observes it as arrays; see `checkpoint`."""
        return self.state.dump() | self.observer.dump()

    def load(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put what was dumped in place."""
        self.state.load(arrays)
        self.observer.load(arrays)

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
            _trajectory(problem, rows, self.observer.names),
            proof,
            state.unclear,
            updates,
            state.sample_gradients,
            recorded_loss(problem)[0],
        )


def _trajectory(problem: Problem, rows: Array, observed: list[str]) -> Trajectory:
    own = rows.shape[1] - len(observed)
    return Trajectory(
        rows[:, 0].astype(np.int64),
        rows[:, 1],
        rows[:, 2].astype(np.int64),
        rows[:, 3],
        rows[:, 4],
        samples=len(problem.data.labels),
        rising=int(rows[-1, 5]) if own > 5 else None,
        observed=dict(zip(observed, rows[:, own:].T, strict=True)),
    )
