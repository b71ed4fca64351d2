import dataclasses

import numpy as np
import pytest
from support import make_spec

from gdexp.algorithms import ALGORITHMS, Algorithm, logistic_loss, sigmoid
from gdexp.core.run import run


def test_sigmoid_and_loss_stay_finite():
    x = np.array([-1e300, -800.0, 0.0, 800.0, 1e300])
    np.testing.assert_array_equal(sigmoid(x), [0, 0, 0.5, 1, 1])
    assert logistic_loss(np.array([-800.0])) == 800
    assert logistic_loss(np.array([800.0])) == 0
    assert logistic_loss(np.array([40.0])) == pytest.approx(np.exp(-40.0), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("perceptron", [0.25, 0.25, 0, 0]),
        ("normalized_perceptron", [0.5, 0.5, 0, 0]),
        ("gd", [0.25, 0.125, 0, 0]),
        ("normalized_gd", [2 / 3, 1 / 3, 0, 0]),
    ],
)
def test_weights(name, weights):
    margins = np.array([-900.0, 0.0, 900.0, 900.0])
    np.testing.assert_allclose(ALGORITHMS[name].weights(margins), weights, atol=1e-300)


def test_half_weight_at_the_zero_start():
    weights = ALGORITHMS["perceptron"].weights(np.zeros(2), tie=0.5)
    np.testing.assert_array_equal(weights, [0.25, 0.25])
    np.testing.assert_array_equal(weights, ALGORITHMS["gd"].weights(np.zeros(2)))


def test_another_weight_runs_in_the_direct_form():
    problem = make_spec(start="gaussian").problem(64, 3)
    iterations = descend(problem, 1000).iterations
    assert iterations > 10
    for scale in (1, 2):
        own = Algorithm("own", "", "", weight=lambda m, s=scale: s * sigmoid(-m))
        same = dataclasses.replace(problem, algorithm=own, step=problem.step / scale)
        assert descend(same, 1000).iterations == iterations
