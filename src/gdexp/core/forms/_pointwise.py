"""Compiled functions of the margins, shared by the loops."""

from decimal import Decimal
from math import exp, log1p

import numpy as np

from gdexp.core.forms._numba import njit
from gdexp.core.outcome import Array

pointwise = njit(error_model="numpy", inline="always")


# exp(x) = 2^(i / 64) 2^k exp(r), abs(r) < log 2 / 128. Of plain arithmetic, since the C
# library's has last bits that depend on the processor.
_PARTS = 64
_POWERS = 2.0 ** (np.arange(_PARTS) / _PARTS)
_HALVINGS = 2.0 ** np.arange(0.0, -1076.0, -1.0)  # to 2^-1075 = 0, for m near 745
_HIGH = float(np.float32(np.log(2) / _PARTS))  # times a number of steps: exact
_LOW = float(
    Decimal("0.693147180559945309417232121458176568") / _PARTS - Decimal(_HIGH)
)


@pointwise
def sigmoid(m: float) -> float:
    """Return 1 / (1 + exp(m)), to 4e-16, with an exponential of -abs(m) alone."""
    x = -abs(m)
    if not x >= -745.0:  # true of what is no number too
        return 0.0 if m > 0.0 else 1.0
    whole = int(x * (_PARTS / 0.6931471805599453) - 0.5)  # towards 0: to the nearest
    steps = float(whole)
    r = (x - steps * _HIGH) - steps * _LOW
    square = r * r
    fourth = square * square * (1.0 / 24.0 + r * (1.0 / 120.0))
    series = r + (square * (0.5 + r * (1.0 / 6.0)) + fourth)
    power = _POWERS[whole & (_PARTS - 1)] * _HALVINGS[-(whole >> 6)]
    tail: float = power + power * series
    return (tail if m >= 0.0 else 1.0) / (1.0 + tail)


@pointwise
def loss_of(m: float) -> float:
    """Return log(1 + exp(-m)), likewise."""
    return log1p(exp(-m)) if m >= 0.0 else log1p(exp(m)) - m


@pointwise
def weight_and_loss(m: float) -> tuple[float, float]:
    """Return the logistic weight and loss of a margin, with one exponential."""
    tail = exp(-abs(m))
    weight = (tail if m >= 0.0 else 1.0) / (1.0 + tail)
    return weight, log1p(tail) - min(m, 0.0)


@njit(error_model="numpy")
def observe(margins: Array, unit: float) -> tuple[float, float]:
    """Return the mean loss and the smallest margin, of margins in these units."""
    loss = 0.0
    smallest = float(margins[0])
    for i in range(len(margins)):
        loss += loss_of(unit * margins[i])
        smallest = min(smallest, float(margins[i]))
    return loss / len(margins), unit * smallest


# exp(x) = 2^k exp(r) with k = round(x / log 2). Adding MAGIC rounds to an integer and
# leaves it in the lowest bits of the sum; log 2 is split so that r is exact.
MAGIC = 1.5 * 2.0**52
LOG2_HIGH, LOG2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10
COEFFICIENTS = tuple(1.0 / np.prod(np.arange(1.0, i + 1)) for i in range(13, -1, -1))


@njit(error_model="numpy")
def sigmoids(margins: Array, out: Array, work: Array) -> None:
    """Out = 1 / (1 + exp(margins)), all arrays of one shape.

    The exponential of the C library takes one number at a time and would cost more
    than all the rest of an iteration with a hundred samples; this one, straight lines
    of arithmetic, runs on whole vectors. Its relative error is below 4e-16 (tested).
    """
    bits = work.view(np.int64)
    for i in range(len(margins)):
        x = max(-abs(margins[i]), -700.0)
        t = x * 1.4426950408889634 + MAGIC
        work[i] = t
        k = t - MAGIC
        r = (x - k * LOG2_HIGH) - k * LOG2_LOW
        tail = COEFFICIENTS[0]
        for coefficient in COEFFICIENTS[1:]:
            tail = tail * r + coefficient
        out[i] = tail
    for i in range(len(margins)):
        bits[i] = (bits[i] + 1023) << 52
    for i in range(len(margins)):
        tail = out[i] * work[i]
        out[i] = (tail if margins[i] >= 0.0 else 1.0) / (1.0 + tail)
