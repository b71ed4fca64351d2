import os
import subprocess
import sys
import tempfile
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numba import njit

from gdexp.core.forms import _loop, _momentum_loop, _numba, _row_loop
from gdexp.core.forms._pointwise import loss_of, sigmoid, sigmoids
from gdexp.util.digests import digest

margins = arrays(np.float64, 16, elements=st.floats(-1e6, 1e6) | st.floats(-40, 40))


one = njit(lambda m: sigmoid(m))


def vectorized(m):
    out = np.empty_like(m)
    sigmoids(m, out, np.empty_like(m))
    return out


@given(margins)
def test_vectorized_sigmoid(m):
    expected = np.array([one(x) for x in m])
    # beyond 700 the weight is nothing but no longer shrinks
    np.testing.assert_allclose(vectorized(m), expected, rtol=4e-16, atol=1e-300)


def test_a_dense_grid():
    m = np.linspace(-50, 50, 200_001)
    long = m.astype(np.longdouble)
    expected = 1 / (1 + np.exp(long))
    assert np.max(np.abs(vectorized(m) / expected - 1)) < 4e-16


def test_one_at_a_time():
    """Against 40 digits, wherever it is not nothing."""
    m = np.concatenate([np.linspace(-60, 60, 3001), np.linspace(-700, 700, 999)])
    with localcontext() as context:
        context.prec = 40
        for x in m.tolist():
            right = 1 / (1 + Decimal(x).exp())
            assert abs(Decimal(one(x)) / right - 1) < Decimal("4e-16")


def test_where_weights_vanish():
    """Down to the smallest number there is, and not beyond the table of powers."""
    m = np.linspace(700, 746, 4601)
    with localcontext() as context:
        context.prec = 40
        for x in m.tolist():
            right = 1 / (1 + Decimal(x).exp())
            error = abs(Decimal(one(x)) - right)
            assert error <= Decimal(2) ** -1074 + right * Decimal("4e-16"), x


def test_extremes():
    m = np.array([-np.inf, -800.0, -0.0, 0.0, 800.0, np.inf])
    np.testing.assert_allclose(vectorized(m), [1, 1, 0.5, 0.5, 0, 0], atol=1e-300)
    assert loss_of(-800.0) == 800
    assert loss_of(800.0) == 0
    np.testing.assert_array_equal([one(x) for x in m], [1, 1, 0.5, 0.5, 0, 0])
    assert one(np.nan) == 1


def test_compiled_code_is_kept_per_program():
    """A change in a helper of the loops must not meet their old machine code."""
    program = digest("core/forms", "core/arithmetic.py", "core/outcome.py")
    loops = (_loop.run, _momentum_loop.run, _row_loop.run, _row_loop.run_threaded)
    for loop in loops:
        assert f"numba-{program}" in loop.stats.cache_path


RUN = "run --dataset c1 --model linear --algorithm gd --step 1 --init zero --dim 64"


@pytest.mark.parametrize(
    "variable",
    ["NUMBA_DISABLE_JIT", pytest.param("NUMBA_CACHE_DIR", marks=pytest.mark.slow)],
)
def test_what_is_set_for_other_programs(variable, tmp_path):
    """Loops are compiled whatever is said of others, and kept where it is asked for."""
    value = {"NUMBA_DISABLE_JIT": "1", "NUMBA_CACHE_DIR": str(tmp_path)}[variable]
    said = [
        subprocess.check_output(
            [sys.executable, "-m", "gdexp", *RUN.split()],
            env=os.environ | more,
            stderr=subprocess.DEVNULL,
        )
        for more in ({}, {variable: value})
    ]
    assert said[0] == said[1]
    assert any(tmp_path.rglob("*.nbi")) == (variable == "NUMBA_CACHE_DIR")


def test_a_place_for_loops_where_nothing_can_be_written(monkeypatch):
    """A folder of this process alone, as what lies in it is run."""

    def refused(*_, **__):
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", refused)
        folder = _numba._folder("numba-1")
    assert folder.parent == Path(tempfile.gettempdir())
    assert folder.stat().st_mode & 0o777 == 0o700
