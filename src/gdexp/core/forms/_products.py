"""Products of the reduced form: their update, and how they are made anew; compiled."""

from math import ldexp, sqrt

import numpy as np

from gdexp.core.arithmetic import UNIT_ROUNDOFF
from gdexp.core.forms._double import add, add_product
from gdexp.core.forms._numba import njit
from gdexp.core.forms._pointwise import observe
from gdexp.core.outcome import Array, IntArray


@njit(error_model="numpy", inline="always")
def update(
    products: Array, gram: Array, changes: Array, rows: IntArray, active: int
) -> None:
    """Add `active` of these rows of the Gram matrix, each times its change."""
    size = len(products)
    # eight rows at a time, then four: products are loaded and stored once for all
    eights, fours = active - active % 8, active - active % 4
    for q in range(0, eights, 8):
        g, h, i, j = rows[q], rows[q + 1], rows[q + 2], rows[q + 3]
        a0, a1, a2, a3 = changes[g], changes[h], changes[i], changes[j]
        r0, r1, r2, r3 = gram[g], gram[h], gram[i], gram[j]
        g, h, i, j = rows[q + 4], rows[q + 5], rows[q + 6], rows[q + 7]
        a4, a5, a6, a7 = changes[g], changes[h], changes[i], changes[j]
        r4, r5, r6, r7 = gram[g], gram[h], gram[i], gram[j]
        for p in range(size):
            x = (a0 * r0[p] + a1 * r1[p]) + (a2 * r2[p] + a3 * r3[p])
            y = (a4 * r4[p] + a5 * r5[p]) + (a6 * r6[p] + a7 * r7[p])
            products[p] += x + y
    for q in range(eights, fours, 4):
        g, h, i, j = rows[q], rows[q + 1], rows[q + 2], rows[q + 3]
        a0, a1, a2, a3 = changes[g], changes[h], changes[i], changes[j]
        r0, r1, r2, r3 = gram[g], gram[h], gram[i], gram[j]
        for p in range(size):
            products[p] += (a0 * r0[p] + a1 * r1[p]) + (a2 * r2[p] + a3 * r3[p])
    for q in range(fours, active):
        a0, r0 = changes[rows[q]], gram[rows[q]]
        for p in range(size):
            products[p] += a0 * r0[p]


@njit(error_model="numpy", cache=True)
def refresh(
    products: Array,
    high: Array,
    low: Array,
    recent: Array,
    gram: Array,
    gram_low: Array,
    start_products: Array,
    start_low: Array,
    start_square: float,
    lengths: Array,
    share: float,
) -> tuple[float, float]:
    """Make the products anew from the coefficients; return bounds on |v|.

    The coefficients are high + low + recent, and recent becomes 0; of the start v_0 the
    iterate has `share`. The second bound is |v_0| + sum_ij abs(a_ij) |z_i|, the size of
    what is added up.
    """
    size = len(products)
    parts = share * sqrt(start_square)
    for q in range(size):
        s, e = add(high[q], low[q], recent[q])
        high[q] = s + e
        low[q] = e - (high[q] - s)
        recent[q] = 0.0
        parts += abs(high[q]) * lengths[q // (size // len(lengths))]
    # products and their low parts for all p at once: whole vectors
    rest = np.empty(size)
    for p in range(size):
        products[p], rest[p] = share * start_products[p], share * start_low[p]
    for q in range(size):
        for p in range(size):
            e = rest[p] + (low[q] * gram[q, p] + high[q] * gram_low[q, p])
            products[p], rest[p] = add_product(products[p], e, high[q], gram[q, p])
    square = share * share * start_square
    spread = square
    for p in range(size):
        products[p] += rest[p]
        square += high[p] * (share * start_products[p] + products[p])
        spread += abs(high[p]) * (abs(share * start_products[p]) + abs(products[p]))
    square = max(square, 0.0) + 2.0 * (size + 4.0) * UNIT_ROUNDOFF * spread
    return sqrt(square), parts


@njit(error_model="numpy", cache=True)
def record(
    out: Array,
    t: int,
    misclassified: int,
    margins: Array,
    c: Array,
    products: Array,
    high: Array,
    recent: Array,
    start_products: Array,
    start_square: float,
    trained: bool,
    unit: float,
    bits: int,
) -> None:
    """Out = [t, loss, misclassified, smallest margin, norm] of the iterate.

    And c and all products behind it, if there is room for them.
    """
    scale = unit * unit if trained else unit
    # bits > 0 in models of degree 2 only
    loss, smallest = observe(margins, scale * ldexp(1.0, 2 * bits))
    share = ldexp(1.0, -bits)
    square = share * share * start_square
    for p in range(len(products)):
        a = high[p] + recent[p]
        square += a * (share * start_products[p] + products[p])
    if trained:
        for j in range(len(c)):
            square += c[j] * c[j]
    out[0] = t
    out[1] = loss
    out[2] = misclassified
    out[3] = smallest
    out[4] = ldexp(unit * sqrt(max(square, 0.0)), bits)
    if len(out) > 5:
        for j in range(len(c)):
            out[5 + j] = ldexp(unit * c[j], bits) if trained else c[j]
        for p in range(len(products)):
            out[5 + len(c) + p] = ldexp(unit * products[p], bits)
