"""The form of networks, and of images on a GPU: the loop in JAX, gradients by autodiff.

Runs of one problem that differ in their seed are lanes of a batch: one compiled loop
advances them all, and those that have ended wait. The recorded observables are computed
of the margins in NumPy, as in the direct form, and so is the certificate of an end.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.core.autodiff import engine
from gdexp.core.forms._traced import loop_of
from gdexp.core.forms.direct import recorded_loss
from gdexp.core.oracle import Oracle
from gdexp.core.outcome import STATUSES, Array, IntArray, Status
from gdexp.core.problem import Problem

CHUNK = 16  # recorded iterations of one call
STRIDE = 10**10  # numbers read between two checkpoints
OVERHEAD = 10_000  # what an iteration costs besides, in numbers read
FILES = 16  # checkpoints that may be written within seconds
LANES = 256  # runs in a batch at most
TOGETHER = 10_000  # numbers of a run above which runs are faster one at a time

ENDS: dict[int, Status] = {**STATUSES, 4: "stopped"}
Reply = tuple[Status | None, Array]


def lanes(work: int, seeds: int) -> int:
    """Return how many of so many runs to advance together.

    Parameters
    ----------
    work : int
        Samples times parameters. Small runs share what an iteration costs besides its
        arithmetic; large ones are faster one at a time, but on a GPU.
    seeds : int
    """
    alone = work > TOGETHER and engine()["device"] == "cpu"
    return 1 if alone else min(seeds, LANES)


class Batch:
    """The states of some runs that are advanced together.

    Attributes
    ----------
    states : list of Autodiff
        A lane each.
    arrays : dict
        With an axis of lanes in front: the parameters ``w``, what the method keeps as
        ``memory.NAME``, the iteration ``t``, ``bits`` as in `direct.Direct`, where it
        was ``passed`` that the run goes on, whether it ``goes_on`` after a separation,
        the ``slack`` within which a margin counts as 0, and ``unclear`` signs.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        assert first.model.traceable
        method: Any = first.method
        if hasattr(method, "step"):
            method = replace(method, step=1.0)
        self.loop = loop_of(
            first.model, first.loss, method, first.stop, first.scale_free
        )
        kind = np.dtype(first.precision)
        self.run = {
            "b": np.stack([each.data.b.astype(kind) for each in problems]),
            "y": np.stack([each.data.labels.astype(kind) for each in problems]),
            "step": np.array([each.step for each in problems], kind),
            "tie": np.array([each.first_tie for each in problems], kind),
        }
        starts = [_start(each) for each in problems]
        self.arrays: dict[str, Any] = {
            name: np.stack([each[name] for each in starts]) for name in starts[0]
        }
        self.states = [Autodiff(p, self, i) for i, p in enumerate(problems)]

    def advance(self, cap: int, asked: Sequence[IntArray]) -> list[Reply]:
        """Run each lane to its end or to the last of its times; return rows recorded.

        A lane without times stays where it is.
        """
        ahead = list(asked)
        tables: list[list[Array]] = [[] for _ in ahead]
        statuses: list[Status | None] = [None] * len(ahead)
        while any(map(len, ahead)):
            times = np.zeros((len(ahead), CHUNK), np.int64)
            count = np.minimum([*map(len, ahead)], CHUNK)
            for i, each in enumerate(ahead):
                times[i, : count[i]] = each[:CHUNK]
            self.arrays, status, filled, rows = self.loop(
                self.run, self.arrays, times, count, cap
            )
            status, filled = np.asarray(status), np.asarray(filled)
            rows = {name: np.asarray(array) for name, array in rows.items()}
            slack = np.asarray(self.arrays["slack"])
            for i, state in enumerate(self.states):
                if not len(ahead[i]):
                    continue
                lane = {name: array[i, : filled[i]] for name, array in rows.items()}
                tables[i].append(state.rows(lane, float(slack[i])))
                statuses[i] = ENDS.get(int(status[i]))
                ahead[i] = ahead[i][CHUNK:] if not status[i] else ahead[i][:0]
        return [
            (status, np.concatenate([np.empty((0, 5)), *table]))
            for status, table in zip(statuses, tables, strict=True)
        ]

    def writable(self, name: str) -> NDArray[Any]:
        """Return one of the arrays, to be changed in place."""
        if not isinstance(self.arrays[name], np.ndarray):
            self.arrays[name] = np.array(self.arrays[name])
        array: NDArray[Any] = self.arrays[name]
        return array


