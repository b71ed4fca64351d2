"""What an observable is: a number at an iterate, recorded along a run."""

from typing import ClassVar

import numpy as np

from gdexp.core.member import Member
from gdexp.core.models import Model
from gdexp.core.outcome import Array, Span
from gdexp.core.problem import Problem


class Observable(Member):
    """A number that is recorded along a run, beside it: it alters no iterate.

    It is asked at the recorded iterations; one that sees `every` iterate keeps what it
    needs of them in a memory, an array, that is part of a run's checkpoint.

    Attributes
    ----------
    every : bool
        Whether it is shown every iterate. The run stops at each of them then: an
        iteration takes tens of microseconds at least.
    spans : bool
        Whether `along` gives it from reduced coordinates: at a cost free of d, and
        without a stop of the compiled loop.
    kept : str
        A number that some methods keep, by its name in their memory: where there is
        one, `value` is given it as the observable's memory.
    better : bool
        Whether more of it is better: of runs that are ranked, where it is no number
        counts as the worst.
    """

    every: ClassVar[bool] = False
    spans: ClassVar[bool] = False
    kept: ClassVar[str] = ""
    better: ClassVar[bool] = False

    def check(self, model: Model, tests: int) -> None:
        """Raise ConfigError unless it is there for a model and so many test samples."""

    def begin(self, problem: Problem) -> Array:
        """Return the memory at the start."""
        return np.zeros(0)

    def see(self, w: Array, memory: Array) -> Array:
        """Return the memory after another iterate, w_0 the first."""
        return memory

    def value(self, problem: Problem, w: Array, t: int, memory: Array) -> float:
        """Return the number at the iterate w_t.

        Parameters
        ----------
        problem : Problem
        w : ndarray, shape (p,)
            The parameters.
        t : int
            The iteration.
        memory : ndarray
            After this iterate.
        """
        raise NotImplementedError

    def along(self, problem: Problem, span: Span) -> Array:
        """Return the numbers at some iterates in the span of the samples, (p,)."""
        raise NotImplementedError


def gradient(problem: Problem, w: Array) -> Array:
    """Return the gradient (1/n) sum_i l'(m_i) grad m_i of the loss of a run."""
    data, model = problem.data, problem.model
    b, y = data.b, data.labels
    weights = problem.loss.weight(model.margins(b, y, w))
    return -model.vjp(b, y, w, weights / len(y))
