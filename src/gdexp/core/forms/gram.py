"""Inner products of shifted samples, in twice the precision."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.core.forms import _double
from gdexp.core.outcome import Array


def start_products(z: Array, v: Array, shifts: int) -> Array:
    """Return <P^j z_i, v>, high and low, shape (2, n, shifts)."""
    products = aligned(2, len(z), shifts)
    _double.pairs(z, np.stack([np.roll(v, -j) for j in range(shifts)]), products)
    return products


def shifted_gram(z: Array, shifts: int) -> Array:
    """Return <P^j z_i, P^q z_p>, high and low, shape (2, n, shifts, n, shifts).

    It depends on q - j only, so `shifts` products of n x d matrices are enough.
    """
    from gdexp.core.forms import _double

    n = len(z)
    gram = aligned(2, n, shifts, n, shifts)
    block = np.empty((2, n, n))
    for lag in range(shifts):
        _double.pairs(z, np.roll(z, lag, axis=1), block)  # <z_i, P^lag z_p>
        for j in range(shifts - lag):
            gram[:, :, j, :, j + lag] = block
            gram[:, :, j + lag, :, j] = block.transpose(0, 2, 1)
    return gram


def combine(v: Array, z: Array, high: Array, low: Array) -> Array:
    """Return v + sum_ij (high + low)_ij P^j z_i, rounded once; shape (d,)."""
    total = np.empty_like(v)
    _double.combine(v, np.ascontiguousarray(z), high, low, total)
    return total


def aligned(*shape: int, kind: Any = np.float64) -> NDArray[Any]:
    """Return an array of no values yet that begins at a multiple of 64 bytes.

    NumPy's begin at any multiple of 16, which costs a hundred samples 30 % of an
    iteration, and images more: loads of a whole vector are of two cache lines then.
    """
    size = np.dtype(kind).itemsize * math.prod(shape)
    raw = np.empty(size + 64, dtype=np.uint8)
    first = -raw.ctypes.data % 64
    array: NDArray[Any] = raw[first : first + size].view(kind).reshape(shape)
    return array
