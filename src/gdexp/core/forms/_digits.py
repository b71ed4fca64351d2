"""Vectors of 24 bits in whole numbers, to be multiplied with bytes.

As numbers in float32, two thirds of the work of a product of bytes is their conversion.
So the vector is made whole instead: v_j is unit * w_j, with the least unit 2^e for that
every |w_j| is at most 127 * 2^16, to half a unit, which is at most 1 / (127 * 2^16) of
the largest |v_j|. The digits of w_j = t_j0 + 2^8 t_j1 + 2^16 t_j2, of -128 ... 127
each, are what `_bytes` multiplies with bytes.
"""

from math import frexp, ldexp
from typing import Any

import numpy as np

from gdexp.core.forms._numba import njit
from gdexp.core.outcome import Array

DIGITS = 3
LARGEST = 127 * 2**16


@njit(error_model="numpy")
def make_whole(v: Array, count: int, whole: Array) -> float:
    """Write the first numbers of v as whole numbers, and return their unit."""
    largest = 0.0
    for j in range(count):
        x = abs(np.float64(v[j]))
        if not x <= largest:
            largest = x
            if not x < np.inf:  # then the products are to be no numbers either
                return np.nan
    if largest == 0.0:
        whole[:count] = 0.0
        return 0.0
    unit = ldexp(1.0, frexp(largest)[1] - 23)
    if largest > LARGEST * unit:
        unit *= 2.0
    inverse = 1.0 / unit
    for j in range(count):
        whole[j] = np.rint(v[j] * inverse)
    return unit


@njit
def take_digits(whole: Array, count: int, digits: Any) -> None:
    """Write the digits of whole numbers, shape (3, d)."""
    for j in range(count):
        rest = np.int64(whole[j]) + 0x808080
        for k in range(DIGITS):
            digits[k, j] = np.int8(((rest >> (8 * k)) & 255) - 128)
