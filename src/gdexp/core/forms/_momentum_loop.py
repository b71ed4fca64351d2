"""The compiled loop of heavy ball and of Nesterov's method, in reduced coordinates.

Both have one form, with p the last change of w:

    y = w + look p,   p <- share p + step g(y),   w <- w + p

where look = 0 for the heavy ball and look = share for Nesterov. So beside the products
of w, see `_loop`, there are those of p. Their drift is bounded likewise: what one
update rounds in the products of p is at most the roundings of one update times a bound
on |p|, it stays in them, and all of it goes into the products of w at every update.
"""

import numpy as np

from gdexp.core.arithmetic import UNIT_ROUNDOFF
from gdexp.core.forms._loop import CAPPED, DIVERGED, PERIOD, RUNNING, SEPARATED, VECTOR
from gdexp.core.forms._numba import njit
from gdexp.core.forms._pointwise import sigmoid, sigmoids
from gdexp.core.forms._products import record, refresh, update
from gdexp.core.outcome import DIVERGED_AT, Array, IntArray


@njit(cache=True, error_model="numpy", nogil=True)
def run(
    c: Array,
    products: Array,
    coefficients: Array,
    change_c: Array,
    change_products: Array,
    change: Array,
    counters: IntArray,
    bounds: Array,
    gram: Array,
    start_products: Array,
    start_square: float,
    lengths: Array,
    doubled: float,
    step: float,
    momentum: float,
    looks_ahead: bool,
    cap: int,
    trained: bool,
    times: IntArray,
    table: Array,
) -> tuple[int, int]:
    """Advance the state until the run ends or `times` is used up; see `_loop.run`.

    Here p is change_c (k,) and `change` (n k,), with `change_products`; bounds =
    [error, size, error of p, size of p], in multiples of |z_i|, and a negative momentum
    stands for t / (t + 3). In counters the bits and `exact` are not used.
    """
    k = len(c)
    n = len(products) // k
    size = n * k
    high, low, recent = coefficients[0], coefficients[1], coefficients[2]
    zeros = np.zeros(size)
    margins, weights, work = np.empty(n), np.empty(n), np.empty(n)
    ahead, ahead_c = np.empty(size), np.empty(k)
    changes = np.empty(size)
    rows = np.arange(size)
    mean = 0.0
    for i in range(n):
        mean += lengths[i] / n
    spare = UNIT_ROUNDOFF * (size + k + 10.0)
    t, refreshed, unclear, refused = counters[0], counters[2], counters[3], counters[5]
    error, reach, error_p, reach_p = bounds
    row = 0
    status = RUNNING
    while True:
        sum_c = 0.0
        for j in range(k):
            sum_c += abs(c[j])
        limit = sum_c * (error + spare * reach)
        right, wrong, moderate = 0, 0, 0
        for i in range(n):
            m = 0.0
            for j in range(k):
                m += c[j] * products[i * k + j]
            margins[i] = m
            right += m > limit * lengths[i]
            wrong += m < -limit * lengths[i] or lengths[i] == 0.0
            moderate += abs(m) < DIVERGED_AT
        doubt = 0
        if moderate == n and limit > 0.0 and right < n and wrong == 0:
            doubt = 1
        if moderate < n:
            status = DIVERGED
        elif t > refreshed and (doubt == 1 or t == refreshed + PERIOD):
            length, parts = refresh(
                products,
                high,
                low,
                recent,
                gram[0],
                gram[1],
                start_products[0],
                start_products[1],
                start_square,
                lengths,
                1.0,
            )
            _, parts_p = refresh(
                change_products,
                change,
                zeros,
                zeros,
                gram[0],
                gram[1],
                zeros,
                zeros,
                0.0,
                lengths,
                0.0,
            )
            refreshed = t
            error, reach = doubled * parts, length
            error_p, reach_p = (doubled + UNIT_ROUNDOFF) * parts_p, parts_p
            continue
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
                1.0,
                0,
            )
            row += 1
            if status != RUNNING or row == len(times):
                if status != RUNNING:
                    unclear += doubt
                break
        unclear += doubt

        share = momentum if momentum >= 0.0 else t / (t + 3.0)
        look = share if looks_ahead else 0.0
        for p in range(size):
            ahead[p] = products[p] + look * change_products[p]
        sum_y = 0.0
        for j in range(k):
            ahead_c[j] = c[j] + look * change_c[j]
            sum_y += abs(ahead_c[j])
        for i in range(n):
            m = 0.0
            for j in range(k):
                m += ahead_c[j] * ahead[i * k + j]
            work[i] = m
            if n < VECTOR:
                weights[i] = sigmoid(m)
        if n >= VECTOR:
            margins[:] = work
            sigmoids(margins, weights, work)
        factor = step / n
        if trained:
            for j in range(k):
                total = 0.0
                for i in range(n):
                    total += weights[i] * ahead[i * k + j]
                change_c[j] = share * change_c[j] + factor * total
        for i in range(n):
            for j in range(k):
                changes[i * k + j] = factor * weights[i] * ahead_c[j]
        for p in range(size):
            change_products[p] *= share
            change[p] = share * change[p] + changes[p]
            recent[p] += change[p]
        update(change_products, gram[0], changes, rows, size)
        for p in range(size):
            products[p] += change_products[p]
        if trained:
            for j in range(k):
                c[j] += change_c[j]
        # the weights are at most 1; a share is too
        reach_p = share * reach_p + step * mean * sum_y
        error_p = share * error_p + spare * reach_p
        reach += reach_p
        error += error_p + spare * reach
        t += 1

    counters[0], counters[2], counters[3] = t, refreshed, unclear
    bounds[0], bounds[1], bounds[2], bounds[3] = error, reach, error_p, reach_p
    return status, row
