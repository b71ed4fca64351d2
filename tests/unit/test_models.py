"""Claims 1, 2, 6 and 7 of the paper: quadratic form, gradient, spectrum, growth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import make_spec

from gdexp.core.forms import direct
from gdexp.core.losses.logistic import Logistic
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear

shapes = st.tuples(
    st.integers(1, 4), st.integers(2, 9), st.integers(1, 3), st.integers(0, 2**32 - 1)
).filter(lambda shape: shape[2] <= shape[1])


def draw(shape):
    n, d, k, seed = shape
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(k + d), Conv(k)


@given(shapes)
def test_margin_is_a_quadratic_form(shape):
    z, w, model = draw(shape)
    forms = [model.quadratic_form(sample) for sample in z]
    expected = [0.5 * w @ form @ w for form in forms]
    np.testing.assert_allclose(model.f(z, w), expected, rtol=1e-12, atol=1e-12)


@given(shapes)
def test_pullback_is_the_sum_of_forms(shape):
    z, w, model = draw(shape)
    weights = np.linspace(-1, 2, len(z))
    expected = sum(
        weight * model.quadratic_form(sample) @ w
        for weight, sample in zip(weights, z, strict=True)
    )
    np.testing.assert_allclose(
        model.df(z, w, weights), expected, rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("model", [Linear(), Conv(1), Conv(2), Conv(3)])
def test_step_is_the_gradient_of_the_logistic_loss(model):
    rng = np.random.default_rng(1)
    z, w = rng.standard_normal((4, 7)), rng.standard_normal(model.parameters(7))
    weights = Logistic().weight(model.f(z, w)) / len(z)
    h = 1e-6
    numeric = [
        (
            Logistic().value(model.f(z, w + h * e)).mean()
            - Logistic().value(model.f(z, w - h * e)).mean()
        )
        / (2 * h)
        for e in np.eye(len(w))
    ]
    np.testing.assert_allclose(-model.df(z, w, weights), numeric, atol=1e-8)


@pytest.mark.parametrize("d", [3, 16, 57])
def test_spectrum_for_kernel_2(d):
    b = np.random.default_rng(d).standard_normal(d)
    shifted = b @ np.roll(b, 1)
    large, small = np.sqrt(b @ b + shifted), np.sqrt(b @ b - shifted)
    expected = np.sort([large, -large, small, -small] + [0.0] * (d - 2))
    values = np.linalg.eigvalsh(Conv(2).quadratic_form(b))
    np.testing.assert_allclose(values, expected, atol=1e-12 * np.sqrt(d) * large)


def test_spectrum_of_c1():
    d = 32
    z = make_spec().problem(d, 0).z
    for sample, large in zip(z, (2 * d + 5, 2 * d - 3), strict=True):
        values = np.linalg.eigvalsh(Conv(2).quadratic_form(sample))
        np.testing.assert_allclose(values[[-1, -2]], [np.sqrt(large), 1], rtol=1e-13)


@pytest.mark.parametrize("sign", [1, -1])
def test_exact_growth_along_the_shared_eigenvectors(sign):
    """<x, w> grows by exactly 1 + step |S| / 2 per step along x+, shrinks along x-."""
    d, step = 16, 0.25 / 4
    spec = make_spec(
        model="conv", kernel=2, algorithm="perceptron", step=step, start="gaussian"
    )
    x = np.zeros(2 + d)
    x[:4] = 0.5, -0.5, 0.5 * sign, -0.5 * sign
    seen = set()
    for seed in range(10):
        before, active = None, 0
        for w, margins, *_ in direct.iterates(spec.problem(d, seed)):
            if before is not None:
                factor = 1 + sign * step * active / 2
                assert x @ w == pytest.approx(factor * before, rel=1e-12)
            before, active = x @ w, np.count_nonzero(margins <= 0)
            seen.add(active)
            if not active:
                break
    assert seen == {0, 1, 2}
