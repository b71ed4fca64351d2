"""The compiled loop of the reduced form.

Numba, because it needs no compiler on the user's machine and the loop stays readable
Python. No fast-math, no fused multiply-adds, no exponential of the C library: sums keep
their order and the bits are the same on every processor.

Products are updated by increments and drift from the parameters. How far is bounded
without looking: after s updates since they were right to their last digit, in which v
moved by at most r, with the unit roundoff e,

    abs(error of m_i) <= |c|_1 |z_i| (e (s + spare) (|v| + 2 r) + residue)

where `spare` counts the roundings of one update and `residue` is what is left of twice
the precision; below, roundings = e (s + spare) and reach = |v| + 2 r. A margin within
that is not positive. Before such a sign decides anything the products are made anew,
which is done after `PERIOD` updates in any case.
"""

from math import ldexp

import numpy as np

from gdexp.core.forms._numba import njit
from gdexp.core.forms._pointwise import sigmoid, sigmoids
from gdexp.core.forms._products import record, refresh, update
from gdexp.core.outcome import (
    DIVERGED_AT,
    RESCALE_ABOVE,
    RESCALE_BITS,
    Array,
    IntArray,
)

RUNNING, SEPARATED, CAPPED, DIVERGED, UNDECIDED = 0, 1, 2, 3, 4
VECTOR = 8  # samples from which on whole vectors pay
PERIOD = 1024
compiled = njit(cache=True, error_model="numpy", nogil=True)


@compiled
def run(
    c: Array,
    products: Array,
    coefficients: Array,
    counters: IntArray,
    bounds: Array,
    gram: Array,
    start_products: Array,
    start_square: float,
    lengths: Array,
    doubled: float,
    step: float,
    cap: int,
    first_tie: float,
    indicator: bool,
    normalized: bool,
    trained: bool,
    scale_free: bool,
    asks: bool,
    unit: float,
    times: IntArray,
    table: Array,
) -> tuple[int, int]:
    """Advance the state until the run ends or `times` is used up.

    The state is changed in place: c (k,); products (n k,), row by row; coefficients
    (3, n k), high, low and recent; counters = [iteration, bits, refreshed, unclear,
    exact, refused], of which the third, the fifth and the last are iterations; bounds =
    [roundoff, roundings, reach, residue]. The Gram matrix (2, n k, n k) and the
    products at the start (2, n k) are pairs, high and low; `lengths` are the |z_i|, and
    v is the start and what the iterate is `unit` times of. Observables at iteration
    times[p] go to table[p] = [iteration, loss, misclassified, smallest margin, norm],
    those of the last iteration too. Returns the status and the number of rows;
    UNDECIDED if `asks` and a sign is unclear: with products that are exact there, which
    counters[4] says, it goes on. At the iteration `refused` it does not end, at none
    if that is -2.
    """
    k = len(c)
    n = len(products) // k
    size = n * k
    high, low, recent = coefficients[0], coefficients[1], coefficients[2]
    gram_high, gram_low = gram[0], gram[1]
    margins = np.empty(n)
    limits = np.empty(n)
    weights = np.empty(n)
    work = np.empty(n)
    changes = np.empty(size)
    rows = np.arange(size)
    active = size
    change_c = np.zeros(k)
    zeros = 0
    stride = 0.0
    for i in range(n):
        zeros += lengths[i] == 0.0  # samples that never are on their right side
        stride = max(stride, lengths[i]) if normalized else stride + lengths[i] / n
    stride *= 2.0 * step
    t, bits, refreshed, unclear = counters[0], counters[1], counters[2], counters[3]
    exact, refused = counters[4], counters[5]
    roundoff, roundings, reach, residue = bounds
    spare = roundoff * (size + k + 6.0)
    row = 0
    status = RUNNING
    event = min(cap, times[0], refreshed + PERIOD)
    if exact == t:
        roundings, residue, event = 0.0, 0.0, t
    while True:
        sum_c = 0.0
        for j in range(k):
            sum_c += abs(c[j])
        limit = sum_c * (roundings * reach + residue)
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
        wrong = zeros
        moderate = 0
        for i in range(n):
            limits[i] = limit * lengths[i]
            right += margins[i] > limits[i]
            wrong += margins[i] < -limits[i]
            moderate += abs(margins[i]) <= RESCALE_ABOVE  # not so if it is no number

        # almost always nothing of this is so
        if t >= event or right == n or right + wrong < n or moderate < n:
            if moderate < n:
                largest = np.abs(margins).max()
                if scale_free and largest < np.inf:
                    shrink = ldexp(1.0, -RESCALE_BITS)
                    c *= shrink
                    products *= shrink
                    coefficients *= shrink
                    reach *= shrink
                    residue *= shrink
                    bits += RESCALE_BITS
                    continue
                if not largest < DIVERGED_AT:
                    status = DIVERGED
            # whether a sign that is unclear decides what comes next
            doubt = limit > 0.0 and right + wrong < n and (indicator or wrong == 0)
            if status == DIVERGED:
                doubt = False
            elif t > refreshed and (doubt or t == refreshed + PERIOD):
                length, parts = refresh(
                    products,
                    high,
                    low,
                    recent,
                    gram_high,
                    gram_low,
                    start_products[0],
                    start_products[1],
                    start_square,
                    lengths,
                    ldexp(1.0, -bits),
                )
                refreshed, roundings = t, spare
                reach, residue = length, doubled * parts
                event = min(cap, times[row], refreshed + PERIOD)
                continue
            elif doubt and asks:
                status = UNDECIDED
                break
            elif right == n and t != refused and refused != -2:
                status = SEPARATED
            elif t == cap:
                status = CAPPED

            if status != RUNNING or t == times[row]:
                record(
                    table[row],
                    t,
                    n - right,
                    margins,
                    c,
                    products,
                    high,
                    recent,
                    start_products[0],
                    start_square,
                    trained,
                    unit,
                    bits,
                )
                row += 1
                if status != RUNNING or row == len(times):
                    unclear += doubt and status != RUNNING
                    break
            unclear += doubt
            if exact == t:
                roundings, residue = spare, bounds[3]
            event = min(cap, times[row], refreshed + PERIOD)

        if indicator:
            for i in range(n):
                weights[i] = 0.0 if margins[i] > limits[i] else first_tie
        elif n < VECTOR:
            for i in range(n):
                weights[i] = sigmoid(margins[i])
        else:
            sigmoids(margins, weights, work)
        first_tie = 1.0
        mass = float(n)
        if normalized:
            mass = 0.0
            for i in range(n):
                mass += weights[i]
        factor = step / mass if mass > 0.0 else 0.0  # where an end was refused

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
        for p in range(size):
            recent[p] += changes[p]
        if indicator and n >= VECTOR:  # the rows of the active samples are enough
            active = 0
            for p in range(size):
                if changes[p] != 0.0:
                    rows[active] = p
                    active += 1
        update(products, gram_high, changes, rows, active)
        for j in range(k):
            c[j] += change_c[j]
        roundings += roundoff
        reach += sum_c * stride
        t += 1

    # a full block of a longer schedule ends before the update of its last row
    counters[0], counters[1], counters[2], counters[3] = t, bits, refreshed, unclear
    if exact != t:
        bounds[1], bounds[2], bounds[3] = roundings, reach, residue
    return status, row
