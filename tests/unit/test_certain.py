"""Every verdict is certain: against rationals, 60 digits, and what cannot separate."""

import dataclasses
import itertools
import os
import subprocess
import sys
from fractions import Fraction

import exact
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import BATCH, make_problem, make_spec, often, run_in, some

from gdexp.core.arithmetic import (
    exact_dot,
    gamma,
    halving_sum,
    integers,
    roundings,
    spacing,
)
from gdexp.core.certificate import certificate
from gdexp.core.datasets import Dataset
from gdexp.core.forms import form_of
from gdexp.core.forms._bytes import multiplies_bytes
from gdexp.core.forms.compiled import Compiled
from gdexp.core.forms.coordinates import Reduced
from gdexp.core.forms.direct import Direct
from gdexp.core.forms.momentum import MOMENTUM, Momentum
from gdexp.core.forms.rows import Rows
from gdexp.core.losses.logistic import Logistic
from gdexp.core.member import build, settings_of
from gdexp.core.methods import METHODS
from gdexp.core.models import Model
from gdexp.core.models.conv import Conv
from gdexp.core.models.diagonal import Diagonal
from gdexp.core.models.linear import Linear
from gdexp.core.problem import Problem
from gdexp.core.run import run
from gdexp.core.steps import step_size

PERCEPTRONS = ["perceptron", "normalized_perceptron"]
NAMES = ["direct", "reduced", "compiled", "rows"]
FORMS = [Direct, Reduced, Compiled, Rows]
BIAS = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]


def problem_of(samples, labels, *, model=None, algorithm="gd", step=0.1, start=None):
    model = model or Linear()
    samples = np.asarray(samples, float)
    if start is None:
        start = np.zeros(model.parameters(samples.shape[1]))
    data = Dataset(samples, np.asarray(labels, float))
    return make_problem(data, model, algorithm, step, start)


def times(outcome):
    return outcome.iterations if outcome.status == "separated" else None


# -- sums ------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=50))
def test_the_bound_of_a_sum_holds(numbers):
    total = halving_sum(np.array(numbers)).item()
    bound = gamma(roundings(len(numbers))) * float(np.abs(numbers).sum()) * 1.01
    assert abs(Fraction(total) - sum(map(Fraction, numbers))) <= Fraction(bound)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=9))
def test_numbers_as_integers(numbers):
    whole, exponent = integers(numbers)
    back = [Fraction(int(p)) * Fraction(2) ** exponent for p in whole]
    assert back == list(map(Fraction, numbers))
    if any(numbers):
        grid = Fraction(spacing(numbers)) or Fraction(2) ** exponent
        assert all((x / grid).denominator == 1 for x in back)
    assert exact_dot(numbers, numbers) == sum(x * x for x in back)


# -- counts that rationals give --------------------------------------------------------


C1 = [(16, 10), (64, 34), (100, 52), (1000, 502)]
C2 = [(16, 7), (64, 19), (100, 28), (1000, 253)]
STEPS = ["0.1", "0.3", "1/3", "1/sqrt(d)", "1", "1e-300", "1e300"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("dataset", "dim", "count"),
    [("c1", d, t) for d, t in C1] + [("c2", d, t) for d, t in C2],
)
def test_the_perceptron_from_zero_knows_no_step(dataset, dim, count, step):
    spec = make_spec(dataset=dataset, algorithm="perceptron", step=step)
    outcome = spec.run(dim, 0)
    assert (times(outcome), outcome.unclear) == (count, 0)
    assert outcome.certificate.kind == "bound"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("algorithm", PERCEPTRONS)
@given(data=st.data())
def test_perceptrons_are_the_rational_ones(form, algorithm, data):
    """On small sets of integers, at steps that no float is."""
    n, d = data.draw(st.integers(2, 5)), data.draw(st.integers(1, 4))
    row = st.lists(st.integers(-3, 3), min_size=d, max_size=d)
    samples = data.draw(st.lists(row, min_size=n, max_size=n))
    labels = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=n, max_size=n))
    step = data.draw(st.sampled_from(["0.1", "1/3", "0.3", "1/sqrt(d)"]))
    problem = problem_of(
        samples, labels, algorithm=algorithm, step=step_size(step, d=max(d, 2), n=n)
    )
    right = exact.perceptron(
        exact.signed(samples, labels), 1, 200, normalized=algorithm != "perceptron"
    )
    outcome = run_in(form, problem, 200)
    assert times(outcome) == right
    assert outcome.unclear == 0


