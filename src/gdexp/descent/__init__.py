"""The loop: a problem -> an outcome."""

from collections.abc import Iterator

import numpy as np

from gdexp.descent import direct
from gdexp.descent._compiled import tell_of_compiling
from gdexp.descent.certificate import certificate
from gdexp.descent.checkpoint import Checkpoint
from gdexp.descent.outcome import (
    MAX_POINTS,
    Array,
    Certificate,
    IntArray,
    Outcome,
    Status,
    Trajectory,
    recorded_iterations,
)
from gdexp.descent.problem import Problem
from gdexp.descent.reduced import Reduced
from gdexp.descent.rows import Rows
from gdexp.errors import ConfigError
from gdexp.models.base import Certain

SMALL = 16**2  # entries of a Gram matrix that are as good as none
LARGE = 512  # samples times shifts


def descend(
    problem: Problem,
    cap: int,
    *,
    full: bool = False,
    checkpoint: Checkpoint | None = None,
) -> Outcome:
    """Run an algorithm from its start until all margins are positive.

    Parameters
    ----------
    problem : Problem
    cap : int
        Largest number of updates.
    full : bool
        Record every iteration instead of at most 200 log-spaced ones. One
        iteration takes 40 bytes.
    checkpoint : Checkpoint or None
        Where to keep the run every few seconds, and to go on from.

    Returns
    -------
    Outcome
        Separated, capped or diverged; never an exception for any of them.
    """
    _check_odd(problem)
    problem = problem.scaled
    if not problem.model.reducible or problem.algorithm.weight is not None:
        return direct.descend(problem, cap, full=full)
    state = form_of(problem).of(problem, cap)
    kept = checkpoint.load(state) if checkpoint else None
    tables = [] if kept is None else [kept]
    done = -1 if kept is None else int(state.counters[0])
    for block in recorded_iterations(cap, full=full):
        for times, extra in _strides(block[block > done], state.stride):
            status, proof, table = _certain(state, cap, times)
            iteration, wrong = int(table[-1, 0]), int(table[-1, 2])
            whole = len(table) == len(times)
            tables.append(table[:-1] if extra and whole and not status else table)
            if status:
                trajectory = _trajectory(problem, np.concatenate(tables))
                return Outcome(status, iteration, trajectory, proof, state.unclear)
            if checkpoint and iteration % state.stride == 0:
                checkpoint.save(state, np.concatenate(tables))
                checkpoint.progress(iteration, wrong)
    raise AssertionError("the last block ends at the cap")


def _check_odd(problem: Problem) -> None:
    """Raise ConfigError if the model may not be given y b for (b, y)."""
    model = problem.model
    if isinstance(model, Certain):
        return
    w = np.random.default_rng(0).standard_normal(len(problem.start))
    z = problem.z[:10]
    there, back = model.margins(z, w), model.margins(-z, w)
    if not np.allclose(there, -back, rtol=1e-9, atol=1e-12):
        raise ConfigError(
            f"model {type(model).__name__} is not odd in b: m(-b; w) is"
            f" {back[0]:.6g} where -m(b; w) is {-there[0]:.6g}; only odd models can be"
            " run on the signed samples y b"
        )


def _certain(
    state: Reduced | Rows, cap: int, times: IntArray
) -> tuple[Status | None, Certificate | None, Array]:
    """Advance a state; where its parameters do not separate, it goes on."""
    tables = []
    while True:
        status, table = state.advance(cap, times)
        proof = None
        if status == "separated":
            proof = certificate(state.problem, state.iterate())
            if proof is None:
                state.refuse()
                times = times[times >= table[-1, 0]]
                tables.append(table[:-1])
                continue
        return status, proof, np.concatenate([*tables, table])


def _strides(times: IntArray, stride: int) -> Iterator[tuple[IntArray, bool]]:
    """Cut increasing iterations at multiples of the stride.

    Each part ends with such a multiple, True if that is not one of the iterations and
    was added, or with the last of them.
    """
    while len(times):
        stop = -(-max(times[0], 1) // stride) * stride
        count = int(np.searchsorted(times, stop, side="right"))
        extra = count < len(times) and (count == 0 or times[count - 1] != stop)
        part = times[:count]
        yield (np.append(part, stop) if extra else part), extra
        times = times[count:]


def _trajectory(problem: Problem, rows: Array) -> Trajectory:
    iteration, wrong = rows[:, 0].astype(np.int64), rows[:, 2].astype(np.int64)
    return Trajectory(
        iteration,
        rows[:, 1],
        wrong,
        rows[:, 3],
        rows[:, 4],
        samples=len(problem.data.labels),
        rising=int(rows[-1, 5]) if rows.shape[1] > 5 else None,
    )


def form_of(problem: Problem) -> type[Reduced] | type[Rows]:
    """Return the cheaper of the two exact forms.

    An iteration of the reduced form reads the Gram matrix, 8 (n k)^2 bytes; one of the
    row form uses the samples twice. Where both are small the reduced form is kept, and
    it is not where its products in twice the precision would take longer than the run.
    """
    if problem.data.samples.dtype == np.uint8:
        return Rows  # images: bytes stay bytes, and the steps that raise the loss count
    pairs = problem.data.labels.size * max(problem.model.kernel, 1)
    small = max(SMALL, 2 * problem.data.samples.size)
    return Reduced if pairs <= LARGE and pairs**2 <= small else Rows


__all__ = [
    "MAX_POINTS",
    "Certificate",
    "Checkpoint",
    "Outcome",
    "Problem",
    "Reduced",
    "Rows",
    "Status",
    "Trajectory",
    "certificate",
    "descend",
    "form_of",
    "tell_of_compiling",
]
