"""A fork: a run goes on from the state of another one at an iteration.

Runs are deterministic, so the state is computed again. The method begins there with a
fresh memory. Where both runs are plain gradient descent in one form, the state goes on
as it is, to the last bit, as from a checkpoint; else its parameters do, each rounded
once to float64.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from gdexp.core.checkpoint import Checkpoint
from gdexp.core.forms import form_of
from gdexp.core.forms.autodiff import Autodiff
from gdexp.core.forms.direct import recorded_loss
from gdexp.core.kept import Kept
from gdexp.core.models.network import Network
from gdexp.core.observables import Observable
from gdexp.core.observer import Observer
from gdexp.core.outcome import Array, Outcome, Trajectory
from gdexp.core.problem import Problem
from gdexp.core.run import run
from gdexp.util.errors import ConfigError


def go_on(
    kept: Kept,
    problem: Problem,
    cap: int,
    *,
    form: str | None = None,
    full: bool = False,
    observe: Sequence[Observable] = (),
) -> Outcome:
    """Go on from a state with the settings of another problem.

    Parameters
    ----------
    kept : Kept
    problem : Problem
        Of the same data and start, with another method, loss or stop.
    cap : int
        Largest number of updates from there on.
    form, full, observe
        As of `gdexp.core.run.run`.

    Returns
    -------
    Outcome
        All counted from there on.

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="c1", model="linear", algorithm="gd", step=1,
    ...             max_iterations=1000)
    >>> from gdexp.core.kept import keep
    >>> whole = spec.run(256, 0)
    >>> kept = keep(spec.problem(256, 0), 1000, 100)
    >>> go_on(kept, spec.problem(256, 0), 900).iterations + 100 == whole.iterations
    True
    >>> nag = spec.but(algorithm="nag", momentum=0.9)
    >>> go_on(kept, nag.problem(256, 0), 900).iterations
    3
    """
    check_fit(kept.state.problem, problem)
    options: dict[str, Any] = {"form": form, "full": full, "observe": observe}
    with threadpool_limits(limits=1):  # as of Spec.run
        if _alike(kept, problem, kept.at + cap, form):
            with TemporaryDirectory() as folder:
                checkpoint = Checkpoint(Path(folder, "fork.npz"), "fork")
                options["observe"] = [_Since(each, kept.at) for each in observe]
                observer = Observer(problem, options["observe"])
                checkpoint.save(_Dumped(kept, observer), _row(kept, problem, observer))
                whole = run(problem, kept.at + cap, checkpoint=checkpoint, **options)
            return _since(whole, kept)
        start = kept.w
        if not np.isfinite(start).all():
            raise ConfigError("the parameters there are beyond the range of float64")
        return run(replace(problem, start=start), cap, **options)


def check_fit(old: Problem, new: Problem) -> None:
    """Raise ConfigError unless a run can go on from the parameters of another one."""
    models = [each.model for each in (old, new)]
    d = old.data.samples.shape[1]
    if models[0].name != models[1].name or _shape(models[0], d) != _shape(models[1], d):
        count = [each.parameters(d) for each in models]
        raise ConfigError(
            f"the {count[0]} parameters of model {models[0].name!r} do not fit model"
            f" {models[1].name!r}, which has {count[1]} of its own; allowed: the same"
            " model, of the same size"
        )
    if new.method.from_zero:
        raise ConfigError(
            f"algorithm {new.method.name!r} starts at zero, and cannot go on from other"
            " parameters; allowed: another one"
        )


def _shape(model: Any, d: int) -> object:
    """Return what two models of one name have to have in common."""
    if isinstance(model, Network):
        return model.shapes(d)
    return model.parameters(d), getattr(model, "kernel", None)


def _alike(kept: Kept, problem: Problem, cap: int, form: str | None) -> bool:
    """Return whether a state can go on as it is: a memoryless method in one form."""
    old, new = kept.state.problem, problem.scaled
    return (
        old.plain
        and new.plain
        and form_of(new, form) is type(kept.state)
        and not isinstance(kept.state, Autodiff)  # its parameters are all of it
        and not kept.went_on
        and new.stop == "separated"  # other runs know no checkpoint
        and old.unit == new.unit
        and np.array_equal(old.start, new.start)
        and old.is_exact(kept.cap) == new.is_exact(cap)
        and (new.scale_free or not kept.state.bits)
    )


class _Since:
    """An observable of a run that goes on, to which the fork is iteration 0."""

    def __init__(self, observable: Observable, at: int) -> None:
        self._observable, self._at = observable, at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._observable, name)

    def value(self, problem: Problem, w: Array, t: int, memory: Array) -> float:
        return self._observable.value(problem, w, t - self._at, memory)


def _row(kept: Kept, problem: Problem, observer: Observer) -> Array:
    """Return the last row as another problem records it, shape (1, p)."""
    row = kept.rows[-1].copy()
    loss = recorded_loss(problem)[1]
    if loss != recorded_loss(kept.state.problem)[1]:
        b, y = problem.data.b, problem.data.labels
        row[1] = float(loss.value(problem.model.margins(b, y, kept.w)).mean())
    return np.concatenate([row, observer.see(kept.state, kept.at)])[None]


@dataclass(frozen=True)
class _Dumped:
    """A state and the memories of observables that begin there, for a checkpoint."""

    kept: Kept
    observer: Observer

    def dump(self) -> dict[str, NDArray[Any]]:
        done = {"done": np.array(self.kept.at)}
        return self.kept.state.dump() | self.observer.dump() | done

    def load(self, arrays: dict[str, NDArray[Any]]) -> None:
        raise NotImplementedError


def _since(whole: Outcome, kept: Kept) -> Outcome:
    """Return an outcome that counts from the state on."""
    path, state, at = whole.trajectory, kept.state, kept.at
    rising = path.rising
    if rising is not None:
        rising -= int(kept.rows[-1, 5])
    return replace(
        whole,
        iterations=whole.iterations - at,
        updates=whole.updates - at,
        unclear=whole.unclear - state.unclear,
        sample_gradients=whole.sample_gradients - state.sample_gradients,
        trajectory=Trajectory(
            path.iteration - at,
            path.loss,
            path.misclassified,
            path.min_margin,
            path.norm,
            path.samples,
            rising,
            path.observed,
        ),
    )
