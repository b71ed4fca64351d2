import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gdexp.core.forms import _row_loop
from gdexp.core.forms._pointwise import loss_of, sigmoids, weight_of
from gdexp.core.run import _loop
from gdexp.provenance import digest

margins = arrays(np.float64, 16, elements=st.floats(-1e6, 1e6) | st.floats(-40, 40))


def vectorized(m):
    out = np.empty_like(m)
    sigmoids(m, out, np.empty_like(m))
    return out


@given(margins)
def test_vectorized_sigmoid(m):
    expected = np.array([weight_of(x, False, 1.0) for x in m])
    # beyond 700 the weight is nothing but no longer shrinks
    np.testing.assert_allclose(vectorized(m), expected, rtol=4e-16, atol=1e-300)


def test_a_dense_grid():
    m = np.linspace(-50, 50, 200_001)
    long = m.astype(np.longdouble)
    expected = 1 / (1 + np.exp(long))
    assert np.max(np.abs(vectorized(m) / expected - 1)) < 4e-16


def test_extremes():
    m = np.array([-np.inf, -800.0, -0.0, 0.0, 800.0, np.inf])
    np.testing.assert_allclose(vectorized(m), [1, 1, 0.5, 0.5, 0, 0], atol=1e-300)
    assert loss_of(-800.0) == 800
    assert loss_of(800.0) == 0
    assert weight_of(0.0, True, 0.5) == 0.5


def test_compiled_code_is_kept_per_program():
    """A change in a helper of the loops must not meet their old machine code."""
    for loop in (_loop.run, _row_loop.run, _row_loop.run_threaded):
        assert f"numba-{digest('descent')}" in loop.stats.cache_path
