"""The state of a run at an iteration, computed again: what a fork goes on from."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from gdexp.core.certificate import certificate
from gdexp.core.forms import State, form_of
from gdexp.core.outcome import Array, recorded_iterations
from gdexp.core.problem import Problem
from gdexp.util.errors import ConfigError


@dataclass(frozen=True)
class Kept:
    """The state of a run at an iteration.

    Attributes
    ----------
    state : State
    rows : ndarray, shape (p, >= 5)
        What it has recorded up to there, at the iterations of the run and at the last.
    cap : int
        That of the run.
    went_on : bool
        Whether the run had been separated before, and gone on.
    """

    state: State
    rows: Array
    cap: int
    went_on: bool = False

    @property
    def at(self) -> int:
        """The iteration."""
        return int(self.rows[-1, 0])

    @property
    def w(self) -> Array:
        """The parameters, shape (p,)."""
        state = self.state
        with np.errstate(over="ignore"):
            w: Array = np.ldexp(state.problem.unit * state.iterate(), state.bits)
        return w


def keep(problem: Problem, cap: int, at: int, form: str | None = None) -> Kept:
    """Run a problem up to an iteration.

    Parameters
    ----------
    problem : Problem
    cap : int
        That of the whole run, which decides on its rounding and on what it records.
    at : int
    form : str or None

    Raises
    ------
    ConfigError
        If the run ends before.
    """
    problem = problem.scaled
    state: State = form_of(problem, form).of(problem, cap)
    known = np.concatenate([*recorded_iterations(cap)])
    times = np.append(known[known < at], at)
    tables: list[Array] = []
    went_on = False
    with threadpool_limits(limits=1):  # as of Spec.run
        while True:
            status, table = state.advance(cap, times)
            end = int(table[-1, 0])
            if status == "separated" and end < at:
                if certificate(problem, state.iterate()) is None:
                    state.refuse()
                elif problem.stop != "separated":
                    state.go_on()
                    went_on = True
                else:
                    break
                tables.append(table[:-1])
                times = times[times >= end]
                continue
            tables.append(table)
            if end == at:
                return Kept(state, np.concatenate(tables), cap, went_on)
            break
    raise ConfigError(
        f"--at {at}, but the run ends at iteration {end}; allowed: 0 to {end}"
    )