@pytest.mark.parametrize("form", FORMS)
@often(0.5)
@given(data=st.data())
def test_perceptrons_of_fractions_that_no_float_is(form, data):
    """Tenths and thirds: the floats that stand for them, in rational arithmetic.

    Ties are broken there by the rounding of the data, and every one is decided exactly.
    """
    n, d = data.draw(st.integers(2, 4)), data.draw(st.integers(1, 3))
    number = st.sampled_from([x / 10 for x in range(-3, 4)] + [1 / 3, -1 / 3])
    row = st.lists(number, min_size=d, max_size=d)
    samples = data.draw(st.lists(row, min_size=n, max_size=n))
    labels = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=n, max_size=n))
    problem = problem_of(samples, labels, algorithm="perceptron", step=0.3)
    right = exact.perceptron(exact.signed(samples, labels), 1, 100)
    outcome = run_in(form, problem, 100)
    if form is Compiled or not outcome.unclear:
        assert times(outcome) == right
    if form is Compiled:
        assert outcome.unclear == 0


def test_the_perceptron_on_and():
    for form, step in itertools.product(FORMS, [0.1, 1 / 3, 1.0, 7.0]):
        problem = problem_of(BIAS, [-1, -1, -1, 1], algorithm="perceptron", step=step)
        assert times(run_in(form, problem, 100)) == 9
    assert exact.perceptron(exact.signed(BIAS, [-1, -1, -1, 1]), "0.1", 100) == 9


# -- counts that 60 digits give --------------------------------------------------------


def pair(name, dim):
    data = make_spec(dataset=name).problem(dim, 0).data
    return exact.signed(data.samples, data.labels), data


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "dim", "step", "count"),
    [
        ("c1", 64, 0.3, 22),
        ("c2", 64, 0.3, 29),
        ("c1", 256, 0.1, None),
        ("c2", 256, 1.0, None),
        ("c1", 64, 1 / 3, None),
    ],
)
def test_descent_on_two_samples(form, name, dim, step, count):
    z, data = pair(name, dim)
    right = exact.descent(z, step, 1000)
    assert count in (None, right)
    outcome = run_in(form, problem_of(data.samples, data.labels, step=step), 1000)
    assert times(outcome) == right


@pytest.mark.parametrize(("name", "count"), [("c1", 482), ("c2", 652)])
def test_descent_at_a_larger_dim(name, count):
    assert times(make_spec(dataset=name, step="0.3").run(1024, 0)) == count


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("step", [0.1, 0.3, 1.0, 1 / 3, 10.0, 100.0])
@pytest.mark.parametrize("labels", [[-1, -1, -1, 1], [-1, 1, 1, 1]], ids=["and", "or"])
def test_descent_on_and_and_or(form, labels, step):
    right = exact.descent(exact.signed(BIAS, labels), step, 2000)
    assert right is not None
    assert times(run_in(form, problem_of(BIAS, labels, step=step), 2000)) == right


# -- what cannot be separated ----------------------------------------------------------


def _gaussian_combination():
    """Generic numbers with z_1 + z_2 + z_3 + z_4 = 0 exactly: on a grid of 2^-20."""
    rng = np.random.default_rng(5)
    z = np.round(rng.standard_normal((4, 6)) * 2**20) / 2**20
    z[3] = -z[:3].sum(axis=0)
    return z, np.ones(4)


def _far_apart():
    """A conflict that is 2^-40 of the rest: lost in a product with the rest."""
    return [[1.0, 2.0**-40], [1.0, 2.0**-40], [3.0, 1.0]], [1, -1, 1]


