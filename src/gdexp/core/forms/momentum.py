"""The compiled reduced form of heavy ball and of Nesterov's method."""

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from gdexp.core.forms._announce import announce
from gdexp.core.forms.compiled import Compiled
from gdexp.core.outcome import STATUSES, Array, IntArray, Status
from gdexp.core.problem import Problem

MOMENTUM = ("heavy_ball", "nag")  # the methods that it knows, with the logistic loss


@dataclass
class Momentum(Compiled):
    """The state of a run with momentum: that of `Compiled`, and the last change of w.

    Attributes
    ----------
    change_c : ndarray, shape (k,)
    change, change_products : ndarray, shape (n, k)
        Its coefficients and its products with the shifted samples.
    """

    change_c: Array = field(default_factory=lambda: np.zeros(0))
    change: Array = field(default_factory=lambda: np.zeros(0))
    change_products: Array = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, problem: Problem, cap: int = 0) -> "Momentum":
        """Reduce a problem: O(n^2 k d) once, then nothing of size d is touched."""
        state = cast("Momentum", super().of(problem, cap))
        state.change_c = np.zeros_like(state.c)
        state.change = np.zeros_like(state.products)
        state.change_products = np.zeros_like(state.products)
        state.bounds[:] = 0.0, state.bounds[2], 0.0, 0.0
        return state

    @property
    def _doubled(self) -> float:
        return self._residue

    def dump(self) -> dict[str, NDArray[Any]]:
        """Return everything that changes in a run, as arrays; see `checkpoint`."""
        own = ("change_c", "change", "change_products")
        return super().dump() | {name: getattr(self, name) for name in own}

    def advance(self, cap: int, times: IntArray) -> tuple[Status | None, Array]:
        """Run to the end or to the last of `times`; return the rows recorded."""
        from gdexp.core.forms import _momentum_loop

        table, size = np.empty((len(times), self.width)), self.products.size
        momentum: float | None = getattr(self.problem.method, "momentum", None)
        status, rows = announce(_momentum_loop.run)(
            self.c,
            self.products.ravel(),
            self.coefficients.reshape(3, size),
            self.change_c,
            self.change_products.ravel(),
            self.change.ravel(),
            self.counters,
            self.bounds,
            self.gram.reshape(2, size, size),
            self.start_products.reshape(2, size),
            self.start_square,
            self.lengths,
            self._doubled,
            self.problem.step,
            -1.0 if momentum is None else momentum,
            self.problem.method.name == "nag",
            cap,
            self.problem.model.degree == 2,
            times,
            table,
        )
        return STATUSES.get(status), table[:rows]