class Autodiff:
    """The state of a run in a batch, or alone; see `Batch` for its arrays."""

    def __init__(self, problem: Problem, batch: Batch, lane: int) -> None:
        self.problem, self.batch, self.lane = problem, batch, lane

    @classmethod
    def of(cls, problem: Problem, cap: int = 0) -> "Autodiff":
        """Take the start of a problem as the state of a run alone."""
        return Batch([problem]).states[0]

    @property
    def stride(self) -> int:
        """Iterations between two checkpoints: some seconds of computing.

        A minute where many runs are together, each of which writes a file.
        """
        n, p = len(self.problem.data.labels), len(self.problem.start)
        runs = len(self.batch.states)
        return 1 + STRIDE * (1 + runs // FILES) // (OVERHEAD + 2 * n * p * runs)

    @property
    def sample_gradients(self) -> int:
        """How many gradients of single samples were asked for."""
        return int(self._get("t")) * self.batch.loop.asked

    @property
    def bits(self) -> int:
        """The bits by which the iterate is shortened."""
        return int(self._get("bits"))

    @property
    def unclear(self) -> int:
        """How often an end was refused: signs on the way are not looked at."""
        return int(self._get("unclear"))

    def advance(self, cap: int, times: IntArray) -> Reply:
        """Run to the end or to the last of `times`; return the rows recorded."""
        return self.batch.advance(cap, [times])[0]

    def rows(self, recorded: dict[str, NDArray[Any]], slack: float) -> Array:
        """Return t, loss, misclassified, smallest margin and norm of some iterations.

        Parameters
        ----------
        recorded : dict of ndarray
            t, bits, norm, shape (k,), and margins, shape (k, n).
        slack : float
        """
        problem, bits = self.problem, recorded["bits"]
        margins = recorded["margins"].astype(np.float64)
        degree = problem.model.degree or 0  # units are 1 without one
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            true = np.float64(problem.unit) ** degree * np.ldexp(
                margins, degree * bits[:, None]
            )
            loss = recorded_loss(problem)[1].value(true).mean(axis=1)
            norm = np.ldexp(problem.unit * recorded["norm"].astype(np.float64), bits)
        wrong = np.count_nonzero(~(margins > slack), axis=1)
        return np.stack([recorded["t"], loss, wrong, true.min(axis=1), norm], axis=1)

    def refuse(self) -> None:
        """Go on where the run ended: its parameters did not separate the samples."""
        self._set("passed", self._get("t"))
        self._set("unclear", self._get("unclear") + 1)
        if self.problem.loss.decides:  # nothing would change any more
            model, data = self.problem.model, self.problem.data
            margins = np.abs(model.margins(data.b, data.labels, self.iterate()))
            least = max(float(margins.min()), np.finfo(np.float64).tiny)
            self._set("slack", 2 * max(least, float(self._get("slack"))))

    def go_on(self) -> None:
        """Go on where the run ended, to the cap."""
        self._set("goes_on", True)

    def iterate(self) -> Array:
        """Return the parameters in float64, shortened by 2^bits, shape (p,)."""
        return self._get("w").astype(np.float64)

    def dump(self) -> dict[str, NDArray[Any]]:
        """Return everything that the state is, as arrays; see `checkpoint`."""
        return {name: self._get(name) for name in self.batch.arrays}

    def load(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put a state that was dumped in the place of this one."""
        for name in self.batch.arrays:
            self._set(name, arrays[name])

    def move(self) -> None:
        """Leave the batch, and run alone from here."""
        alone = Batch([self.problem])
        alone.arrays = {name: self._get(name)[None] for name in self.batch.arrays}
        self.batch, self.lane = alone, 0

    def _get(self, name: str) -> NDArray[Any]:
        return np.array(np.asarray(self.batch.arrays[name])[self.lane])

    def _set(self, name: str, value: Any) -> None:
        self.batch.writable(name)[self.lane] = value


def _start(problem: Problem) -> dict[str, NDArray[Any]]:
    """Return the arrays of a run at its start."""
    kind = np.dtype(problem.precision)
    data, w = problem.data, problem.start
    oracle = Oracle(problem.model, problem.loss, data.b, data.labels)
    memory = problem.method.init(oracle, w, problem.rng)
    arrays = {"w": w.astype(kind)}
    for name, value in memory.items():
        array = np.asarray(value)
        real = array.dtype.kind == "f"
        arrays[f"memory.{name}"] = array.astype(kind if real else array.dtype)
    return arrays | {
        **{name: np.array(0, np.int64) for name in ("t", "bits", "unclear")},
        **{"passed": np.array(-1, np.int64), "goes_on": np.array(False)},
        "slack": np.array(0.0),
    }
