"""Losses, methods and models: each against its formula, in all forms that it fits."""

import itertools
import json
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import make_spec, often

from gdexp import Spec
from gdexp.cli.main import main
from gdexp.core.datasets import Dataset
from gdexp.core.forms.coordinates import Reduced
from gdexp.core.forms.direct import Direct
from gdexp.core.losses import LOSSES
from gdexp.core.methods import METHODS
from gdexp.core.models import MODELS
from gdexp.core.models._activation import Activation
from gdexp.core.models.base import is_certain
from gdexp.core.problem import Problem
from gdexp.core.run import run
from gdexp.util.errors import ConfigError, MemberError

DIMS = (16, 64, 256, 1024)
LINEAR = {"model": "linear"}
ALPHA = {"model": "diagonal", "alpha": 0.5}
# dataset, algorithm, step, settings, T at DIMS: from an independent program
COUNTS = [
    ("two_point", "heavy_ball", 8, LINEAR, (4, 5, 5, 51)),
    ("two_point", "nag", 1, LINEAR, (18, 39, 81, 165)),
    ("two_point", "nag", 8, LINEAR | {"momentum": 0.9}, (4, 8, 19, 54)),
    ("two_point", "smooth_perceptron", None, LINEAR, (5, 11, 22, 44)),
    ("two_point", "dual_acceleration", None, LINEAR, (7, 14, 30, 61)),
    ("two_point", "adagrad", 1, LINEAR, (5, 15, 47, 167)),
    ("two_point", "adam", 0.1, LINEAR, (30, 62, 123, 245)),
    ("two_point", "optimistic_adagrad", 1, LINEAR, (4, 4, 47, 167)),
    ("two_point", "optimistic_gd", 1, LINEAR, (58, 228, 910, 3636)),
    ("two_point", "implicit_sgd", 10, LINEAR, (11, 45, 181, 717)),
    ("two_point", "sgd", 8, LINEAR, (5, 9, 9, 85)),
    ("two_point", "online_perceptron", None, LINEAR, (3, 3, 3, 3)),
    ("two_point", "risk_adaptive", 100, LINEAR, (10, 34, 130, 514)),
    ("two_point", "gd", 8, LINEAR | {"loss": "huber"}, (4, 16, 68, 268)),
    ("c2", "smooth_perceptron", None, LINEAR, (7, 13, 28, 58)),
    ("c2", "dual_acceleration", None, LINEAR, (7, 13, 28, 64)),
    ("two_point", "gd", 0.5, ALPHA | {"depth": 2}, (24, 60, 144, 336)),
    ("two_point", "gd", 0.5, ALPHA | {"depth": 3}, (17, 36, 77, 160)),
]


@pytest.mark.parametrize(("dataset", "algorithm", "step", "more", "counts"), COUNTS)
def test_counts(dataset, algorithm, step, more, counts):
    spec = make_spec(
        dataset=dataset, algorithm=algorithm, step=step, start=None, **more
    )
    for dim, count in zip(DIMS, counts, strict=True):
        outcome = spec.run(dim, 0)
        assert (outcome.status, outcome.iterations) == ("separated", count)
        assert outcome.certificate.kind in {"bound", "exact"}


@pytest.mark.parametrize(("step", "count"), [(8, 13), (16, 15), (32, 14), (64, 14)])
def test_huber_reaches_a_loss_of_zero(step, count, tmp_path):
    """The four points of arXiv 2402.15926."""
    outcome = run(four_points(step), 1000)
    assert outcome.updates == count
    assert outcome.trajectory.loss[-1] == 0
    assert outcome.status == "separated"
    assert outcome.iterations <= count
    assert outcome.loss == "huber"


@pytest.mark.parametrize("step", [1, 4])
def test_small_steps_do_not_reach_zero(step):
    outcome = run(four_points(step), 2_000)
    assert outcome.updates == 2_000
    assert outcome.trajectory.loss[-1] > 0


def four_points(step):
    b = np.array([[1, 0.2], [-2, 0.2], [-1, -0.2], [2, -0.2]])
    data = Dataset(b, np.array([1.0, 1.0, -1.0, -1.0]))
    method, loss = METHODS["gd"](float(step)), LOSSES["huber"]()
    linear = MODELS["linear"]()
    return Problem(data, linear, method, loss, np.zeros(2), stop="zero_loss")


