"""Products of rows: each sum in the order that is written down, bit for bit."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from numba.core.errors import TypingError
from support import make_problem, often

from gdexp.core.datasets import Dataset
from gdexp.core.forms._vectors import ROWS, WIDTH, add, products
from gdexp.core.forms.direct import Direct
from gdexp.core.forms.rows import Rows
from gdexp.core.models import MODELS


@njit
def _products(samples, v, out):
    for i in range(0, len(samples), ROWS):
        products(samples, i, len(samples), v, out)


@njit
def _add(samples, rows, weights, total):
    for g in range(0, len(rows), ROWS):
        add(samples, rows, weights, g, total)


def fma(a, b, c, kind):
    """a b + c, rounded once: to float64 from the exact value, then never again."""
    exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    if kind == np.float64:
        return float(exact)
    # the two neighbours in float32, and which of them is nearer
    near = np.float32(float(exact))
    step = [
        np.nextafter(near, np.float32(s), dtype=np.float32) for s in (-np.inf, np.inf)
    ]
    return min(
        (near, *step),
        key=lambda x: (abs(Fraction(float(x)) - exact), int(x.view(np.uint32)) & 1),
    )


def product(row, v):
    """A product as it is written down."""
    kind = v.dtype.type
    parts = [kind(0)] * WIDTH
    full = len(v) // WIDTH * WIDTH
    for j in range(full):
        parts[j % WIDTH] = kind(fma(row[j], v[j], parts[j % WIDTH], kind))
    rest = kind(0)
    for j in range(full, len(v)):
        rest = kind(fma(row[j], v[j], rest, kind))
    while len(parts) > 1:
        half = len(parts) // 2
        pairs = zip(parts[:half], parts[half:], strict=True)
        parts = [kind(a + b) for a, b in pairs]
    return kind(parts[0] + rest)


def drawn(n, d, stored, kind, seed=0):
    rng = np.random.default_rng(seed)
    samples = rng.integers(0, 256, (n, d)).astype(stored)
    if stored is not np.uint8:
        samples = samples + rng.standard_normal((n, d)).astype(stored)
    return (
        samples,
        rng.standard_normal(d).astype(kind),
        rng.random(n + ROWS).astype(kind),
    )


@often(0.5)
@given(
    n=st.integers(1, 9),
    d=st.integers(1, 70),
    stored=st.sampled_from([np.uint8, np.float64]),
    kind=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 10**6),
)
def test_each_sum_has_the_bits_of_its_order(n, d, stored, kind, seed):
    samples, v, weights = drawn(n, d, stored, kind, seed)
    out = np.full(n + 1, 7, kind)
    _products(samples, v, out)
    rounded = samples.astype(kind) if stored is np.float64 else samples
    assert out[:n].tolist() == [float(product(row, v)) for row in rounded]
    assert out[n] == 7  # nothing is written behind the last row
    rows = np.array([*range(n)][::-1] + [0] * (-n % ROWS))
    weights[n : len(rows)] = 0
    total = v.copy()
    _add(samples, rows, weights, total)
    for g, row in enumerate(rows):
        for j in range(d):
            v[j] = fma(rounded[row, j], weights[g], v[j], kind)
    assert total.tolist() == v.tolist()


def test_samples_that_do_not_lie_row_behind_row_are_refused():
    samples, v, weights = drawn(4, 8, np.float64, np.float64)
    samples = np.asfortranarray(samples)
    with pytest.raises(TypingError, match="layout F"):
        _products(samples, v, np.empty(4))
    with pytest.raises(TypingError, match="layout F"):
        _add(samples, np.arange(4), weights, v)


def test_how_samples_lie_in_memory_alters_no_run():
    """A dataset may have built them as columns, backwards or as every other row."""
    samples, _, _ = drawn(40, 20, np.float64, np.float64)
    labels = np.where(samples[:, 0] > np.median(samples[:, 0]), 1.0, -1.0)
    wide = np.repeat(samples, 2, axis=0)
    ways = [samples, np.asfortranarray(samples), samples[::-1][::-1], wide[::2]]
    ends = []
    for form in (Rows, Direct):
        for way in ways:
            data = Dataset(way, labels)
            state = form.of(
                make_problem(data, MODELS["linear"](), "gd", 1e-6, np.ones(20))
            )
            state.advance(50, np.array([50]))
            ends.append(state.iterate().tolist())
    assert ends[:4] == [ends[0]] * 4
    assert ends[4:] == [ends[4]] * 4
    np.testing.assert_allclose(ends[0], ends[4], rtol=1e-12)


SCRIPT = """
import numpy as np
from test_vectors import drawn, _products, _add
for stored in (np.uint8, np.float64):
    for kind in (np.float32, np.float64):
        samples, v, weights = drawn(13, 300, stored, kind)
        out = np.empty(13, kind)
        _products(samples, v, out)
        _add(samples, np.array([3, 1, 7, 12]), weights, v)
        print(out.tobytes().hex(), v.tobytes().hex())
"""


@pytest.mark.slow
def test_the_bits_are_those_of_any_machine():
    """Of one without vectors and fused products too, where each is many steps."""
    command = [sys.executable, "-c", SCRIPT]
    places = [str(Path(__file__).parent), *filter(None, sys.path)]
    paths = {"PYTHONPATH": os.pathsep.join(places)}
    said = {
        subprocess.run(
            command,
            env=os.environ | paths | more,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for more in ({}, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""})
    }
    assert len(said) == 1
    assert said.pop().count("\n") == 4
