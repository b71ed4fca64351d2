"""Sums: in which order, and that blocks change none of their bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdexp.core import arithmetic
from gdexp.core.arithmetic import weighted_sum


@given(st.integers(1, 60), st.integers(2, 40), st.integers(0, 9))
def test_a_weighted_sum_is_in_order_whatever_its_blocks(n, d, seed):
    rng = np.random.default_rng(seed)
    weights, rows = rng.standard_normal(n), rng.standard_normal((n, d))
    one_by_one = weights[0] * rows[0]
    for i in range(1, n):
        one_by_one = one_by_one + weights[i] * rows[i]
    block = arithmetic.BLOCK
    try:
        for arithmetic.BLOCK in (1, 7, 64, block):
            assert (weighted_sum(weights, rows) == one_by_one).all()
    finally:
        arithmetic.BLOCK = block


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_samples_of_other_types(dtype):
    rows = np.arange(12).reshape(3, 4).astype(dtype)
    weights = np.array([1.0, 0.0, -0.5])
    assert weighted_sum(weights, rows).tolist() == (weights @ rows).tolist()
