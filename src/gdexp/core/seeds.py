"""Random streams of each (dim, seed): for the data, the start and the method."""

from typing import NamedTuple

from numpy.random import Generator, SeedSequence, default_rng


class Streams(NamedTuple):
    """The independent generators of a cell."""

    data: Generator
    start: Generator
    method: Generator


def streams(root_seed: int, dim: int, seed: int) -> Streams:
    """Return the generators of a (dim, seed), the same for every model.

    Parameters
    ----------
    root_seed : int
        The seed of the whole configuration.
    dim, seed : int
        The point of the grid. The model is left out on purpose: all models see
        the same data and, as far as their shapes agree, the same start.

    Returns
    -------
    Streams
        Independent generators, a function of the three numbers alone.
    """
    children = SeedSequence(root_seed, spawn_key=(dim, seed)).spawn(3)
    return Streams(*map(default_rng, children))
