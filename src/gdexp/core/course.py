"""The way of a run: what it is to record next, what it has recorded, how it ended."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.core.autodiff import engine
from gdexp.core.certificate import certificate
from gdexp.core.checkpoint import Checkpoint
from gdexp.core.forms import State
from gdexp.core.forms.autodiff import Autodiff
from gdexp.core.forms.direct import recorded_loss
from gdexp.core.forms.rows import Rows
from gdexp.core.models.base import is_certain
from gdexp.core.models.network import Network
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


class Course:
    """The way of a run: what it is to record next, what it has, how it ended.

    Attributes
    ----------
    times : ndarray of int
        The iterations to record next, up to the next stride.
    outcome : Outcome or None
        The end, once there is one.
    """

    def __init__(
        self,
        state: State,
        cap: int,
        full: bool,
        checkpoint: Checkpoint | None,
        observer: Observer,
    ) -> None:
        self.state, self.checkpoint, self.observer = state, checkpoint, observer
        # an observer is shown one iterate after the other, or rows that say it all
        self._spanned = observer.span_of(state)
        self._stops = bool(observer.names) and self._spanned is None
        self.outcome: Outcome | None = None
        self._tables: list[Array] = []
        self._first: tuple[int, Certificate] | None = None
        self._done = -1
        # what a run has met that goes on is in no checkpoint: such runs are short
        if state.problem.stop != "separated":
            self.checkpoint = None
        elif checkpoint and (kept := checkpoint.load(self)) is not None:
            self._tables = [kept]
        self._stride = state.stride
        cut = 1 if observer.every else self._stride
        self._parts = _parts(cap, full, self._done, cut, single=self._stops)
        self.times, self._extra = next(self._parts)

    def take(self, reply: tuple[Status | None, Array]) -> None:
        """Take what was recorded up to the end of `times`, or to the run's end.

        An end with all samples on their right sides is certified, or there is none.
        """
        status, table = reply
        iteration = self._done = int(table[-1, 0])
        if status == "separated":
            proof = certificate(self.state.problem, self.state.iterate())
            if proof is None:
                self.state.refuse()
            else:
                self._first = self._first or (iteration, proof)
                if self.state.problem.stop != "separated":
                    self.state.go_on()
            if proof is None or self.state.problem.stop != "separated":
                self._tables.append(self._with(table[:-1]))
                self.times = self.times[self.times >= iteration]
                return
        added = self._extra and iteration == self.times[-1] and not status
        if added:
            self.observer.pass_by(self.state)
        self._tables.append(self._with(table[:-1] if added else table))
        if status:
            self.outcome = self._end(status)
            return
        if self.checkpoint and iteration % self._stride == 0:
            self.checkpoint.save(self, np.concatenate(self._tables))
            self.checkpoint.progress(iteration, int(table[-1, 2]))
        self.times, self._extra = next(self._parts)

    def _with(self, table: Array) -> Array:
        """Return recorded rows with what is observed at them: one, or none."""
        if self._spanned:
            seen = self.observer.along(self._spanned.span(table))
            return np.hstack([table[:, :5], seen])
        if not self._stops:
            return table
        rows = [self.observer.see(self.state, int(row[0])) for row in table]
        seen = np.reshape(rows, (len(table), len(self.observer.names)))
        return np.hstack([table, seen])

    def dump(self) -> dict[str, NDArray[Any]]:
        """Return the state and what observes it as arrays; see `checkpoint`."""
        done = {"done": np.array(self._done)}
        return self.state.dump() | self.observer.dump() | done

    def load(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put what was dumped in place."""
        self.state.load(arrays)
        self._done = int(arrays["done"])  # its row may be none of those recorded
        self.observer.load(arrays)

    def _end(self, status: Status) -> Outcome:
        """Return the outcome of a run that has ended."""
        state, problem = self.state, self.state.problem
        rows = np.concatenate(self._tables)
        updates = int(rows[-1, 0])
        if status == "stopped":  # its loss is 0: what was not met until then is capped
            status = "capped"
        iterations, proof = self._first or (updates, None)
        return Outcome(
            "separated" if proof else status,
            iterations,
            _trajectory(problem, rows, self.observer.names),
            proof,
            state.unclear,
            updates,
            state.sample_gradients,
            recorded_loss(problem)[0],
            _engine(state),
            problem.read,
        )


def _engine(state: State) -> Mapping[str, str]:
    """Return what had a part in a run besides NumPy and what Numba compiles."""
    model = state.problem.model
    by_formula = not isinstance(model, Network) or is_certain(model)
    if isinstance(state, Autodiff) or not by_formula:
        return engine()
    return state.engine if isinstance(state, Rows) else {}


def _parts(
    cap: int, full: bool, done: int, stride: int, *, single: bool
) -> Iterator[tuple[IntArray, bool]]:
    """Yield the iterations to record after those that are done, cut at strides.

    And one at a time if they are `single`.
    """
    for block in recorded_iterations(cap, full=full):
        for times, extra in _strides(block[block > done], stride, done):
            done = int(times[-1])
            for part in np.split(times, len(times)) if single else [times]:
                yield part, extra and int(part[-1]) == done
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
