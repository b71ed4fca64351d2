"""The compiled loop of the reduced form.

Numba, because it needs no compiler on the user's machine and the loop stays
readable Python; no fast-math but fused multiply-adds: sums keep their order
and results repeat.
"""

from math import ldexp, sqrt

import numpy as np
from numba import njit

from gdexp.descent._pointwise import observe, sigmoids, weight_of
from gdexp.descent.outcome import (
    DIVERGED_AT,
    RESCALE_ABOVE,
    RESCALE_BITS,
    Array,
    IntArray,
)

RUNNING, SEPARATED, CAPPED, DIVERGED = 0, 1, 2, 3
VECTOR = 8  # samples from which on whole vectors pay
compiled = njit(cache=True, error_model="numpy", nogil=True, fastmath={"contract"})


@compiled
def run(
    c: Array,
    products: Array,
    coefficients: Array,
    counters: IntArray,
    gram: Array,
    start_products: Array,
    start_square: float,
    step: float,
    cap: int,
    first_tie: float,
    indicator: bool,
    normalized: bool,
    trained: bool,
    scale_free: bool,
    times: IntArray,
    table: Array,
) -> tuple[int, int]:
    """Advance the state until the run ends or `times` is used up.

    The state is changed in place: c (k,), products and coefficients (n k,), row by
    row, and counters = [iteration, bits]. The Gram matrix is (n k, n k).
    Observables at iteration times[p] go to table[p] = [iteration, loss,
    misclassified, smallest margin, norm], those of the last iteration too. Returns
    the status and the number of rows.
    """
    k = len(c)
    n = len(products) // k
    margins = np.empty(n)
    weights = np.empty(n)
    work = np.empty(n)
    changes = np.empty(n * k)
    rows = np.arange(n * k)
    active = n * k
    change_c = np.zeros(k)
    t, bits = counters[0], counters[1]
    row = 0
    status = RUNNING
    while True:
        if k == 1:  # in whole vectors, which a loop over j stands in the way of
            for i in range(n):
                margins[i] = c[0] * products[i]
        else:
            for i in range(n):
                m = 0.0
                for j in range(k):
                    m += c[j] * products[i * k + j]
                margins[i] = m
        right = 0
        moderate = 0
        for i in range(n):
            right += margins[i] > 0.0
            moderate += abs(margins[i]) <= RESCALE_ABOVE  # not so if it is no number

        if moderate < n:
            largest = np.abs(margins).max()
            if scale_free and largest < np.inf:
                shrink = ldexp(1.0, -RESCALE_BITS)
                c *= shrink
                products *= shrink
                coefficients *= shrink
                bits += RESCALE_BITS
                continue
            if not largest < DIVERGED_AT:
                status = DIVERGED

        if status == DIVERGED:
            pass
        elif right == n:
            status = SEPARATED
        elif t == cap:
            status = CAPPED

        if status != RUNNING or t == times[row]:
            true = ldexp(1.0, 2 * bits)  # bits > 0 in models of degree 2 only
            loss, smallest = observe(margins, true)
            square = ldexp(1.0, -2 * bits) * start_square
            share = ldexp(1.0, -bits)
            for p in range(n * k):
                square += coefficients[p] * (share * start_products[p] + products[p])
            if trained:
                for j in range(k):
                    square += c[j] * c[j]
            table[row, 0] = t
            table[row, 1] = loss
            table[row, 2] = n - right
            table[row, 3] = smallest
            table[row, 4] = ldexp(sqrt(max(square, 0.0)), bits)
            row += 1
            if status != RUNNING or row == len(times):
                break

        if indicator or n < VECTOR:
            for i in range(n):
                weights[i] = weight_of(margins[i], indicator, first_tie)
        else:
            sigmoids(margins, weights, work)
        first_tie = 1.0
        mass = float(n)
        if normalized:
            mass = 0.0
            for i in range(n):
                mass += weights[i]
        factor = step / mass

        if trained:
            for j in range(k):
                change = 0.0
                for i in range(n):
                    change += weights[i] * products[i * k + j]
                change_c[j] = factor * change
        if k == 1:
            for i in range(n):
                changes[i] = factor * weights[i] * c[0]
        else:
            for i in range(n):
                for j in range(k):
                    changes[i * k + j] = factor * weights[i] * c[j]
        for p in range(n * k):
            coefficients[p] += changes[p]
        if indicator and n >= VECTOR:  # the rows of the active samples are enough
            active = 0
            for p in range(n * k):
                if changes[p] != 0.0:
                    rows[active] = p
                    active += 1
        # eight rows at a time, then four: products are loaded and stored once for all
        eights, fours = active - active % 8, active - active % 4
        for q in range(0, eights, 8):
            g, h, i, j = rows[q], rows[q + 1], rows[q + 2], rows[q + 3]
            a0, a1, a2, a3 = changes[g], changes[h], changes[i], changes[j]
            r0, r1, r2, r3 = gram[g], gram[h], gram[i], gram[j]
            g, h, i, j = rows[q + 4], rows[q + 5], rows[q + 6], rows[q + 7]
            a4, a5, a6, a7 = changes[g], changes[h], changes[i], changes[j]
            r4, r5, r6, r7 = gram[g], gram[h], gram[i], gram[j]
            for p in range(n * k):
                x = (a0 * r0[p] + a1 * r1[p]) + (a2 * r2[p] + a3 * r3[p])
                y = (a4 * r4[p] + a5 * r5[p]) + (a6 * r6[p] + a7 * r7[p])
                products[p] += x + y
        for q in range(eights, fours, 4):
            g, h, i, j = rows[q], rows[q + 1], rows[q + 2], rows[q + 3]
            a0, a1, a2, a3 = changes[g], changes[h], changes[i], changes[j]
            r0, r1, r2, r3 = gram[g], gram[h], gram[i], gram[j]
            for p in range(n * k):
                products[p] += (a0 * r0[p] + a1 * r1[p]) + (a2 * r2[p] + a3 * r3[p])
        for q in range(fours, active):
            a0, r0 = changes[rows[q]], gram[rows[q]]
            for p in range(n * k):
                products[p] += a0 * r0[p]
        for j in range(k):
            c[j] += change_c[j]
        t += 1

    # a full block of a longer schedule ends before the update of its last row
    counters[0], counters[1] = t, bits
    return status, row