@pytest.mark.parametrize("name", LOSSES)
def test_a_weight_is_the_derivative(name):
    loss, h = LOSSES[name](), 1e-6
    m = np.array([-3.0, -1.5, -0.4, 0.3, 0.9, 1.7, 4.0])
    slope = (loss.value(m + h) - loss.value(m - h)) / (2 * h)
    np.testing.assert_allclose(loss.weight(m), -slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", LOSSES)
def test_extreme_margins_raise_nothing(name):
    loss, m = LOSSES[name](), np.array([-1e300, -800.0, 0.0, 800.0, 1e300])
    assert not np.isnan(loss.value(m)).any()
    assert not np.isnan(loss.weight(m)).any()


SETTINGS = {
    "linear": [{}],
    "conv": [{"kernel": 1}, {"kernel": 3}],
    "deep_conv": [{"kernel": 2}],
    "diagonal": [{"depth": 1}, {"depth": 2}, {"depth": 4, "alpha": 0.3}],
    "deep_linear": [
        {"depth": 1},
        {"depth": 2, "width": 3},
        {"depth": 4, "width": 2, "balanced": True},
    ],
    "two_layer": [
        *({"width": 3, "activation": name} for name in get_args(Activation)),
        {"width": 3, "trained": "inner", "scale": "1/width"},
        {"activation": "quadratic", "trained": "inner", "scale": "1/sqrt(width)"},
    ],
    "mlp": [{"width": 3}, {"depth": 3, "width": 2, "activation": "gelu"}],
}
# random_features has a gradient of 0 at what it holds: see test_networks
CASES = [(name, more) for name in MODELS for more in SETTINGS.get(name, [])]


@pytest.mark.parametrize(("name", "more"), CASES)
def test_a_gradient_is_that_of_the_function(name, more):
    model, rng = MODELS[name](**more), np.random.default_rng(3)
    b, w = rng.standard_normal((4, 7)), rng.standard_normal(model.parameters(7))
    weights, h = rng.standard_normal(4), 1e-6
    numeric = [
        weights @ (model.f(b, w + h * e) - model.f(b, w - h * e)) / (2 * h)
        for e in np.eye(len(w))
    ]
    np.testing.assert_allclose(model.df(b, w, weights), numeric, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(("name", "more"), CASES)
def test_what_a_model_claims_of_itself(name, more):
    """Its degree in the parameters, that it is linear in b, what its rounding is."""
    model, rng = MODELS[name](**more), np.random.default_rng(4)
    b, c = rng.standard_normal((2, 5, 9))
    w = rng.standard_normal(model.parameters(9))
    if model.degree is not None:
        np.testing.assert_allclose(model.f(b, 2 * w), 2**model.degree * model.f(b, w))
    if model.linear_in_b:
        there = 2 * model.f(b, w) - 3 * model.f(c, w)
        np.testing.assert_allclose(model.f(2 * b - 3 * c, w), there, atol=1e-12)
    if is_certain(model):
        exact, found = model.exact(b, w), model.f(b, w)
        limits = model.limits(np.linalg.norm(b, axis=1), w)
        for x, y, limit in zip(exact, found, limits, strict=True):
            assert abs(x - type(x)(float(y))) <= type(x)(float(limit))


ADDITIVE = sorted(name for name, method in METHODS.items() if method.additive)


@pytest.mark.parametrize("name", ADDITIVE)
@often(0.4)
@given(data=st.data())
def test_additive_methods_run_in_reduced_coordinates(name, data):
    """Iterates to 1e-9 over 200 steps, while no sign of a margin is near."""
    method, rng = METHODS[name], np.random.default_rng(data.draw(st.integers(0, 10**6)))
    n, d = data.draw(st.integers(2, 4)), data.draw(st.integers(3, 12))
    model = data.draw(st.sampled_from(["linear", "conv"]))
    if method.models and model not in method.models:
        model = "linear"
    model = MODELS[model](**({"kernel": 2} if model == "conv" else {}))
    step = {"step": 0.05} if "step" in method.__dataclass_fields__ else {}
    samples = Dataset(rng.standard_normal((n, d)), rng.choice([-1.0, 1.0], n))
    start = 0.0 if method.from_zero else 1.0
    w = start * rng.standard_normal(model.parameters(d))
    loss = LOSSES[data.draw(st.sampled_from(["logistic", "huber", "square"]))]()
    problem = Problem(samples, model, method(**step), loss, w)
    nudge = 1 + 1e-15 * rng.standard_normal((n, d))
    nudged = replace(problem, data=Dataset(samples.samples * nudge, samples.labels))
    direct, reduced, other = Direct.of(problem), Reduced.of(problem), Direct.of(nudged)
    for _ in range(200):
        margins = direct.oracle.margins(direct.w)
        scale = np.abs(margins).max()
        near = np.abs(margins).min() < 1e-6 * scale
        if method.decides and (near or (margins > 0).all()):
            break
        for state in (direct, reduced, other):
            state.update()
        size = np.linalg.norm(direct.w)
        # where a change of the last digits grows, no two programs can agree
        if not np.linalg.norm(direct.w - other.w) <= 1e-12 * max(size, 1) < 1e6:
            break
        assert np.linalg.norm(reduced.iterate() - direct.w) <= 1e-9 * max(size, 1)
        assert reduced.oracle.model.norm(reduced.w) == pytest.approx(size, rel=1e-9)
    if name != "implicit_sgd":  # its bisection ends where digits do
        assert direct.sample_gradients == reduced.sample_gradients


@pytest.mark.parametrize("name", ["heavy_ball", "nag", "optimistic_gd", "sgd"])
def test_counts_of_both_coordinates_agree(name):
    for seed, model in itertools.product(range(5), ("linear", "conv")):
        more = {"kernel": 2} if model == "conv" else {}
        step = 0.5 if model == "linear" else "0.1/sqrt(d)"
        spec = make_spec(
            model=model, algorithm=name, step=step, start="gaussian", **more
        )
        problem = spec.problem(64, seed)
        ends = [run(problem, 3000, form=form) for form in ("direct", "reduced")]
        assert not any(end.unclear for end in ends)
        assert len({(end.status, end.iterations) for end in ends}) == 1
        assert len({end.sample_gradients for end in ends}) == 1


def test_the_cost_is_counted():
    for algorithm, more, per_update in (
        ("gd", {}, 2),
        ("sgd", {}, 1),
        ("sgd", {"batch": 2}, 2),
        ("nag", {}, 2),
        ("adam", {}, 2),
    ):
        outcome = make_spec(algorithm=algorithm, start="gaussian", **more).run(64, 0)
        assert outcome.sample_gradients == per_update * outcome.updates
        assert outcome.gradients == outcome.sample_gradients / 2
    implicit = make_spec(algorithm="implicit_sgd", start="gaussian").run(64, 0)
    assert implicit.sample_gradients > 5 * implicit.updates > 0


def test_random_samples_are_drawn_from_a_stream_of_their_own():
    spec = make_spec(algorithm="sgd", order="random", start="gaussian", step=0.3)
    first, again = spec.run(64, 1), spec.run(64, 1)
    assert first.iterations == again.iterations > 0
    np.testing.assert_array_equal(
        spec.problem(64, 1).start, make_spec(start="gaussian").problem(64, 1).start
    )


def test_a_run_may_go_on_to_its_cap():
    spec = make_spec(stop="cap", max_iterations=500)
    for form in ("direct", "reduced", "rows"):
        outcome = run(spec.problem(256, 0), 500, form=form)
        assert (outcome.status, outcome.iterations) == ("separated", 122)
        assert outcome.updates == outcome.trajectory.iteration[-1] == 500


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"algorithm": "perceptron", "loss": "huber"}, "loss 'huber' for algorithm"),
        ({"algorithm": "smooth_perceptron", "step": None, "loss": "huber"}, "own"),
        ({"algorithm": "smooth_perceptron"}, "has no step"),
        ({"algorithm": "gd", "step": None}, "needs a step"),
        ({"algorithm": "dual_acceleration", "step": None, "start": "gaussian"}, "zero"),
        (
            {"algorithm": "implicit_sgd", "model": "conv", "kernel": 2},
            "allowed: linear",
        ),
        ({"model": "diagonal"}, "draws its own"),
        ({"model": "diagonal", "start": None, "depth": 0}, "from 1 to 64"),
        ({"model": "diagonal", "start": None, "depth": 1.5}, "a whole number"),
        ({"model": "conv"}, "kernel is missing, which 'conv' needs"),
        ({"momentun": 0.9, "algorithm": "nag"}, "did you mean 'momentum'"),
        ({"momentum": 0.9}, "momentum 0.9 is no setting of 'linear', 'logistic', 'gd'"),
        ({"algorithm": "heavy_ball", "momentum": 1}, "below 1"),
        ({"algorithm": "sgd", "order": "sorted"}, "cyclic, random"),
        ({"loss": "hinge"}, "loss 'hinge' is unknown"),
        ({"stop": "never"}, "stop 'never' is unknown"),
        ({"form": "quick"}, "form 'quick' is unknown"),
        ({"form": "rows", "algorithm": "adam"}, "form 'rows' does not fit"),
        ({"form": "reduced", "algorithm": "adagrad"}, "does not fit"),
    ],
)
def test_what_does_not_go_together_is_one_line(changes, message):
    with pytest.raises(ConfigError) as error:
        make_spec(**changes).check(16)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


