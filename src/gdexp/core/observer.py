"""What is observed along a run, beside it: at its recorded iterations, or at all."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.core.forms import State
from gdexp.core.forms.compiled import Compiled
from gdexp.core.observables import Observable
from gdexp.core.outcome import Array, Span
from gdexp.core.problem import Problem
from gdexp.core.returned import fitting
from gdexp.util.errors import MemberError


class Observer:
    """Some observables of a run and their memories.

    Parameters
    ----------
    problem : Problem
        In its own units, whatever those of the state are.
    observables : sequence of Observable
    """

    def __init__(self, problem: Problem, observables: Sequence[Observable]) -> None:
        self.problem, self.observables = problem, observables
        self.memories = [_memory(each, each.begin(problem)) for each in observables]

    @property
    def names(self) -> list[str]:
        """The names of the observables."""
        return [each.name for each in self.observables]

    @property
    def every(self) -> bool:
        """Whether one of them sees every iterate."""
        return any(each.every for each in self.observables)

    def span_of(self, state: State) -> Compiled | None:
        """Return the state if its rows say all that is asked for, told to do so."""
        spans = all(each.spans and not each.every for each in self.observables)
        if not (self.observables and spans and isinstance(state, Compiled)):
            return None
        state.spanned = True
        return state

    def along(self, span: Span) -> Array:
        """Return all numbers at some iterates, a row for each."""
        shape = span.norms.shape
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            return np.column_stack(
                [
                    fitting(each.along(self.problem, span), shape, each, "numbers")
                    for each in self.observables
                ]
            )

    def see(self, state: State, t: int) -> list[float]:
        """Show them the iterate w_t; return their numbers."""
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            w = self._see(state)
            pairs = zip(self.observables, self.memories, strict=True)
            given = [(each, _given(each, memory, state)) for each, memory in pairs]
            return [
                _number(each, each.value(self.problem, w, t, memory))
                for each, memory in given
            ]

    def pass_by(self, state: State) -> None:
        """Show an iterate that is not recorded to those that see every one."""
        if self.every:
            self._see(state)

    def _see(self, state: State) -> Array:
        w: Array = np.ldexp(state.problem.unit * state.iterate(), state.bits)
        pairs = zip(self.observables, self.memories, strict=True)
        self.memories = [_memory(each, each.see(w, memory)) for each, memory in pairs]
        return w

    def dump(self) -> dict[str, NDArray[Any]]:
        """Return the memories as arrays; see `checkpoint`."""
        return {f"observed.{name}": memory for name, memory in self._named()}

    def load(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put memories that were dumped in place."""
        self.memories = [arrays[f"observed.{name}"] for name, _ in self._named()]

    def _named(self) -> list[tuple[str, Array]]:
        return list(zip(self.names, self.memories, strict=True))


def _given(observable: Observable, memory: Array, state: State) -> Array:
    """Return the memory of an observable, or what it asks of that of the method."""
    kept = getattr(state, "memory", {}).get(observable.kept)
    return memory if kept is None else np.asarray(kept, np.float64)


def _number(observable: Observable, value: object) -> float:
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value)
    raise MemberError(
        f"observable {observable.name!r} has returned a {type(value).__name__};"
        " allowed: a number"
    )


def _memory(observable: Observable, memory: Any) -> Array:
    if type(memory) is np.ndarray and not memory.dtype.hasobject:
        return memory
    raise MemberError(
        f"observable {observable.name!r} has a memory of type {type(memory).__name__};"
        " allowed: a NumPy array of numbers"
    )
