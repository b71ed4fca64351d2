"""Products of bytes in whole numbers: exact, and the same on any machine."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from support import make_problem, often

from gdexp.core.datasets import Dataset
from gdexp.core.forms import _bytes, _passes
from gdexp.core.forms._digits import make_whole, take_digits
from gdexp.core.forms.direct import Direct
from gdexp.core.forms.rows import Rows
from gdexp.core.models import MODELS


@njit
def _whole(v):
    whole = np.full(len(v), np.nan)
    return whole, make_whole(v, len(v), whole)


@njit
def _digits(whole):
    digits = np.zeros((3, len(whole)), np.int8)
    take_digits(whole, len(whole), digits)
    return digits


@njit
def _products(samples, v, out):
    _passes.products(samples, 0, len(samples), _passes.ready(samples, v), out)


@njit
def _dots(samples, digits, out):
    for i in range(0, len(samples), 4):
        _bytes.dots(samples, i, len(samples), digits, out[i : i + 4])


@njit
def _add(samples, rows, weights, active, total):
    _passes.add(samples, rows, weights, active, total, len(samples))


there = pytest.mark.skipif(
    not _bytes.multiplies_bytes(), reason="a processor that multiplies no bytes"
)


def number(digits):
    return sum(digits[k].astype(np.int64) * 256**k for k in range(3))


@given(
    st.lists(
        st.floats(width=32, allow_nan=False, allow_infinity=False),
        min_size=1,
        max_size=40,
    )
)
def test_whole_numbers_are_the_vector_to_half_a_unit(numbers):
    v = np.array(numbers, np.float32)
    whole, unit = _whole(v)
    largest = np.abs(v).max().astype(float)
    assert (np.abs(whole * unit - v) <= unit / 2).all()
    assert np.abs(whole).max() <= 127 * 2**16
    assert unit <= 2 * largest / (127 * 2**16)
    assert np.frexp(unit)[0] in (0, 0.5)
    assert number(_digits(whole)).tolist() == whole.tolist()


@there
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_no_number_has_no_products(bad):
    v = np.ones(70, np.float32)
    for place in (0, 69):
        v[place] = bad
        samples = np.ones((3, 128), np.uint8)
        out = np.zeros(3, np.float32)
        _products(samples, v, out)
        assert np.isnan(out).all()


@there
@often(0.5)
@given(
    n=st.integers(1, 9),
    columns=st.integers(1, 3),
    kind=st.sampled_from(["any", "most"]),
    seed=st.integers(0, 10**6),
)
def test_sums_are_those_of_whole_numbers(n, columns, kind, seed):
    rng = np.random.default_rng(seed)
    d = 64 * columns
    if kind == "any":
        samples = rng.integers(0, 256, (n, d), np.uint8)
        digits = rng.integers(-128, 128, (3, d), np.int8)
    else:  # what a product that saturates would get wrong
        samples = np.full((n, d), 255, np.uint8)
        digits = np.full((3, d), rng.choice([-128, 127]), np.int8)
    out = np.full(n + 4, 7)
    _dots(samples, digits, out)
    assert out[:n].tolist() == (samples.astype(np.int64) @ number(digits)).tolist()


@there
@pytest.mark.parametrize("digit", [-128, 127])
def test_sums_of_the_widest_rows_fit(digit):
    samples = np.full((4, _bytes.WIDEST), 255, np.uint8)
    out = np.zeros(4, np.int64)
    _dots(samples, np.full((3, _bytes.WIDEST), digit, np.int8), out)
    assert set(out) == {255 * digit * (1 + 256 + 256**2) * _bytes.WIDEST}


@there
@often(0.5)
@given(
    n=st.integers(1, 32),
    columns=st.integers(1, 3),
    active=st.integers(0, 32),
    seed=st.integers(0, 10**6),
)
def test_weighted_rows_are_added_in_whole_numbers(n, columns, active, seed):
    rng = np.random.default_rng(seed)
    d = 64 * columns
    active = min(n, active)
    samples = rng.integers(0, 256, (n, d), np.uint8)
    rows = np.zeros(36, np.int64)
    rows[:active] = rng.permutation(n)[:active]
    weights = np.full(36, np.nan, np.float32)
    weights[:active] = rng.standard_normal(active)
    total = rng.standard_normal(d)
    expected = total.copy()
    if active:
        whole, unit = _whole(weights[:active])
        expected += unit * (whole @ samples[rows[:active]].astype(float))
    _add(samples, rows, weights, active, total)
    assert total.tolist() == expected.tolist()


@pytest.mark.parametrize("d", [20, 64, 100])
@pytest.mark.parametrize("model", ["linear", "conv"])
def test_runs_are_those_of_the_direct_form(model, d):
    """Also where rows have to be made longer, to be a multiple of whole vectors."""
    rng = np.random.default_rng(0)
    samples = rng.integers(0, 256, (50, d), np.uint8)
    labels = np.where(samples[:, 0] > 127, 1.0, -1.0)
    made = MODELS[model](**({"kernel": 2} if model == "conv" else {}))
    start = 0.01 * rng.standard_normal(made.parameters(d))
    data = Dataset(samples, labels, 1 / 255)
    states = [
        form.of(make_problem(data, made, "gd", 0.1, start, precision=precision))
        for form, precision in ((Rows, "float32"), (Direct, "float64"))
    ]
    for state in states:
        state.advance(200, np.array([200]))
    ours, exact = (state.iterate() for state in states)
    np.testing.assert_allclose(ours, exact, atol=1e-5 * np.abs(exact).max())


SCRIPT = """
import numpy as np
from test_bytes import _add, _products
rng = np.random.default_rng(0)
samples = rng.integers(0, 256, (13, 320), np.uint8)
v, weights = rng.standard_normal(320, np.float32), rng.random(36, np.float32)
out, total = np.empty(13, np.float32), rng.standard_normal(320)
_products(samples, v, out)
_add(samples, np.arange(36) % 13, weights, 11, total)
print(out.tobytes().hex(), total.tobytes().hex())
"""


# another processor with these steps, for which code is scheduled in another way
OTHER = {"NUMBA_CPU_NAME": "icelake-server", "NUMBA_CPU_FEATURES": "+avx512vnni"}


@pytest.mark.slow
@there
def test_the_bits_are_those_of_any_machine_with_these_steps():
    places = [str(Path(__file__).parent), *filter(None, sys.path)]
    paths = {"PYTHONPATH": os.pathsep.join(places)}
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | paths | more,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for more in ({}, OTHER)
    }
    assert len(said) == 1
    assert len(said.pop().split()) == 2
