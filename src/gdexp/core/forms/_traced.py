"""The loop of a network, as JAX traces it; compiled once for each shape."""

import copy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from gdexp.core.autodiff import load
from gdexp.core.losses import Loss
from gdexp.core.methods import Method
from gdexp.core.models import Model
from gdexp.core.oracle import ALL
from gdexp.core.outcome import DIVERGED_AT

# a scale-free run is shortened by so many bits when a parameter is larger: its margins
# are far from the end of float32 then
BITS = 40


class Traced:
    """The oracle as a method sees it while JAX traces: margins and vector products.

    Margins within `slack` count as 0 where a sign decides.
    """

    def __init__(self, loop: "Loop", run: dict[str, Any], tie: Any, slack: Any) -> None:
        self.loop, self.run, self.tie, self.slack = loop, run, tie, slack
        self.n = len(run["y"])
        self.sample_gradients = 0
        self._pulls: dict[int, tuple[Any, Any, Any]] = {}

    def margins(self, w: Any) -> Any:
        """Return all m_i(w), shape (n,)."""
        return self._look(w)[1]

    def weights(self, w: Any, rows: Any = ALL) -> Any:
        """Return the weights s_i of some samples."""
        margins = self.margins(w)[rows]
        if self.loop.loss.decides:
            xp = load().numpy
            margins = xp.where(xp.abs(margins) <= self.slack, 0.0, margins)
        return self.loop.loss.weight(margins, self.tie)

    def pull(self, w: Any, weights: Any, rows: Any = ALL) -> Any:
        """Return sum_i weights_i grad m_i(w) over some samples, of the shape of w."""
        self.sample_gradients += len(weights)
        whole = rows is ALL
        pull = self._look(w)[2] if whole else self._vjp(w, rows)[1]
        return pull(weights.astype(self.run["b"].dtype))[0]

    def __call__(self, w: Any, rows: Any = ALL) -> Any:
        """Return the mean of s_i grad m_i(w) over some samples, of the shape of w."""
        weights = self.weights(w, rows)
        return self.pull(w, weights / len(weights), rows)

    def _look(self, w: Any) -> tuple[Any, Any, Any]:
        """Return w itself, margins and their pullback, traced once for each point."""
        if id(w) not in self._pulls:
            self._pulls[id(w)] = (w, *self._vjp(w, ALL))
        return self._pulls[id(w)]

    def _vjp(self, w: Any, rows: Any) -> tuple[Any, Any]:
        b, y = self.run["b"][rows], self.run["y"][rows]

        def margins(w: Any) -> Any:
            return y * self.loop.model.outputs(w, b)

        margins, pull = load().vjp(margins, w.astype(b.dtype))
        return margins, pull