INSEPARABLE = {
    "xor": (BIAS, [-1, 1, 1, -1]),
    "zero": ([[0, 0], [1, 2], [2, -1]], [1, 1, -1]),
    "equal": ([[0.1, 0.7, 0.3], [0.1, 0.7, 0.3], [1, 1, 1]], [1, -1, 1]),
    "opposite": ([[0.1, 0.2], [-0.1, -0.2]], [1, 1]),
    "multiple": ([[1 / 3, 0.1], [-2 / 3, -0.2], [0.5, 0.5]], [1, 1, 1]),
    "centre": ([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, -1, -1]], [1, 1, 1, 1]),
    "between": ([[1, 0], [2, 0], [3, 0]], [1, -1, 1]),
    "sum": _gaussian_combination(),
    "far": _far_apart(),
    "large": ([[2.0**40, 1], [2.0**40, 1], [1, 2.0**-40]], [1, -1, 1]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", INSEPARABLE)
@pytest.mark.parametrize("algorithm", BATCH)
@pytest.mark.parametrize("model", [Linear(), Conv(2)], ids=["linear", "conv"])
@pytest.mark.parametrize("zero", [True, False], ids=["zero", "gaussian"])
@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_what_cannot_be_separated_never_is(name, algorithm, model, zero, form):
    samples, labels = INSEPARABLE[name]
    rng = np.random.default_rng(zlib_seed(name))
    size = model.parameters(np.shape(samples)[1])
    for step in (0.1, 1 / 3):
        problem = problem_of(
            samples,
            labels,
            model=model,
            algorithm=algorithm,
            step=step,
            start=np.zeros(size) if zero else rng.standard_normal(size),
        )
        outcome = run_in(form, problem, 100_000 if form in (Compiled, Rows) else 200)
        assert outcome.status != "separated"
        assert outcome.certificate is None


MODELS = {
    "linear": Linear(),
    "conv": Conv(2),
    "diagonal": Diagonal(2, 0.3),
    "diagonal3": Diagonal(3, 1.0),
}
FITTING = [
    (algorithm, model)
    for algorithm, method in METHODS.items()
    for model in MODELS
    if not method.models or MODELS[model].name in method.models
]


@pytest.mark.parametrize("name", some(INSEPARABLE, "xor", "equal", "far"))
@pytest.mark.parametrize(("algorithm", "model"), FITTING)
def test_no_method_separates_them(name, algorithm, model):
    """All methods, in the form that is taken; those with momentum compiled."""
    samples, labels = INSEPARABLE[name]
    method, model = METHODS[algorithm], MODELS[model]
    rng = np.random.default_rng(zlib_seed(name))
    size = model.parameters(np.shape(samples)[1])
    starts = [np.zeros(size)]
    if not method.from_zero:
        starts.append(rng.standard_normal(size))
    data = Dataset(np.asarray(samples, float), np.asarray(labels, float))
    for start, momentum in itertools.product(starts, (None, 0.9)):
        given = {"step": 0.1} if "step" in settings_of(method) else {}
        if "momentum" in settings_of(method) and momentum is not None:
            given["momentum"] = momentum
        elif "momentum" in settings_of(method) and algorithm == "heavy_ball":
            given["momentum"] = 0.5
        problem = Problem(data, model, build(method, given), Logistic(), start)
        form = form_of(problem)
        assert (form is Momentum) == (algorithm in MOMENTUM and model.name in CASES)
        outcome = run(problem, 100_000 if form in (Momentum, Compiled) else 200)
        assert outcome.status != "separated"
        assert outcome.certificate is None


CASES = ("linear", "conv")


@pytest.mark.parametrize("form", [Compiled, Momentum])
@pytest.mark.parametrize("model", [Linear(), Conv(2)], ids=["linear", "conv"])
def test_drift_is_within_its_bound(form, model):
    """Products that were updated by increments, against rational arithmetic."""
    rng = np.random.default_rng(5)
    samples = rng.standard_normal((6, 9))
    samples[0] = -samples[1:].sum(axis=0)  # no end
    drifts = []
    for seed in range(20):
        start = np.random.default_rng(seed).standard_normal(model.parameters(9))
        problem = problem_of(samples, np.ones(6), model=model, step=0.3, start=start)
        if form is Momentum:
            problem = dataclasses.replace(problem, method=METHODS["nag"](0.05))
        state = form.of(problem, 10**6)
        t = int(rng.integers(1, 1024))
        status, _ = state.advance(10**6, np.array([t]))
        assert status is None
        products = state.products.reshape(6, -1)
        margins = (products * state.c).sum(axis=1)
        length = sum(map(abs, state.c.tolist()))
        if form is Momentum:
            error, reach, *_ = state.bounds
            spare = 2.0**-53 * (state.products.size + len(state.c) + 6)
            limits = length * (error + spare * reach) * state.lengths
        else:
            _, roundings, reach, residue = state.bounds
            limits = length * (roundings * reach + residue) * state.lengths
        a = [Fraction(x) for x in coefficients_of(state)]
        for margin, limit, true in zip(
            margins, limits, true_margins(problem, state.c, a), strict=True
        ):
            drift = abs(Fraction(margin) - true)
            drifts.append(float(drift) / limit)
            assert drift <= limit
            assert limit < 1e-6 * (1 + abs(margin))
    assert max(drifts) > 1e-4  # there is one


def coefficients_of(state):
    """The coefficients a_ij as rationals, whatever parts they are kept in."""
    parts = state.coefficients.reshape(3, -1).tolist()
    return [sum(map(Fraction, each)) for each in zip(*parts, strict=True)]


def true_margins(problem, c, a):
    """m_i = sum_j c_j <P^j z_i, v>, v = v_0 + sum a_ij P^j z_i, in rationals."""
    k = len(c) if problem.model.degree == 2 else 0
    z = [list(map(Fraction, row)) for row in problem.z.tolist()]
    v = list(map(Fraction, problem.start[k:].tolist()))
    width, d = max(k, 1), len(v)
    for i, row in enumerate(z):
        for j in range(width):
            for place in range(d):
                v[(place + j) % d] += a[i * width + j] * row[place]
    kernel = [Fraction(x) for x in c] if k else [Fraction(1)]
    return [
        sum(
            kernel[j] * sum(row[p] * v[(p + j) % d] for p in range(d))
            for j in range(width)
        )
        for row in z
    ]


def zlib_seed(name):
    return sum(map(ord, name))


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_xor_by_descent_from_many_starts(form):
    """The signed margins sum to 0 for every w; drifting products said otherwise."""
    for seed in range(10):
        start = np.random.default_rng(seed).standard_normal(3)
        problem = problem_of(BIAS, [-1, 1, 1, -1], step=0.1, start=start)
        outcome = run_in(form, problem, 500 if form in (Direct, Reduced) else 100_000)
        assert outcome.status == "capped"


# -- certificates ----------------------------------------------------------------------


@often(3)
@given(data=st.data())
def test_a_certificate_is_right(data):
    """On parameters near the border, against rational arithmetic."""
    n, d = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 4))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    b = rng.standard_normal((n, d))
    w = rng.standard_normal(d)
    w -= b[0] * (b[0] @ w) / (b[0] @ b[0])  # on the border of the first sample
    w *= data.draw(st.sampled_from([1.0, 1e-200, 1e200]))
    problem = problem_of(b, np.ones(n))
    proof = certificate(problem, w)
    assert bool(proof) == exact.separates(exact.signed(b, np.ones(n)), w)
    if proof and proof.kind == "bound":
        assert proof.ratio > 1


