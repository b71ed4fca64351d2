"""The compiled loop of the reduced form.

Numba, because it needs no compiler on the user's machine and the loop stays
readable Python; no fast-math, so that sums keep their order and results repeat.
"""

from math import isnan, ldexp, sqrt

import numpy as np
from numba import njit

from gdexp.descent._pointwise import loss_of, weight_of
from gdexp.descent.outcome import (
    DIVERGED_AT,
    RESCALE_ABOVE,
    RESCALE_BITS,
    Array,
    IntArray,
)

RUNNING, SEPARATED, CAPPED, DIVERGED = 0, 1, 2, 3
compiled = njit(cache=True, error_model="numpy", nogil=True)


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
    change_c = np.zeros(k)
    t, bits = counters[0], counters[1]
    row = 0
    status = RUNNING
    while True:
        wrong = 0
        largest = 0.0
        for i in range(n):
            m = 0.0
            for j in range(k):
                m += c[j] * products[i * k + j]
            margins[i] = m
            if not m > 0.0:
                wrong += 1
            # max() would lose a margin that is no number
            if abs(m) > largest or isnan(m):
                largest = abs(m)

        if scale_free and largest > RESCALE_ABOVE and largest < np.inf:
            shrink = ldexp(1.0, -RESCALE_BITS)
            c *= shrink
            products *= shrink
            coefficients *= shrink
            bits += RESCALE_BITS
            continue

        if not largest < DIVERGED_AT:
            status = DIVERGED
        elif wrong == 0:
            status = SEPARATED
        elif t == cap:
            status = CAPPED

        if status != RUNNING or t == times[row]:
            true = ldexp(1.0, 2 * bits)  # bits > 0 in models of degree 2 only
            loss = 0.0
            smallest = margins[0]
            for i in range(n):
                loss += loss_of(true * margins[i])
                smallest = min(smallest, margins[i])
            square = ldexp(1.0, -2 * bits) * start_square
            share = ldexp(1.0, -bits)
            for p in range(n * k):
                square += coefficients[p] * (share * start_products[p] + products[p])
            if trained:
                for j in range(k):
                    square += c[j] * c[j]
            table[row, 0] = t
            table[row, 1] = loss / n
            table[row, 2] = wrong
            table[row, 3] = true * smallest
            table[row, 4] = ldexp(sqrt(max(square, 0.0)), bits)
            row += 1
            if status != RUNNING or row == len(times):
                break

        total = 0.0
        for i in range(n):
            weight = weight_of(margins[i], indicator, first_tie)
            weights[i] = weight
            total += weight
        first_tie = 1.0
        factor = step / (total if normalized else n)

        if trained:
            for j in range(k):
                change = 0.0
                for i in range(n):
                    change += weights[i] * products[i * k + j]
                change_c[j] = factor * change
        for i in range(n):
            if weights[i] == 0.0:
                continue
            for j in range(k):
                a = factor * weights[i] * c[j]
                coefficients[i * k + j] += a
                row_of_gram = gram[i * k + j]
                for p in range(n * k):
                    products[p] += a * row_of_gram[p]
        for j in range(k):
            c[j] += change_c[j]
        t += 1

    # a full block of a longer schedule ends before the update of its last row
    counters[0], counters[1] = t, bits
    return status, row