MASKED = [
    ("model", "linear", "f", "margins"),
    ("model", "linear", "df", "a gradient"),
    ("model", "linear", "limits", "limits"),
    ("model", "linear", "start", "a start"),
    ("loss", "logistic", "weight", "weights"),
    ("loss", "logistic", "value", "losses"),
]


@pytest.mark.parametrize(("kind", "name", "function", "what"), MASKED)
def test_arrays_that_hide_numbers_are_refused(kind, name, function, what, monkeypatch):
    """A margin that is masked is no margin that is wrong: all would be separated."""
    known = {"model": MODELS, "loss": LOSSES}[kind]
    base = known[name]

    def masked(self, *given):
        return np.ma.masked_array(getattr(base, function)(self, *given))

    monkeypatch.setitem(known, name, type(name, (base,), {function: masked}))
    with pytest.raises(MemberError, match=f"has returned {what} of type MaskedArray"):
        make_spec(form="direct").run(16, 0)


class Buffered(MODELS["linear"]):
    """The linear model, which returns the same arrays each time."""

    name = "buffered"
    first, last = np.zeros(4), np.zeros(2)

    def start(self, features, start, rng):
        self.first[:] = rng.standard_normal(features)
        return self.first

    def margins(self, b, y, w):
        return np.multiply(y, self.f(b, w), out=self.last)


