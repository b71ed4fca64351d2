import numpy as np
import pytest
from support import make_spec

from gdexp.core.datasets import DATASETS
from gdexp.core.seeds import streams
from gdexp.util.errors import ConfigError


def test_signed_samples():
    z = make_spec(dataset="c1").problem(3, 0).z
    np.testing.assert_array_equal(z, [[2, 1, 1], [0, -1, -1]])
    z = make_spec(dataset="c2").problem(3, 0).z
    np.testing.assert_array_equal(z, [[2, 1, 1], [-1, -2, -2]])
    z = make_spec(dataset="c1f").problem(3, 0).z
    np.testing.assert_array_equal(z, [[1, 1, 1], [1, -1, -1]])
    z = make_spec(dataset="worst_case", samples=3).problem(2, 0).z
    np.testing.assert_array_equal(z, [[0.5, -1], [0.5, 1], [0.5, 1]])
    z = make_spec(dataset="two_point").problem(16, 0).z
    np.testing.assert_array_equal(z, [[0.5, 0.125], [-1, 0.125]])


def test_gaussian():
    spec = make_spec(dataset="gaussian", samples=200)
    z = spec.problem(50, 0).z
    assert z.shape == (200, 50)
    assert abs(z.mean()) < 0.05
    labels = DATASETS["gaussian"]().build(50, 200, streams(0, 50, 0).data).labels
    assert set(labels) == {-1.0, 1.0}


def test_streams_depend_on_root_dim_and_seed_alone():
    draws = {
        key: streams(*key).data.random()
        for key in [(0, 16, 0), (1, 16, 0), (0, 17, 0), (0, 16, 1)]
    }
    assert len(set(draws.values())) == 4
    assert streams(0, 16, 0).data.random() == draws[0, 16, 0]
    both = streams(0, 16, 0)
    assert both.data.random() != both.start.random()


def test_all_models_start_from_the_same_v_and_see_the_same_data():
    shared = {"dataset": "gaussian", "samples": 5, "start": "gaussian:2"}
    linear = make_spec(**shared).problem(16, 4)
    conv = make_spec(**shared, model="conv", kernel=3).problem(16, 4)
    np.testing.assert_array_equal(linear.z, conv.z)
    np.testing.assert_array_equal(linear.start, conv.start[3:])
    unit = make_spec(**shared | {"start": "gaussian"}).problem(16, 4)
    np.testing.assert_array_equal(linear.start, 2 * unit.start)


@pytest.mark.parametrize(
    ("changes", "dim", "words"),
    [
        ({"dataset": "c3"}, 16, ["c3", "allowed: c1, c1f, c2"]),
        ({"model": "cnn"}, 16, ["cnn", "conv, deep_conv, deep_linear, diagonal"]),
        ({"algorithm": "sdg"}, 16, ["sdg", "did you mean 'sgd'"]),
        ({"kernel": 2}, 16, ["kernel 2", "leave it out"]),
        ({"model": "conv"}, 16, ["kernel is missing"]),
        ({"model": "conv", "kernel": 17}, 16, ["kernel 17", "1 to 16"]),
        ({"model": "conv", "kernel": 3, "dataset": "two_point"}, 16, ["1 to 2"]),
        ({"dataset": "worst_case", "samples": 10}, 3, ["dim 3", "2 only"]),
        ({"dataset": "worst_case"}, 2, ["samples None", "2 or more"]),
        ({"samples": 5}, 16, ["samples 5", "allowed: 2"]),
        ({}, 1, ["dim 1", "2 or more"]),
        ({"precision": "half"}, 16, ["'half'", "float64, float32"]),
        ({"step": "1/"}, 16, ["'1/'", "parse"]),
        ({"start": "gaussian:"}, 16, ["'gaussian:'", "zero, gaussian"]),
        ({"start": "gaussian:-1"}, 16, ["gaussian:-1"]),
        ({"start": "gaussian:nan"}, 16, ["gaussian:nan"]),
        ({"start": "ones"}, 16, ["ones"]),
    ],
)
def test_impossible_cells_are_refused(changes, dim, words):
    with pytest.raises(ConfigError) as caught:
        make_spec(**changes).check(dim)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)