@dataclass(eq=False)
class Loop:
    """What is the same for all runs of a loop; one for each combination.

    Attributes
    ----------
    model, loss, method : Model, Loss, Method
        The method with any step: the step is a number of the run.
    stop : str
    scale_free : bool
    asked : int
        Gradients of single samples that an update asks for, known when it is traced.
    """

    model: Model
    loss: Loss
    method: Method
    stop: str
    scale_free: bool
    asked: int = 0
    compiled: dict[bool, Any] = field(default_factory=dict)

    def __call__(self, run: Any, state: Any, times: Any, count: Any, cap: int) -> Any:
        """Advance runs of a batch: all arrays have an axis of them in front.

        Parameters
        ----------
        run : dict
            What does not change: samples b, labels y, step, tie.
        state : dict
            What does, see `gdexp.core.forms.autodiff.Batch`.
        times : ndarray of int, shape (runs, k)
        count : ndarray of int, shape (runs,)
            How many of the times are meant.
        cap : int

        Returns
        -------
        state, status, filled, rows
            `filled` of the rows are written: t, bits, the norm and all margins.
        """
        several = len(count) > 1
        if several not in self.compiled:
            self.compiled[several] = self._compile(several)
        return self.compiled[several](run, state, times, count, cap)

    def _compile(self, several: bool) -> Any:
        jax = load()
        if several:
            return jax.jit(jax.vmap(self.advance, (0, 0, 0, 0, None)))

        # an axis of one run is slower than none
        def single(run: Any, state: Any, times: Any, count: Any, cap: Any) -> Any:
            run, state, times, count = jax.tree.map(
                lambda x: x[0], (run, state, times, count)
            )
            end = self.advance(run, state, times, count, cap)
            return jax.tree.map(lambda x: x[None], end)

        return jax.jit(single)

    def advance(self, run: Any, state: Any, times: Any, count: Any, cap: Any) -> Any:
        """Advance one run to its end, or to the last of `times`."""
        jax = load()
        xp, w = jax.numpy, state["w"]
        rows = {
            "t": xp.zeros(len(times), xp.int64),
            "bits": xp.zeros(len(times), xp.int64),
            "norm": xp.zeros(len(times), w.dtype),
            "margins": xp.zeros((len(times), len(run["y"])), w.dtype),
        }

        def go(carry: Any) -> Any:
            _, status, filled, _ = carry
            return (status == 0) & (filled < count)

        def to_next(carry: Any) -> Any:
            state, _, filled, rows = carry
            state, margins, status = self._iterate(run, state, times[filled], cap)
            length = xp.linalg.norm(self.model.moving(state["w"]))
            row = {**state, "norm": length, "margins": margins}
            rows = {name: rows[name].at[filled].set(row[name]) for name in rows}
            # it is settled that the run goes on here: margins that are computed again
            # in the next iteration may differ in their last digits
            passed = xp.where(status == 0, state["t"], state["passed"])
            return state | {"passed": passed}, status, filled + 1, rows

        start = state, xp.zeros((), xp.int64), xp.zeros((), xp.int64), rows
        return jax.lax.while_loop(go, to_next, start)

    def _iterate(self, run: Any, state: Any, target: Any, cap: Any) -> Any:
        """Iterate to the end or to `target`; return state, margins and status."""
        jax = load()
        xp = jax.numpy

        def go(carry: Any) -> Any:
            state, _, status = carry
            return (status == 0) & (state["t"] < target)

        def once(carry: Any) -> Any:
            state, _, _ = carry
            oracle = Traced(self, run, self._tie(run, state), state["slack"])
            margins = oracle.margins(state["w"])
            status = self._status(state, margins, cap)
            new = self._update(oracle, run, state)
            new = {k: xp.where(status == 0, new[k], x) for k, x in state.items()}
            return new, margins, status

        margins = xp.zeros(len(run["y"]), state["w"].dtype)
        start = state, margins, xp.zeros((), xp.int64)
        state, margins, status = jax.lax.while_loop(go, once, start)
        oracle = Traced(self, run, self._tie(run, state), state["slack"])
        here = oracle.margins(state["w"])
        end = self._status(state, here, cap)
        margins = xp.where(status == 0, here, margins)
        return state, margins, xp.where(status == 0, end, status)

    def _tie(self, run: Any, state: Any) -> Any:
        return load().numpy.where(state["t"] == 0, run["tie"], 1.0)

    def _update(self, oracle: Traced, run: Any, state: Any) -> dict[str, Any]:
        """Return the state after one update of the method."""
        xp = load().numpy
        method = copy.copy(self.method)
        if hasattr(method, "step"):
            object.__setattr__(method, "step", run["step"])
        memory = {
            name.removeprefix("memory."): value
            for name, value in state.items()
            if name.startswith("memory.")
        }
        w, memory = method.update(oracle, state["w"], memory)  # type: ignore[arg-type]
        self.asked = oracle.sample_gradients
        new = state | {"w": w, "t": state["t"] + 1}
        new |= {f"memory.{name}": value for name, value in memory.items()}
        if self.scale_free:
            long = xp.abs(w).max() > 2.0**BITS
            new["w"] = xp.where(long, w * 2.0**-BITS, w)
            new["bits"] = state["bits"] + xp.where(long, BITS, 0)
        return {name: xp.asarray(x, state[name].dtype) for name, x in new.items()}

    def _status(self, state: Any, margins: Any, cap: Any) -> Any:
        """Return 0, or how the run ends here: 1 to 3 as in `STATUSES`, 4 at loss 0."""
        xp = load().numpy
        right = (margins > state["slack"]).all() & ~state["goes_on"]
        status = xp.where(state["t"] == cap, 2, 0)
        if self.stop == "zero_loss":
            status = xp.where((self.loss.value(margins) == 0).all(), 4, status)
        status = xp.where(right & (state["passed"] != state["t"]), 1, status)
        broken = ~(xp.abs(margins).max() < xp.float64(DIVERGED_AT))
        return xp.where(broken, 3, status)


@cache
def loop_of(
    model: Model, loss: Loss, method: Method, stop: str, scale_free: bool
) -> Loop:
    """Return the loop of a combination, the same object each time."""
    return Loop(model, loss, method, stop, scale_free)