def test_a_close_call_is_decided_exactly():
    problem = problem_of([[0.1, 0.2, 0.3]], [1])
    w = np.array([3.0, 0.0, -1.0])  # 0.1 * 3 > 0.3 as floats, by 2^-54 or so
    proof = certificate(problem, w)
    assert (proof.kind, proof.ratio < 1) == ("exact", True)
    assert certificate(problem, -w) is None


def test_an_end_that_was_none_is_refused(monkeypatch):
    """Where a program believes in an end that is none, the run goes on."""
    real, refused = certificate, []

    def doubtful(problem, w):
        if len(refused) < 3:
            refused.append(w)
            return None
        return real(problem, w)

    monkeypatch.setattr("gdexp.core.course.certificate", doubtful)
    for form, algorithm in itertools.product(FORMS, ("gd", "perceptron")):
        refused.clear()
        spec = make_spec(algorithm=algorithm, start="gaussian")
        problem = spec.problem(64, 1)
        outcome = run_in(form, problem, 1000)
        assert outcome.status == "separated"
        assert outcome.unclear >= 3
        assert len(refused) == 3


def test_a_function_of_the_users_is_computed():
    class Own(Model):
        name, degree = "own", 1

        def f(self, b, w):
            return b @ w

        def df(self, b, w, weights):
            return weights @ b

    data = make_spec().problem(64, 0).data
    problem = make_problem(data, Own(), "gd", 1.0, np.zeros(64))
    outcome = run(problem, 1000)
    assert (outcome.status, outcome.certificate.kind) == ("separated", "computed")


