"""The two products of the row form over a block of rows, by how samples are stored.

Numba chooses when it compiles: where the processor has steps for it, bytes and vectors
in float32 are multiplied in whole numbers (`_bytes`); all else in the precision of the
vector (`_vectors`). Either way the bits depend on nothing else.
"""

from functools import partial
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from gdexp.core.forms import _bytes, _vectors
from gdexp.core.forms._digits import DIGITS, make_whole, take_digits
from gdexp.core.outcome import Array, IntArray

BLOCK = 32  # rows

chosen = partial(overload, strict=False)  # which lets functions have annotations


def whole(stored: bool, single: bool) -> bool:
    """Return whether bytes, if they are, and a vector in float32 are made whole."""
    return stored and single and _bytes.multiplies_bytes()


def ready(samples: Array, e: Array) -> Any:
    """Return a vector, shape (d,), as `products` takes it."""


def totals(samples: Array, e: Array, count: int) -> Any:
    """Return room for that many totals of `add`, shape (count, d)."""


def products(samples: Array, first: int, last: int, e: Any, out: Array) -> None:
    """Write out_i = <x_i, e> for these rows, a block at most; `e` as from `ready`."""


def add(
    samples: Array,
    rows: IntArray,
    weights: Array,
    active: int,
    total: Array,
    ahead: int,
) -> None:
    """Add to a total the `active` first of these rows, each times its weight.

    There is room for `BLOCK` and four more of both; what lies behind is overwritten.
    The next block begins at the row `ahead`.
    """


def _whole(samples: Any, vector: Any) -> bool:
    return whole(samples.dtype == types.uint8, vector.dtype == types.float32)


@chosen(ready)
def _ready(samples: Any, e: Any) -> Any:
    if not _whole(samples, e):
        return lambda samples, e: e

    def digits(samples, e):  # type: ignore[no-untyped-def]
        numbers = np.zeros(samples.shape[1])
        unit = make_whole(e, len(e), numbers)
        found = np.zeros((DIGITS, samples.shape[1]), np.int8)
        take_digits(numbers, len(e), found)
        return unit, found

    return digits


@chosen(totals)
def _totals(samples: Any, e: Any, count: Any) -> Any:
    if _whole(samples, e):
        return lambda samples, e, count: np.empty((count, samples.shape[1]))
    return lambda samples, e, count: np.empty((count, samples.shape[1]), e.dtype)


@chosen(products)
def _products(samples: Any, first: Any, last: Any, e: Any, out: Any) -> Any:
    if not isinstance(e, types.BaseTuple):

        def real(samples, first, last, e, out):  # type: ignore[no-untyped-def]
            for i in range(first, last, _vectors.ROWS):
                _vectors.products(samples, i, last, e, out)

        return real

    def digits(samples, first, last, e, out):  # type: ignore[no-untyped-def]
        sums = np.empty(_bytes.ROWS, np.int64)
        for i in range(first, last, _bytes.ROWS):
            _bytes.dots(samples, i, last, e[1], sums)
            for r in range(min(_bytes.ROWS, last - i)):
                out[i + r] = e[0] * sums[r]

    return digits


@chosen(add)
def _add(
    samples: Any, rows: Any, weights: Any, active: Any, total: Any, ahead: Any
) -> Any:
    if not _whole(samples, weights):

        def real(samples, rows, weights, active, total, ahead):  # type: ignore[no-untyped-def]
            for g in range(active, active + _vectors.ROWS - 1):
                rows[g], weights[g] = 0, 0
            for g in range(0, active, _vectors.ROWS):
                _vectors.add(samples, rows, weights, g, total)

        return real

    def digits(samples, rows, weights, active, total, ahead):  # type: ignore[no-untyped-def]
        rows[active : active + _bytes.ROWS] = 0
        numbers = np.zeros(BLOCK + _bytes.ROWS)
        unit = make_whole(weights, active, numbers)
        found = np.zeros((DIGITS, len(numbers)), np.int8)
        take_digits(numbers, active, found)
        count = (active + _bytes.ROWS - 1) // _bytes.ROWS * _bytes.ROWS
        _bytes.pull(samples, rows, count, found, unit, total, ahead)

    return digits
