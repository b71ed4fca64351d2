"""Poisson's equation: derivatives, the lazy rate, and what turns the verdicts."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pandas as pd
import pytest

from gdexp.claims import Evidence
from gdexp.claims.neighbours.poisson import CLAIMS
from gdexp.core.forms import direct
from gdexp.core.losses.square import Square
from gdexp.core.methods.gd import GradientDescent
from gdexp.core.methods.sgd import StochasticGradientDescent
from gdexp.core.problem import Problem
from gdexp.studies.poisson import Poisson, Residuals, collocation

WIDTH = 5
RNG = np.random.default_rng(3)
W = RNG.standard_normal(3 * WIDTH)


def u(x, w=W):
    """The network, written down once more; of complex x too."""
    inner, c, a = w.reshape(3, WIDTH)
    h = np.multiply.outer(2 * x - 1, inner) + c
    return np.where(h.real > 0, h**3, 0) @ a / np.sqrt(WIDTH)


def residuals(w):
    data, model = collocation(4), Residuals(WIDTH)
    return 1 - model.f(data.b, w)


def test_the_residual_is_that_of_the_equation():
    """With u'' by differences, which are exact for cubes but for rounding."""
    x = (np.arange(4) + 0.5) / 4
    step = 1e-3
    bend = (u(x + step) - 2 * u(x) + u(x - step)) / step**2
    inside = -bend - np.pi**2 * np.sin(np.pi * x)
    ends = u(np.array([0.0, 1.0]))
    found = residuals(W)
    np.testing.assert_allclose(found[:4], inside * np.sqrt(6 / 4), rtol=1e-6)
    np.testing.assert_allclose(found[4:], ends * np.sqrt(6 / 2), rtol=1e-12)
    # the mean square loss is the sum of two halves of means
    loss = Square().value(1 - found).mean()
    assert loss == pytest.approx((inside**2).mean() / 2 + (ends**2).mean() / 2)


def test_the_solution_has_no_target_left():
    """sin(pi x) solves it: -u'' = pi^2 sin(pi x), and 0 at the ends."""
    x, end, target, weight = collocation(7).b.T
    np.testing.assert_allclose(target[end == 0], np.pi**2 * np.sin(np.pi * x[end == 0]))
    assert (target[end == 1] == 0).all()
    assert (weight**2).sum() == pytest.approx(2 * len(x))


def test_the_jacobian_is_the_derivative():
    data, model = collocation(4), Residuals(WIDTH)
    rows = model.jacobian(data.b, W)
    step = 1e-6
    for k, column in enumerate(rows.T):
        e = step * np.eye(3 * WIDTH)[k]
        slope = (residuals(W + e) - residuals(W - e)) / (2 * step)
        np.testing.assert_allclose(column, slope, rtol=1e-6, atol=1e-7)
    weights = RNG.standard_normal(6)
    np.testing.assert_allclose(model.df(data.b, W, weights), -weights @ rows)


class Linearised(Residuals):
    """The same with the Jacobian of the start: the lazy network itself."""

    def f(self, b, w):
        return super().f(b, START) - self.jacobian(b, START) @ (w - START)

    def df(self, b, w, weights):
        return -(weights @ self.jacobian(b, START))


WIDE = 200
angle = 2 * np.pi * RNG.random(WIDE)
START = np.concatenate([np.cos(angle), np.sin(angle), RNG.choice([-1.0, 1.0], WIDE)])


@pytest.mark.parametrize("batch", [None, 2])
def test_the_lazy_rate(batch):
    """Full batches: (I - step G)^t, exactly. Small ones: the factor of |D|^2."""
    data, model = collocation(2), Linearised(WIDE)
    rows = Residuals(WIDE).jacobian(data.b, START)
    n = len(rows)
    gram = rows @ rows.T / n
    top = np.linalg.eigvalsh(gram)
    if batch is None:
        step, method = 0.5 / top[-1], GradientDescent(0.5 / top[-1])
    else:
        step = 1 / (n * gram.diagonal().max() / batch + top[-1])
        method = StochasticGradientDescent(step, batch, "random")
    steps, starts = 40, 1 if batch is None else 60
    shares = []
    for seed in range(starts):
        stream = np.random.default_rng(seed)
        problem = Problem(data, model, method, Square(), START, stream=stream)
        first, *_, last = islice(direct.iterates(problem), steps + 1)
        r = 1 - first.margins
        if batch is None:
            expected = np.linalg.matrix_power(np.eye(n) - step * gram, steps) @ r
            np.testing.assert_allclose(1 - last.margins, expected, rtol=1e-9)
            return
        goal = START - np.linalg.pinv(rows) @ r
        shares.append(((last.w - goal) @ (last.w - goal)) / ((goal - START) ** 2).sum())
    bound = (1 - step * top[0]) ** steps
    error = np.std(shares) / np.sqrt(starts)
    assert np.mean(shares) <= bound + 2 * error
    assert bound < 0.99


def test_the_table():
    table = Poisson(widths=(8, 32), points=2, steps=60, recorded=6, seeds=2).table()
    assert set(table) == set(Poisson.columns)
    assert table["iteration"].tolist() == 4 * list(range(0, 61, 10))
    runs = table.groupby(["width", "seed"]).first()
    np.testing.assert_allclose(
        runs["predicted"], -np.log(1 - runs["step"] * runs["smallest"])
    )


def evidence(rate=1.5, power=-0.5, turned=-0.5, seeds=12):
    rng = np.random.default_rng(0)
    rows = [
        {
            "width": width,
            "seed": seed,
            "iteration": 10,
            "predicted": 0.01,
            "rate": 0.01 * rate * rng.uniform(0.95, 1.05),
            "drift": width**power * rng.uniform(0.95, 1.05),
            "gram_drift": width**turned * rng.uniform(0.95, 1.05),
        }
        for width in (64, 256, 1024)
        for seed in range(seeds)
    ]
    none = pd.DataFrame()
    return Evidence(none, none, none, {"poisson": pd.DataFrame(rows)})


def verdicts(found):
    return {claim.name: claim.finding(found).verdict for claim in CLAIMS}


def test_good_numbers_hold():
    assert set(verdicts(evidence()).values()) == {"holds"}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("poisson-rate", {"rate": 0.8}),
        ("poisson-drift", {"power": -0.25}),
        ("poisson-gram", {"turned": -1.0}),
    ],
)
def test_a_wrong_number_turns_the_verdict(name, wrong):
    found = verdicts(evidence(**wrong))
    assert found.pop(name) == "fails"
    assert set(found.values()) == {"holds"}


def test_what_is_not_there_is_undecided():
    nothing = replace(evidence(), studies={})
    assert set(verdicts(nothing).values()) == {"undecided"}
    assert set(verdicts(evidence(seeds=5)).values()) == {"undecided"}
