"""The compiled loop over the rows of many samples.

One pass over the samples per iteration: the rows of a block are still in the cache
when, their margins known, they are added to the pull-back. Rows whose weight is lost in
rounding are not added. The order of all sums is written down (`_passes`): it depends
neither on the machine nor on the number of threads, as each of `PARTS` sums alone.
"""

from math import isnan, ldexp, sqrt
from types import FunctionType
from typing import Any

import numpy as np

from gdexp.core.forms._numba import njit, prange
from gdexp.core.forms._passes import BLOCK, add, products, ready, totals
from gdexp.core.forms._pointwise import loss_of, weight_and_loss
from gdexp.core.outcome import DIVERGED_AT, Array, IntArray

RUNNING, SEPARATED, CAPPED, DIVERGED = 0, 1, 2, 3
PARTS = 8


def _run(
    c: Array,
    v: Array,
    counters: IntArray,
    history: Array,
    samples: Array,
    factors: Array,
    lengths: Array,
    working: Array,
    step: float,
    cap: int,
    first_tie: float,
    indicator: bool,
    normalized: bool,
    scale_free: bool,
    unit: float,
    rescale_above: float,
    rescale_bits: int,
    negligible: float,
    times: IntArray,
    table: Array,
) -> tuple[int, int]:
    """Advance the state until the run ends or `times` is used up.

    The state, changed in place, is c (k,), empty for the linear model, v (d,),
    counters = [iteration, bits, unclear, refused] and history = [last loss, rising
    steps, unit roundoff]. The signed samples are factors * samples, their norms
    `lengths`, and v is what the iterate is `unit` times of. Rows of bytes may be longer
    than v. At the iteration `refused`
    the run does not end. `working` has the precision of the two products
    with the samples, shape (d,); all else is float64. Returns the status and the
    number of rows in `table`, as `gdexp.core.forms._loop.run` with one more column, the
    number of steps so far that raised the loss.
    """
    n, d = len(samples), len(v)
    k = len(c)
    margins = np.empty(n, working.dtype)
    sums = totals(samples, working, PARTS)
    weight_sums = np.empty(PARTS)
    losses = np.empty(PARTS)
    pull = np.empty(d)
    dv = np.empty(d)
    dc = np.empty(k)
    t, bits, unclear = counters[0], counters[1], counters[2]
    degree = 2 if k else 1
    row = 0
    status = RUNNING
    while True:
        # bits > 0 in models of degree 2 only
        true = unit**degree * ldexp(1.0, 2 * bits)
        # the linear classifier sum_j c_j P^-j v; squares are added in eight sums, as
        # one would take long
        squares = np.zeros(8)
        for i in range(d):
            if k == 0:
                working[i] = v[i]
            else:
                x = 0.0
                for j in range(k):
                    x += c[j] * v[i + j if i + j < d else i + j - d]
                working[i] = x
            x = np.float64(working[i])  # float() would leave it in float32
            squares[i & 7] += x * x
        limit = 0.0
        if history[2] > 0.0:  # nothing times infinity is no number
            limit = (d + k + 8.0) * history[2] * sqrt(squares.sum())
        classifier = ready(samples, working)

        for part in prange(PARTS):
            low = part * n // PARTS // 4 * 4
            high = n if part == PARTS - 1 else (part + 1) * n // PARTS // 4 * 4
            total = sums[part]
            total[:] = 0
            rows = np.zeros(BLOCK + 4, np.int64)
            weights = np.zeros(BLOCK + 4, working.dtype)
            mass = 0.0
            # not `loss`: a name that is set outside too would tie the parts together
            sum_of_losses = 0.0
            for first in range(low, high, BLOCK):
                last = min(first + BLOCK, high)
                products(samples, first, last, classifier, margins)
                active = 0
                for i in range(first, last):
                    margins[i] *= factors[i]
                    m = float(margins[i])
                    if indicator:
                        weight = 0.0 if m > limit * lengths[i] else first_tie
                        one = loss_of(true * m)
                    else:
                        weight, one = weight_and_loss(m)
                    sum_of_losses += one
                    mass += weight
                    if weight > negligible:
                        rows[active] = i
                        weights[active] = weight * factors[i]
                        active += 1
                add(samples, rows, weights, active, total, last)
            weight_sums[part] = mass
            losses[part] = sum_of_losses

        wrong = 0
        below = 0
        largest = 0.0
        for i in range(n):
            m = margins[i]
            wrong += not m > limit * lengths[i]
            below += m < -limit * lengths[i] or limit == 0.0
            if abs(m) > largest or isnan(m):
                largest = abs(m)
        if scale_free and largest > rescale_above and largest < np.inf:
            shrink = ldexp(1.0, -rescale_bits)
            c *= shrink
            v *= shrink
            bits += rescale_bits
            continue
        if not largest < DIVERGED_AT:
            status = DIVERGED
        elif wrong == 0 and t != counters[3] and counters[3] != -2:
            status = SEPARATED
        elif t == cap:
            status = CAPPED

        # whether a sign that is unclear decides what comes next
        doubt = 0
        if below < wrong and status != DIVERGED and (indicator or below == 0):
            doubt = 1
        loss = losses.sum() / n
        if loss > history[0]:
            history[1] += 1
        history[0] = loss

        if status != RUNNING or t == times[row]:
            square = 0.0
            for j in range(k):
                square += c[j] * c[j]
            for i in range(d):
                square += v[i] * v[i]
            table[row, 0] = t
            table[row, 1] = loss
            table[row, 2] = wrong
            table[row, 3] = true * margins.min()
            table[row, 4] = ldexp(unit * sqrt(square), bits)
            table[row, 5] = history[1]
            row += 1
            if status != RUNNING or row == len(times):
                if status != RUNNING:
                    unclear += doubt
                break
        unclear += doubt

        mass = 0.0
        for part in range(PARTS):
            mass += weight_sums[part]
        if not normalized:
            mass = float(n)
        factor = step / mass if mass > 0.0 else 0.0  # where an end was refused
        for i in range(d):
            x = 0.0
            for part in range(PARTS):
                x += sums[part, i]
            pull[i] = factor * x
        if k == 0:
            for i in range(d):
                v[i] += pull[i]
        else:
            dv[:] = 0.0
            for j in range(k):
                x = 0.0
                for i in range(d):
                    shifted = pull[i - j if i >= j else i - j + d]
                    x += shifted * v[i]
                    dv[i] += c[j] * shifted
                dc[j] = x
            v += dv
            c += dc
        first_tie = 1.0
        t += 1

    counters[0], counters[1], counters[2] = t, bits, unclear
    return status, row


# threads cost microseconds an iteration, too much for few or short rows
options: dict[str, Any] = {
    "cache": True,
    "error_model": "numpy",
    "nogil": True,
}
# Numba's cache knows functions by name, not by option: under one name whichever was
# compiled first would be loaded as the other
_run_threaded = FunctionType(_run.__code__, globals(), "_run_threaded")
_run_threaded.__qualname__ = "_run_threaded"
run = njit(_run, **options)
run_threaded = njit(_run_threaded, parallel=True, **options)