def test_a_model_that_is_not_odd_sees_the_labels():
    """Two equal samples with opposite labels: no model separates them."""

    class Relu(Model):
        name, degree = "relu", 1

        def f(self, b, w):
            return np.maximum(b * w, 0).sum(axis=1)

        def df(self, b, w, weights):
            return weights @ (b * (b * w > 0))

    data = Dataset(np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([1.0, -1.0]))
    outcome = run(make_problem(data, Relu(), "gd", 0.1, np.ones(2)), 1000)
    assert outcome.status == "capped"


def test_float32_ends_in_float64():
    """Of three rows one is the mean of the others: in float32 all seem right.

    Not in whole numbers, where the margin of the one is the mean of the others exactly.
    """
    refused = {np.uint8: 0, np.float64: 0}
    for seed, name, kind in itertools.product(range(3), PERCEPTRONS, refused):
        rng = np.random.default_rng(seed)
        rows = 2 * rng.integers(0, 128, (2, 8))
        samples = np.vstack([rows, rows.sum(axis=0) // 2]).astype(kind)
        data = Dataset(samples, np.array([1.0, 1.0, -1.0]), unit=1 / 255)
        start = rng.standard_normal(10)
        problem = make_problem(data, Conv(2), name, 0.5, start, "float32")
        outcome = run(problem, 30_000)
        assert outcome.status == "capped"
        refused[kind] += outcome.unclear
    assert refused[np.float64] > 0
    if multiplies_bytes():
        assert refused[np.uint8] == 0


# -- lengths that know no end ----------------------------------------------------------


@pytest.mark.parametrize("scale", ["1e-200", "1e200", "1e-300", "1e300"])
@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_the_two_layer_perceptron_knows_no_length(scale, form):
    for seed in range(5):
        counts = [
            times(run_in(form, _conv(start).problem(256, seed), 10_000))
            for start in ("gaussian", f"gaussian:{scale}")
        ]
        assert counts[0] == counts[1] is not None


def _conv(start):
    step, model = "0.25/sqrt(d)", {"model": "conv", "kernel": 2}
    return make_spec(**model, algorithm="perceptron", step=step, start=start)


@pytest.mark.parametrize("scale", ["1e-200", "1e200"])
@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_the_linear_perceptron_knows_start_and_step_together(scale, form):
    for seed in range(5):
        one, other = (
            make_spec(algorithm="perceptron", step=s, start=f"gaussian:{s}")
            for s in ("1", scale)
        )
        first, second = (run_in(form, s.problem(64, seed), 1000) for s in (one, other))
        assert times(first) == times(second) is not None
        ratio = second.trajectory.norm[-1] / first.trajectory.norm[-1]
        assert ratio == pytest.approx(float(scale), rel=1e-12)


# -- one T, whatever the machine -------------------------------------------------------

SCRIPT = """
from gdexp import Spec
for model, algorithm, step in (
    ("linear", "gd", 1), ("linear", "perceptron", 1),
    ("conv", "gd", "0.5/sqrt(d)"), ("conv", "perceptron", "0.25/sqrt(d)"),
):
    for dataset, d, n in (("c1", 256, None), ("c2", 64, None), ("gaussian", 60, 20)):
        spec = Spec(dataset=dataset, model=model, algorithm=algorithm, step=step,
                    kernel=2 if model == "conv" else None, samples=n,
                    start="gaussian", max_iterations=20_000)
        for seed in range(3):
            outcome = spec.run(d, seed)
            print(outcome.iterations, outcome.trajectory.norm.tolist()[-1].hex())
"""


@pytest.mark.slow
def test_one_count_for_every_processor():
    """The same bits with a generic processor's code, no wide vectors and no FMA."""
    told = []
    machines = ({}, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""})
    for machine in machines:
        environment = os.environ | machine
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        told.append(done.stdout)
    assert told[0].count("\n") == 36
    assert told[0] == told[1]
