"""The direct form: the paper's update on the parameters themselves, in NumPy.

The reference that all other forms are tested against, and the form for every model and
method that has no other one. An iteration costs O(n d).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gdexp.core.forms._memory import dumped, loaded
from gdexp.core.losses import LOSSES
from gdexp.core.methods.base import Memory
from gdexp.core.oracle import Oracle
from gdexp.core.outcome import (
    DIVERGED_AT,
    RESCALE_ABOVE,
    RESCALE_BITS,
    Array,
    IntArray,
    Status,
)
from gdexp.core.problem import Problem
from gdexp.core.returned import fitting, frozen

BoolArray = NDArray[np.bool_]
STRIDE = 10**9  # numbers read between two checkpoints


@dataclass
class Direct:
    """The state of a run in direct form.

    Attributes
    ----------
    problem : Problem
    oracle : Oracle
        The problem's, on its samples or in other coordinates.
    w : ndarray, shape (p,)
        The parameters, shortened by 2^bits: bits is 0 unless the problem is scale-free
        and w grew so long that it had to be.
    rng : Generator
        The stream of the method.
    memory : dict
        What the method keeps.
    t, bits, unclear, refused : int
        Updates done; see above; unclear signs so far; where an end was refused, -2 if
        every one is.
    """

    problem: Problem
    oracle: Oracle
    w: Array
    rng: Generator = field(init=False)
    memory: Memory = field(init=False)
    t: int = 0
    bits: int = 0
    unclear: int = 0
    refused: int = -1

    def __post_init__(self) -> None:
        self.rng = self.problem.rng
        self.memory = self.problem.method.init(self.oracle, self.w, self.rng)

    @classmethod
    def of(cls, problem: Problem, cap: int = 0) -> "Direct":
        """Take the start of a problem as the state."""
        oracle = Oracle(
            problem.model,
            problem.loss,
            problem.data.b,
            problem.data.labels,
            problem.first_tie,
            exact=problem.is_exact(cap),
        )
        return cls(problem, oracle, frozen(problem.start))

    @property
    def stride(self) -> int:
        """Iterations between two checkpoints: some seconds of computing."""
        return 1 + STRIDE // (100_000 + self.oracle.samples.size)

    @property
    def sample_gradients(self) -> int:
        """How many gradients of single samples were asked for."""
        return self.oracle.sample_gradients

    def advance(self, cap: int, times: IntArray) -> tuple[Status | None, Array]:
        """Run to the end or to the last of `times`; return the rows recorded."""
        rows: list[tuple[float, ...]] = []
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            while True:
                self._shorten()
                status, doubt = self._end(cap)
                if status or self.t == times[len(rows)]:
                    rows.append(self._row())
                if status or len(rows) == len(times):
                    self.unclear += doubt and status is not None
                    return status, np.array(rows, np.float64)
                self.unclear += doubt
                self.update()

    def update(self) -> None:
        """Do one update."""
        method = self.problem.method
        w, self.memory = method.update(self.oracle, self.w, self.memory)
        # margins are kept for as long as an iterate is the same array
        self.w = frozen(fitting(w, self.w.shape, method, "parameters"))
        self.oracle.tie = 1.0
        self.t += 1
        if self.t == 1:
            self.dump()  # what could not be kept is refused at once, in short runs too

    def refuse(self) -> None:
        """Go on where the run ended: its parameters did not separate the samples."""
        self.refused = self.t
        self.unclear += 1
        if self.oracle.loss.decides or self.problem.method.decides:
            self.oracle.care *= 4.0  # nothing would change any more

    def go_on(self) -> None:
        """Go on where the run ended, to the cap."""
        self.refused = -2

    def iterate(self) -> Array:
        """Return the parameters, shortened by 2^bits, shape (p,)."""
        return self.w

    def _shorten(self) -> None:
        while self.problem.scale_free:
            if not RESCALE_ABOVE < np.abs(self.oracle.margins(self.w)).max() < np.inf:
                break
            self.w = np.ldexp(self.w, -RESCALE_BITS)
            self.bits += RESCALE_BITS

    def _end(self, cap: int) -> tuple[Status | None, bool]:
        """Return how the run ends here, if it does, and if an unclear sign decides."""
        problem = self.problem
        margins, limits = self.oracle.look(self.w)
        if not np.abs(margins).max() < DIVERGED_AT:
            return "diverged", False
        right, wrong = margins > limits, margins < -limits
        near = ~right & ~wrong & (limits > 0)
        decides = self.oracle.loss.decides or problem.method.decides
        doubt = bool(near.any() and (decides or not wrong.any()))
        if right.all() and self.refused not in (self.t, -2):
            return "separated", False
        if problem.stop == "zero_loss" and not problem.loss.value(margins).any():
            return "stopped", doubt
        return ("capped" if self.t == cap else None), doubt

    def _row(self) -> tuple[float, ...]:
        """Return t, loss, misclassified, smallest margin and norm."""
        problem = self.problem
        margins, limits = self.oracle.look(self.w)
        degree = problem.model.degree or 0  # units are 1 without one
        true = np.float64(problem.unit) ** degree * np.ldexp(
            margins, degree * self.bits
        )
        norm = self.oracle.model.norm(self.w)
        loss = recorded_loss(problem)[1]
        return (
            self.t,
            float(fitting(loss.value(true), true.shape, loss, "losses").mean()),
            int(np.count_nonzero(~(margins > limits))),
            float(true.min()),
            float(np.ldexp(problem.unit * norm, self.bits)),
        )

    def dump(self) -> dict[str, NDArray[Any]]:
        """Return everything that the state is, as arrays; see `checkpoint`."""
        numbers = [self.t, self.bits, self.unclear, self.refused]
        return {
            "w": self.w,
            "numbers": np.array([*numbers, self.sample_gradients]),
            **dumped(self.problem.method, self.memory, self.rng),
        }

    def load(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put a state that was dumped in the place of this one."""
        self.memory = loaded(arrays, self.rng)  # or nothing is changed
        self.w = frozen(arrays["w"])
        numbers = arrays["numbers"].tolist()
        self.t, self.bits, self.unclear, self.refused = numbers[:4]
        self.oracle.sample_gradients = numbers[4]
        self.oracle.tie = 1.0 if self.t else self.problem.first_tie


def recorded_loss(problem: Problem) -> tuple[str, Any]:
    """Return the loss that is recorded along a run, with its name.

    That of the run; the logistic one for the perceptron, whose own says nothing about
    how far it is, and for methods with weights of their own.
    """
    own = not problem.method.weighs and not problem.loss.decides
    name = problem.loss.name if own else "logistic"
    return name, problem.loss if own else LOSSES[name]()


class Iterate(NamedTuple):
    """The parameters at one iteration.

    Attributes
    ----------
    w : ndarray, shape (p,)
        The parameters, shortened by 2^bits.
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


def iterates(problem: Problem) -> Iterator[Iterate]:
    """Yield the iterates 0, 1, 2, ... without end."""
    state = Direct.of(problem)
    while True:
        state._shorten()
        yield Iterate(state.w, *state.oracle.look(state.w), state.bits)
        state.update()
