"""Dot products in twice the working precision, compiled.

A number is a pair (high, low), high the sum rounded; T. Ogita, S. M. Rump, S. Oishi,
Accurate sum and dot product, SIAM J. Sci. Comput. 26 (2005). No fused operations and a
fixed order: the same bits on every processor.
"""

import numpy as np

from gdexp.core.forms._numba import njit
from gdexp.core.outcome import Array

LANES = 8  # sums beside each other, so that whole vectors are used
SPLIT = 2.0**27 + 1  # cuts 53 bits in two halves (Dekker)

# LLVM takes them in; at Numba's own level that would take long to compile
strict = njit(error_model="numpy")


@strict
def add(high: float, low: float, x: float) -> tuple[float, float]:
    """Return the pair plus a number."""
    total = high + x
    part = total - high
    return total, low + ((high - (total - part)) + (x - part))


@strict
def error_of_product(x: float, y: float, product: float) -> float:
    """Return x y - product, exactly."""
    t = SPLIT * x
    a = t - (t - x)
    b = x - a
    t = SPLIT * y
    c = t - (t - y)
    e = y - c
    return b * e - (((product - a * c) - b * c) - a * e)


@strict
def add_product(high: float, low: float, x: float, y: float) -> tuple[float, float]:
    """Return the pair plus x y."""
    product = x * y
    return add(high, low + error_of_product(x, y, product), product)


@njit(error_model="numpy", cache=True)
def dot(x: Array, y: Array) -> tuple[float, float]:
    """Return <x, y> as a pair, with an error of about d^2 2^-106 sum_i abs(x_i y_i)."""
    high, low = np.zeros(LANES), np.zeros(LANES)
    whole = len(x) // LANES * LANES
    for first in range(0, whole, LANES):
        for lane in range(LANES):
            a, b = x[first + lane], y[first + lane]
            high[lane], low[lane] = add_product(high[lane], low[lane], a, b)
    for i in range(whole, len(x)):
        high[0], low[0] = add_product(high[0], low[0], x[i], y[i])
    s, e = high[0], low[0]
    for lane in range(1, LANES):
        s, e = add(s, e + low[lane], high[lane])
    return s, e


@njit(error_model="numpy", cache=True)
def pairs(x: Array, y: Array, out: Array) -> None:
    """out[:, i, p] = <x_i, y_p>, high and low; shapes (n, d), (m, d) and (2, n, m)."""
    for i in range(len(x)):
        for p in range(len(y)):
            s, e = dot(x[i], y[p])
            out[0, i, p] = s + e
            out[1, i, p] = e - (out[0, i, p] - s)


@njit(error_model="numpy", cache=True)
def combine(v: Array, z: Array, high: Array, low: Array, out: Array) -> None:
    """Out = v + sum_ij (high + low)_ij P^j z_i, rounded once.

    Shapes (d,), (n, d), (n, k), (n, k) and (d,); P the circular shift by one.
    """
    n, k = high.shape
    d = len(v)
    rest = np.zeros(d)
    for l in range(d):  # noqa: E741
        out[l] = v[l]
    for i in range(n):
        for j in range(k):
            a, b = high[i, j], low[i, j]
            if a == 0.0 and b == 0.0:
                continue
            for l in range(d):  # noqa: E741
                x = z[i, l - j if l >= j else l - j + d]
                out[l], rest[l] = add_product(out[l], rest[l] + b * x, a, x)
    for l in range(d):  # noqa: E741
        out[l] += rest[l]
