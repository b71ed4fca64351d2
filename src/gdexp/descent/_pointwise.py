"""Compiled functions of one margin, shared by the loops."""

from math import exp, log1p

from numba import njit

pointwise = njit(error_model="numpy", inline="always")


@pointwise
def weight_of(m: float, indicator: bool, tie: float) -> float:
    """Return the sample weight; exp only sees non-positive numbers."""
    if indicator:
        return 1.0 if m < 0.0 else (0.0 if m > 0.0 else tie)
    if m >= 0.0:
        tail = exp(-m)
        return tail / (1.0 + tail)
    return 1.0 / (1.0 + exp(m))


@pointwise
def loss_of(m: float) -> float:
    """Return log(1 + exp(-m)), likewise."""
    return log1p(exp(-m)) if m >= 0.0 else log1p(exp(m)) - m
