"""Sums whose rounding is known, and sums without any.

A sum taken by halves rounds at most log2 d times on the way of each term, in an order
that depends on the length alone: on no processor, library or number of threads.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

BLOCK = 1 << 16  # numbers that stay in a cache between two operations
UNIT_ROUNDOFF = 2.0**-53  # of float64, rounded to nearest


def functions_of(numbers: Any) -> Any:
    """Return the module of array functions that an array belongs to, NumPy as a rule.

    >>> functions_of(np.zeros(2)) is np
    True
    """
    return numbers.__array_namespace__()


def halving_sum(terms: Array) -> Array:
    """Return the sums over the last axis, by halves; the terms are overwritten.

    Parameters
    ----------
    terms : ndarray, shape (..., d)

    Returns
    -------
    ndarray, shape (...)
        Each with an error of at most `gamma` (`roundings` (d)) times the sum of the
        absolute values of its terms.

    Examples
    --------
    >>> halving_sum(np.arange(5.0)).item()
    10.0
    """
    length = terms.shape[-1]
    while length > 1:
        half = length // 2
        terms[..., :half] += terms[..., length - half : length]
        length -= half
    sums: Array = terms[..., 0]
    return sums


def dots(rows: Array, w: Array) -> Array:
    """Return <row_i, w>, shape (n,), each a `halving_sum` of its products."""
    n, d = rows.shape
    step = max(1, BLOCK // d)
    out = np.empty(n, np.result_type(rows, w))
    for first in range(0, n, step):
        out[first : first + step] = halving_sum(rows[first : first + step] * w)
    return out


def products(rows: Array, matrix: Array) -> Array:
    """Return <row_i, matrix_j>, shape (n, m), each a `halving_sum` of its products.

    >>> products(np.eye(2), np.array([[3.0, 5.0]])).tolist()
    [[3.0], [5.0]]
    """
    step = max(1, BLOCK // matrix.size)
    out = np.empty((len(rows), len(matrix)))
    for first in range(0, len(rows), step):
        terms = rows[first : first + step, None] * matrix
        out[first : first + step] = halving_sum(terms)
    return out


def weighted_sum(weights: Array, rows: Array) -> Array:
    """Return sum_i weights_i row_i, shape (d,), of samples in their order.

    By blocks that stay in a cache, each begun with what was summed before: the bits are
    those of one sum over all.

    >>> weighted_sum(np.array([1.0, 10.0]), np.eye(2)).tolist()
    [1.0, 10.0]
    """
    step = max(1, BLOCK // rows.shape[1])
    total: Array = np.add.reduce(weights[:step, None] * rows[:step], axis=0)
    for first in range(step, len(rows), step):
        terms = weights[first : first + step, None] * rows[first : first + step]
        terms[0] += total
        total = np.add.reduce(terms, axis=0)
    return total


def outer(left: Array, rows: Array) -> Array:
    """Return left^T rows, shape (m, d): sums over samples, in their order.

    >>> outer(np.array([[1.0], [10.0]]), np.eye(2)).tolist()
    [[1.0, 10.0]]
    """
    step = max(1, BLOCK // rows.size)
    parts = [
        np.add.reduce(left.T[first : first + step, :, None] * rows, axis=1)
        for first in range(0, left.shape[1], step)
    ]
    return np.concatenate(parts)


def lengths(rows: Array) -> Array:
    """Return upper bounds on the norms of rows, shape (n,)."""
    squares = np.einsum("ij,ij->i", rows, rows)
    bounds: Array = np.sqrt(squares) * (1 + 2 * gamma(rows.shape[1] + 2))
    return bounds


def roundings(length: int) -> int:
    """Return how often a term of `halving_sum` is rounded at most."""
    return max(length - 1, 0).bit_length()


def gamma(count: int) -> float:
    """Return the relative error that `count` roundings make at most.

    (1 + u)^count - 1 with the unit roundoff u; Higham, Accuracy and Stability of
    Numerical Algorithms, Lemma 3.1.
    """
    return count * UNIT_ROUNDOFF / (1 - count * UNIT_ROUNDOFF)


def _grid(numbers: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return odd p, or 0, and exponents e with numbers = p 2^e, exactly."""
    mantissa, exponent = np.frexp(np.asarray(numbers, np.float64))
    whole = (mantissa * 2.0**53).astype(np.int64)
    last = np.where(whole == 0, 1, whole & -whole)  # its last bit
    spare = np.log2(last.astype(np.float64)).astype(np.int64)
    return whole >> spare, exponent - 53 + spare


def spacing(numbers: ArrayLike) -> float:
    """Return the largest power of two that all numbers are multiples of.

    >>> spacing([0.75, -2.0])
    0.25
    """
    odd, exponent = _grid(numbers)
    return math.ldexp(1.0, int(exponent[odd != 0].min(initial=1023)))


def integers(numbers: ArrayLike) -> tuple[NDArray[np.object_], int]:
    """Return integers p and an exponent e with numbers = p 2^e, exactly.

    >>> p, e = integers([0.75, -2.0])
    >>> p.tolist(), e
    ([3, -8], -2)
    """
    odd, exponent = _grid(numbers)
    least = int(exponent[odd != 0].min(initial=1023))
    shift = np.where(odd != 0, exponent - least, 0)
    return odd.astype(object) << shift.astype(object), least


def exact_dot(left: ArrayLike, right: ArrayLike) -> Fraction:
    """Return sum_i left_i right_i without any rounding.

    >>> exact_dot([0.1, -0.1], [3.0, 3.0])
    Fraction(0, 1)
    """
    (p, e), (q, f) = integers(left), integers(right)
    return Fraction(int(p @ q)) * Fraction(2) ** (e + f)


def log2_scale(numbers: ArrayLike) -> int:
    """Return e with max abs(numbers) in [2^(e-1), 2^e); 0 if all are 0."""
    return math.frexp(float(np.abs(numbers).max(initial=0.0)))[1]
