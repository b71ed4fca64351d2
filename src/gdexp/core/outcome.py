"""What a run ends with: its status, its iteration count and its trajectory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
Status = Literal["separated", "capped", "diverged", "stopped"]

KINDS = ("bound", "exact", "computed")  # of certificates
STATUSES: dict[int, Status] = {1: "separated", 2: "capped", 3: "diverged"}

MAX_POINTS = 200
BLOCK = 1 << 16  # iterations recorded between two allocations at full resolution

# A margin beyond DIVERGED_AT, or one that is no number, ends a run: its squares
# would soon overflow. The perceptron of a model of degree 2 does not depend on the
# length of w and is shortened by a power of two, which is exact, long before.
DIVERGED_AT = 1e150
RESCALE_ABOVE = 1e100
RESCALE_BITS = 160


@dataclass(frozen=True)
class Trajectory:
    """Observables of a run at some of its iterations, the first and last included.

    Attributes
    ----------
    iteration : ndarray of int, shape (p,)
        Numbers of updates done, increasing.
    loss : ndarray, shape (p,)
        Mean loss (1/n) sum_i l(m_i), of the loss that the outcome names.
    misclassified : ndarray of int, shape (p,)
        Number of samples with m_i <= 0.
    min_margin : ndarray, shape (p,)
        Smallest margin min_i m_i.
    norm : ndarray, shape (p,)
        Euclidean norm of the parameters w.
    samples : int
        The number n of samples.
    rising : int or None
        How many steps raised the loss; None where no loss is computed at most steps.
    observed : dict of str to ndarray, shape (p,)
        The observables that were asked for, by name; NaN where there is no number.
    """

    iteration: IntArray
    loss: Array
    misclassified: IntArray
    min_margin: Array
    norm: Array
    samples: int
    rising: int | None = None
    observed: dict[str, Array] = field(default_factory=dict)

    @property
    def accuracy(self) -> Array:
        """Share of samples with m_i > 0, shape (p,)."""
        return 1.0 - self.misclassified / self.samples


@dataclass(frozen=True)
class Span:
    """Iterates of the linear or the convolutional model, in the span of the samples.

    Whatever d is, with k shifts (1 for the linear model):

    Attributes
    ----------
    norms : ndarray, shape (p,)
        The |w|.
    c : ndarray, shape (p, k)
        The kernels; ones for the linear model.
    u : ndarray, shape (p, n, k)
        The products u_ij = <P^j z_i, v>.
    frame : ndarray, shape (r, n, k)
        The P^j z_i in an orthonormal frame of their span.
    """

    norms: Array
    c: Array
    u: Array
    frame: Array

    @property
    def margins(self) -> Array:
        """The m_i = sum_j c_j u_ij, shape (p, n)."""
        margins: Array = np.einsum("pj,pij->pi", self.c, self.u)
        return margins


@dataclass(frozen=True)
class Certificate:
    """What makes it certain that parameters separate the samples.

    Attributes
    ----------
    kind : {"bound", "exact", "computed"}
        Bound: every margin is larger than a bound on its rounding error. Exact: those
        that are not are positive in rational arithmetic. Computed: all are positive in
        float64, of a model for which no bound is known.
    ratio : float
        The smallest margin over its bound; infinite if there is no rounding, NaN if
        no bound is known.
    """

    kind: Literal["bound", "exact", "computed"]
    ratio: float


@dataclass(frozen=True)
class Outcome:
    """The end of a run.

    Attributes
    ----------
    status : {"separated", "capped", "diverged"}
        Separated: every margin was positive, with certainty. Capped: the iteration cap
        was reached before. Diverged: a margin left the range of numbers.
    iterations : int
        Updates done until the first separation, or until the end without one; the
        start counts as 0.
    trajectory : Trajectory
    certificate : Certificate or None
        Why it is certain that the parameters separate the samples; None if they do not.
    unclear : int
        How often the sign of a margin within its rounding error decided whether a
        sample is misclassified in a perceptron, or whether the run ends. Such a margin
        counts as not positive.
    updates : int
        Updates done until the run ended, more than `iterations` if it went on.
    sample_gradients : int
        How many gradients of single samples were asked for.
    loss : str
        The loss that the trajectory records.
    engine : dict
        What computed it besides NumPy: the version of JAX and its device; how bytes
        were multiplied.
    read : str or None
        Digest of the files that the data were read from, as they were then.
    """

    status: Status
    iterations: int
    trajectory: Trajectory
    certificate: Certificate | None = None
    unclear: int = 0
    updates: int = 0
    sample_gradients: int = 0
    loss: str = "logistic"
    engine: Mapping[str, str] = field(default_factory=dict)
    read: str | None = None

    @property
    def gradients(self) -> float:
        """Gradients of single samples over their number: what full ones would cost."""
        return self.sample_gradients / self.trajectory.samples


def recorded_iterations(cap: int, *, full: bool = False) -> Iterator[IntArray]:
    """Yield the iterations to record, in increasing blocks.

    Log-spaced by default, so that a run of any length up to the cap keeps at most
    `MAX_POINTS` of them with the end of the run; every iteration if `full`.
    """
    if not full:
        spaced = np.geomspace(1, max(cap, 1), MAX_POINTS - 2).round()
        yield np.unique(np.concatenate([[0], spaced])).astype(np.int64)
        return
    for first in range(0, cap + 1, BLOCK):
        yield np.arange(first, min(first + BLOCK, cap + 1), dtype=np.int64)