def test_what_a_model_returned_may_be_a_buffer_that_it_fills_again(monkeypatch):
    monkeypatch.setitem(MODELS, "buffered", Buffered)
    spec = make_spec(model="buffered", form="direct")
    problems = [spec.problem(4, seed) for seed in range(2)]
    assert (problems[0].start != problems[1].start).any()
    oracle = Direct.of(problems[0]).oracle
    margins = oracle.margins(problems[0].start)
    before = margins.tolist()
    oracle.model.margins(oracle.samples, oracle.labels, problems[1].start)
    assert margins.tolist() == before


def test_one_name_for_one_thing():
    """A fingerprint does not depend on how a run is spelled."""
    assert make_spec(algorithm="gd", loss="perceptron") == make_spec(
        algorithm="perceptron"
    )
    assert make_spec(loss="logistic") == make_spec()
    conv = {"model": "conv", "start": "gaussian"}
    assert make_spec(kernel=2.0, **conv) == make_spec(kernel=2, **conv)
    assert make_spec(model="diagonal", start=None) == make_spec(
        model="diagonal", start=None, depth=2, alpha=1
    )


def test_members_at_the_command_line(capsys):
    words = "run --dataset c1 --model linear --algorithm nag --step 1 --dim 64"
    assert main([*words.split(), "--momentum", "0.5", "--loss", "huber"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["cell"]["momentum"] == 0.5
    assert (answer["cell"]["loss"], answer["recorded_loss"]) == ("huber", "huber")
    assert answer["gradients"] == answer["updates"] == answer["iterations"]


def test_more_features_may_need_fewer_iterations():
    """Dual acceleration on c2 overshoots: T falls from 196 to 86 as d doubles.

    In 60 digits, in the two coordinates of the Gram matrix.
    """

    def exact(d):
        a, b, c = map(Decimal, (d + 3, -2 * d, 4 * d - 3))
        gram = [[a, b], [b, c]]
        margins, momentum = [Decimal(0)] * 2, [Decimal(0)] * 2
        for t in itertools.count():
            if min(margins) > 0:
                return t
            tails = [(min(margins) - m).exp() for m in margins]
            shares = [tail / sum(tails) for tail in tails]
            q = [sum(g * s for g, s in zip(row, shares, strict=True)) for row in gram]
            old = zip(momentum, q, strict=True)
            momentum = [Decimal(t) / (t + 1) * (g + x) for g, x in old]
            margins = [sum(each) for each in zip(margins, momentum, q, strict=True)]

    with localcontext() as context:
        context.prec = 60
        expected = [exact(2**k) for k in (10, 13, 14)]
    assert expected == [64, 196, 86]
    spec = Spec(
        dataset="c2",
        model="linear",
        algorithm="dual_acceleration",
        start="zero",
        max_iterations=1000,
    )
    assert [spec.run(2**k, 0).iterations for k in (10, 13, 14)] == expected
