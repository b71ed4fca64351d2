"""Cost: about how long a cell takes and how much memory, before it is run.

For progress bars, the limits of cluster jobs and the core-hours that remain; no number
that is reported rests on it. The constants were measured on one x86-64 core.
"""

import math

from gdexp.core.spec import Spec

CELL = 0.036  # seconds of a tracked cell, its job included, without its iterations
DRAW = 2e-8  # seconds to draw one number and take its products
PROCESS = 900  # MiB of Snakemake and a worker with all its imports
START = 5  # minutes for a job to start, on a busy node and disk
SLOWER = 3  # times as long as measured: other cores than these
COPIES = 4  # of the samples, in float64, while the products are taken
JAX = 500  # MiB of JAX with its compiler, and as many again of runs computed together


def seconds(spec: Spec, dim: int, iterations: float) -> float:
    """Return about how many core seconds a cell takes.

    Parameters
    ----------
    spec : Spec
    dim : int
    iterations : float
        Expected iterations; the cap gives an upper limit.
    """
    numbers = spec.n * spec.family.features(dim)
    each, _ = spec.size(dim).cheapest(spec.form)
    return CELL + DRAW * numbers + each * iterations


def minutes(spec: Spec, dim: int, seeds: int, attempt: int = 1) -> int:
    """Return a time limit for a job: its start, and all its seeds at their caps.

    Parameters
    ----------
    spec : Spec
    dim : int
    seeds : int
        How many cells the job has.
    attempt : int
        1, or more for a job that is tried again: so many times the limit.
    """
    cells = seeds * seconds(spec, dim, spec.max_iterations)
    return attempt * math.ceil(START + SLOWER * cells / 60)


def mebibytes(spec: Spec, dim: int, attempt: int = 1) -> int:
    """Return the memory that a job of such cells needs at most, in MiB."""
    size = spec.size(dim)
    numbers = spec.n * spec.family.features(dim)
    jax = 2 * JAX if size.network else 0
    return attempt * (PROCESS + jax + COPIES * 8 * numbers // 2**20)
