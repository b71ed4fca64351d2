"""Networks: against NumPy formulas, differences, exact arithmetic and each other."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT, make_config, make_problem, make_spec, often, some

from gdexp.core import autodiff
from gdexp.core.certificate import certificate
from gdexp.core.checkpoint import Checkpoint
from gdexp.core.datasets import Dataset
from gdexp.core.forms import Size
from gdexp.core.forms.autodiff import TOGETHER, Autodiff, lanes
from gdexp.core.forms.compiled import Compiled
from gdexp.core.forms.direct import Direct
from gdexp.core.forms.rows import Rows
from gdexp.core.losses import LOSSES
from gdexp.core.methods import METHODS
from gdexp.core.models import MODELS
from gdexp.core.problem import Problem
from gdexp.core.run import run, run_together
from gdexp.grid.grid import Grid
from gdexp.util.errors import ConfigError
from gdexp.work.jobs import run_job

TWO = {"dataset": "gaussian", "model": "two_layer", "start": None}
# no bit of b = x1 x2 can be seen by a linear function
XOR = Dataset(
    np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]),
    np.array([1.0, 1.0, -1.0, -1.0]),
)


def example():
    path = ROOT / "docs" / "examples" / "network.py"
    spec = importlib.util.spec_from_file_location("example_network", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Gated


def by_hand(name, h):
    """Activation and slope, written down once more."""
    return {
        "relu": (np.maximum(h, 0), np.heaviside(h, 0)),
        "leaky_relu": (np.maximum(h, h / 100), np.where(h > 0, 1, 0.01)),
        "quadratic": (h**2, 2 * h),
        "linear": (h, np.ones_like(h)),
    }[name]


@pytest.mark.parametrize("trained", ["both", "inner"])
@pytest.mark.parametrize("scale", ["standard", "1/sqrt(width)", "1/width"])
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "quadratic", "linear"])
def test_two_layer_by_its_formulas(name, scale, trained):
    """In NumPy and in JAX."""
    n, m, d = 5, 6, 4
    model = MODELS["two_layer"](m, name, trained, scale)
    rng = np.random.default_rng(1)
    b, s = rng.standard_normal((n, d)), rng.standard_normal(n)
    w = model.start(d, "", rng)
    big = w[: m * d].reshape(m, d)
    a = w[m * d :] if trained == "both" else np.array([1, -1, 1, -1, 1, -1])
    assert len(w) == model.parameters(d) == m * d + (m if trained == "both" else 0)
    factor = {"standard": 1, "1/sqrt(width)": 6**-0.5, "1/width": 1 / 6}[scale]
    phi, rise = by_hand(name, b @ big.T)
    f = factor * phi @ a
    gradient = [factor * ((s[:, None] * rise * a).T @ b).ravel()]
    if trained == "both":
        gradient.append(factor * s @ phi)
    for found in (model.f(b, w), autodiff.load().jit(model.outputs)(w, b)):
        np.testing.assert_allclose(found, f, rtol=1e-12, atol=1e-13)
    by_jax = super(MODELS["two_layer"], model).df
    for df in (model.df, by_jax):
        found = df(b, w, s)
        np.testing.assert_allclose(found, np.concatenate(gradient), atol=1e-12)


@pytest.mark.parametrize("balanced", [False, True])
def test_deep_linear_by_its_formula(balanced):
    model = MODELS["deep_linear"](3, 4, balanced)
    rng = np.random.default_rng(2)
    b, w = rng.standard_normal((5, 6)), model.start(6, "", rng)
    parts = model.split(w, 6)
    v = parts["W1"] @ parts["W2"] @ parts["W3"]
    np.testing.assert_allclose(model.f(b, w), b @ v, atol=1e-13)
    np.testing.assert_allclose(model.outputs(w, b), b @ v, atol=1e-13)
    if balanced:
        one, two, three = parts.values()
        np.testing.assert_allclose(one.T @ one, two @ two.T, atol=1e-14)
        np.testing.assert_allclose(two.T @ two, np.outer(three, three), atol=1e-14)


def test_the_gradient_of_random_features_is_that_of_the_outer_layer():
    model, rng = MODELS["random_features"](5), np.random.default_rng(3)
    b, s = rng.standard_normal((4, 3)), rng.standard_normal(4)
    w = model.start(3, "", rng) + np.r_[rng.standard_normal(5), np.zeros(20)]
    features = np.eye(25)[:5]
    rows = [model.f(b, np.r_[e[:5], w[5:]]) for e in features]
    np.testing.assert_allclose(model.df(b, w, s)[:5], rows @ s, atol=1e-12)
    assert not model.df(b, w, s)[5:].any()
    spec = make_spec(**TWO | {"model": "random_features"}, samples=6, step=0.5)
    problem = spec.problem(8, 1)
    assert problem.first_tie == 0.5  # it starts at a = 0
    state = Autodiff.of(problem)
    state.advance(50, np.array([0, 50]))
    np.testing.assert_array_equal(state.iterate()[64:], problem.start[64:])
    assert state.iterate()[:64].any()


def test_the_gradient_of_ones_own_is_that_of_the_function():
    model, rng = example()(3), np.random.default_rng(3)
    b, weights = rng.standard_normal((4, 5)), rng.standard_normal(4)
    w, h = model.start(5, "", rng), 1e-6
    numeric = [
        weights @ (model.f(b, w + h * e) - model.f(b, w - h * e)) / (2 * h)
        for e in np.eye(len(w))
    ]
    np.testing.assert_allclose(model.df(b, w, weights), numeric, rtol=1e-7, atol=1e-7)


numbers = st.integers(-(2**12), 2**12).map(lambda x: x / 64)


@often(0.4)
@given(data=st.data())
def test_margins_are_within_their_limits(data):
    name = data.draw(st.sampled_from(["two_layer", "deep_linear"]))
    if name == "two_layer":
        activations = ["relu", "leaky_relu", "quadratic", "linear"]
        activation = data.draw(st.sampled_from(activations))
        trained = data.draw(st.sampled_from(["both", "inner"]))
        scale = data.draw(st.sampled_from(["standard", "1/sqrt(width)", "1/width"]))
        model = MODELS[name](3, activation, trained, scale)
    else:
        model = MODELS[name](data.draw(st.integers(1, 4)), 2)
    d = data.draw(st.integers(1, 5))
    p = model.parameters(d)
    spread = 10.0 ** data.draw(st.integers(-8, 8))
    w = spread * np.array(data.draw(st.lists(numbers, min_size=p, max_size=p))) / 3
    b = np.array(data.draw(st.lists(numbers, min_size=2 * d, max_size=2 * d))) / 7
    b = b.reshape(2, d)
    limits = model.limits(np.linalg.norm(b, axis=1) * (1 + 1e-14), w)
    for exact, found, limit in zip(
        model.exact(b, w), model.f(b, w), limits, strict=True
    ):
        assert abs(exact - Fraction(found.item())) <= Fraction(limit.item())


TRACEABLE = sorted(
    name
    for name, method in METHODS.items()
    if not method.models and (method.traceable is True or name == "sgd")
)


def drawn(model, method, loss, seed, n=4, d=6):
    rng = np.random.default_rng(seed)
    data = Dataset(rng.standard_normal((n, d)), rng.choice([-1.0, 1.0], n))
    return Problem(data, model, method, loss, model.start(d, "", rng))


@pytest.mark.parametrize("name", some(TRACEABLE, "gd", "sgd", "adam"))
def test_both_forms_agree(name):
    """Iterates to 1e-9 over 200 steps, and what is counted."""
    for loss in ("logistic", "huber") if name in ("gd", "nag") else ("logistic",):
        model = MODELS["two_layer"](5)
        method = METHODS[name](0.02)
        problem = drawn(model, method, LOSSES[loss](), 5)
        problem = replace(problem, stop="cap")
        direct, traced = Direct.of(problem), Autodiff.of(problem)
        for state in (direct, traced):
            state.go_on()
        times = np.arange(0, 201, 8)
        (_, rows), (_, other) = (s.advance(200, times) for s in (direct, traced))
        np.testing.assert_allclose(traced.iterate(), direct.iterate(), atol=1e-9)
        np.testing.assert_allclose(other, rows, atol=1e-9)
        assert traced.sample_gradients == direct.sample_gradients > 0


CASES = [
    ({"width": 6}, {}),
    ({"width": 6, "activation": "gelu"}, {"algorithm": "nag", "step": 0.05}),
    ({"width": 6, "trained": "inner", "scale": "1/sqrt(width)"}, {"step": 1}),
    ({"width": 6}, {"algorithm": "perceptron", "step": 0.1}),
    ({"width": 6, "trained": "inner"}, {"algorithm": "perceptron"}),
    ({"model": "deep_linear", "width": 3}, {"algorithm": "heavy_ball", "step": 0.01}),
    ({"model": "mlp", "width": 8}, {"algorithm": "adam", "step": 0.003}),
    ({"model": "random_features"}, {"algorithm": "normalized_gd", "step": 0.3}),
]


def ends(outcomes):
    return [(end.status, end.iterations, end.sample_gradients) for end in outcomes]


@pytest.mark.parametrize("case", some(range(len(CASES)), 0, 3, 6))
def test_seeds_together_one_at_a_time_and_directly(case):
    model, method = CASES[case]
    spec = make_spec(**TWO | {"samples": 8, "step": 0.1} | model | method)
    spec = spec.but(max_iterations=400)
    seeds = range(9)
    alone = [spec.run(10, seed) for seed in seeds]
    together = dict(spec.runs(10, dict.fromkeys(seeds)))
    direct = [spec.but(form="direct").run(10, seed) for seed in seeds[:3]]
    assert ends(alone) == ends(together[seed] for seed in seeds)
    assert ends(alone[:3]) == ends(direct)
    assert len(set(ends(alone))) > 2
    for one, other in [
        *((alone[seed], together[seed]) for seed in seeds),
        *zip(alone, direct, strict=False),
    ]:
        for name in ("iteration", "loss", "min_margin", "norm"):
            mine, theirs = (getattr(x.trajectory, name) for x in (one, other))
            np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-9)
        assert (one.certificate is None) == (other.certificate is None)


def test_a_perceptron_that_grows_is_shortened():
    """Both layers grow without end: the numbers do not."""
    spec = make_spec(**TWO, samples=4, algorithm="perceptron", step=2, stop="cap")
    problem = spec.problem(6, 0)
    assert problem.scale_free
    wrong = replace(problem, data=Dataset(XOR.samples, -np.ones(4)))
    wrong = replace(wrong, model=MODELS["two_layer"](4, "quadratic"))
    wrong = replace(wrong, start=np.ones(12))
    assert not wrong.scale_free  # of degree 3
    linear = MODELS["two_layer"](2, "linear")
    grows = replace(wrong, model=linear, start=np.array([1.0, 1, 1, 1, 1, 1]))
    grows = replace(grows, data=Dataset(XOR.samples, XOR.labels))
    direct, traced = Direct.of(grows), Autodiff.of(grows)
    times = np.arange(0, 3001, 100)
    (_, rows), (_, other) = (s.advance(3000, times) for s in (direct, traced))
    np.testing.assert_allclose(rows, other, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("form", ["autodiff", "direct"])
def test_no_linear_network_separates_xor(form):
    for activation in ("linear", "relu"):
        counts = []
        for seed in range(6):
            model = MODELS["two_layer"](8, activation)
            start = model.start(2, "", np.random.default_rng(seed))
            problem = make_problem(XOR, model, "gd", 0.5, start)
            counts.append(run(problem, 600, form=form))
        if activation == "linear":
            assert {end.status for end in counts} == {"capped"}
        else:
            separated = [end for end in counts if end.status == "separated"]
            assert len(separated) > 3
            assert {end.certificate.kind for end in separated} == {"bound"}


def test_what_a_certificate_says():
    model = MODELS["two_layer"](2, "relu", "inner")  # a = (1, -1)
    problem = make_problem(XOR, model, "gd", 1, np.zeros(4))
    assert certificate(problem, np.zeros(4)) is None
    data = Dataset(np.array([[1.0, 1e-17]]), np.ones(1))
    problem = replace(problem, data=data)
    # the margin is 1e-17, of a sum of two that are near to one
    tiny = certificate(problem, np.array([1.0, 1.0, 1.0, 0.0]))
    assert tiny.kind == "exact"
    assert certificate(problem, np.array([1.0, 0.0, 1.0, 1.0])) is None
    gelu = replace(problem, model=MODELS["two_layer"](2, "gelu", "inner"))
    assert certificate(gelu, np.array([1.0, 1.0, -1.0, 0.0])).kind == "computed"


def test_float32_if_told():
    spec = make_spec(**TWO, samples=8, step=0.1, precision="float32")
    state = Autodiff.of(spec.problem(10, 0))
    assert state.dump()["w"].dtype == np.float32
    for algorithm in ("gd", "nag", "adam"):
        single = spec.but(algorithm=algorithm, step=0.01).run(10, 0)
        double = spec.but(algorithm=algorithm, step=0.01, precision="float64")
        double = double.run(10, 0)
        assert single.certificate.kind == double.certificate.kind == "bound"
        assert single.iterations == pytest.approx(double.iterations, abs=2)


def test_an_end_that_is_refused(monkeypatch):
    """A run goes on where the certificate fails, also a perceptron."""
    refused = []

    def doubtful(problem, w):
        refused.append(w)
        return certificate(problem, w) if len(refused) > 3 else None

    monkeypatch.setattr("gdexp.core.course.certificate", doubtful)
    for algorithm in ("gd", "perceptron"):
        refused.clear()
        spec = make_spec(**TWO, samples=8, step=0.1, algorithm=algorithm)
        outcome = spec.run(10, 0)
        assert outcome.status == "separated"
        assert outcome.unclear == 3
        assert len({w.tobytes() for w in refused}) == 4
        assert (np.diff(outcome.trajectory.iteration) > 0).all()


def test_a_run_goes_on_to_its_cap_and_to_a_loss_of_zero():
    spec = make_spec(**TWO, samples=8, step=0.1, max_iterations=300)
    first = spec.run(10, 0).iterations
    outcome = spec.but(stop="cap").run(10, 0)
    assert (outcome.iterations, outcome.updates) == (first, 300)
    huber = spec.but(loss="huber", stop="zero_loss", max_iterations=5000, step=2)
    outcome = huber.run(10, 0)
    assert outcome.trajectory.loss[-1] == 0
    assert outcome.iterations < outcome.updates < 5000


def test_a_run_that_diverges():
    spec = make_spec(**TWO, samples=8, step=1e9, loss="square", activation="quadratic")
    outcome = spec.run(10, 0)
    assert outcome.status == spec.but(form="direct").run(10, 0).status == "diverged"


class KilledError(Exception):
    pass


@pytest.mark.parametrize("together", [False, True])
def test_a_killed_run_goes_on_to_the_same_bits(together, tmp_path, monkeypatch):
    monkeypatch.setattr(Autodiff, "stride", 7)
    spec = make_spec(**TWO, samples=8, step=0.002, algorithm="nag", width=4)

    def problems():
        return [spec.problem(10, seed) for seed in (range(3) if together else [2])]

    def outcomes(kill_at=10**9):
        def progress(iteration, wrong):
            if iteration >= kill_at:
                raise KilledError

        kept = [Checkpoint(tmp_path / f"{i}.npz", "one", progress) for i in range(3)]
        if together:
            found = run_together(problems(), 1000, checkpoints=kept)
            return [end for _, end in sorted(found, key=lambda each: each[0])]
        return [run(problem, 1000, checkpoint=kept[0]) for problem in problems()]

    whole = outcomes()
    assert max(end.iterations for end in whole) > 30
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(KilledError):
        outcomes(kill_at=21)
    rest = outcomes()
    assert ends(rest) == ends(whole)
    for one, other in zip(rest, whole, strict=True):
        np.testing.assert_array_equal(one.trajectory.loss, other.trajectory.loss)
        np.testing.assert_array_equal(one.trajectory.norm, other.trajectory.norm)


def test_a_job_records_each_seed_and_what_computed_it(tmp_path):
    entry = {"model": "two_layer", "width": 4, "algorithm": "gd", "step": 0.1}
    lines = {}
    for size in (1, 5):
        config = make_config(results=str(tmp_path / str(size)), cells_per_job=size)
        config["experiments"]["tiny"] |= {
            **{"dataset": "gaussian", "samples": 8, "dims": [10], "seeds": 5},
            **{"models": {"net": entry, "linear": entry | {"model": "linear"}}},
        }
        del config["experiments"]["tiny"]["models"]["linear"]["width"]
        grid = Grid.of(config)
        for job in grid.jobs():
            output = tmp_path / str(size) / job.path
            run_job(grid, job, output)
            for line in output.read_text().splitlines():
                record = json.loads(line)
                lines[size, record["key"]] = record
    for (size, key), record in lines.items():
        other = lines[1, key]["outcome"]
        assert record["outcome"]["iterations"] == other["iterations"]
        of_jax = {"jax", "device"} <= record["made_by"].keys()
        assert of_jax == ("/net/" in key), size


def test_how_many_run_together():
    assert lanes(500, 200) == 200
    assert lanes(500, 10_000) == 256
    if autodiff.engine()["device"] == "cpu":
        assert lanes(TOGETHER + 1, 200) == 1


def test_the_form_follows_from_the_spec():
    def form(model, **changes):
        spec = make_spec(**TWO | {"model": model, "samples": 8} | changes)
        return spec.size(10).cheapest()[1]

    assert form("two_layer") is Autodiff
    assert form("two_layer", algorithm="sgd") is Autodiff
    assert form("two_layer", algorithm="sgd", order="random") is Direct
    assert form("two_layer", algorithm="online_perceptron", step=None) is Direct
    with pytest.raises(ConfigError, match="form 'autodiff' does not fit"):
        make_spec(model="diagonal", start=None, form="autodiff").check(16)
    gd, logistic = METHODS["gd"](1.0), LOSSES["logistic"]()
    small, large = (
        Size(MODELS["two_layer"](width), gd, logistic, 20, 256) for width in (16, 64)
    )
    assert small.autodiff() < large.autodiff() < large.direct()


@pytest.mark.parametrize(
    ("model", "algorithm"),
    [
        ("linear", "gd"),
        ("conv", "perceptron"),
        *(
            pytest.param(model, algorithm, marks=pytest.mark.slow)
            for model, algorithm in (
                ("linear", "perceptron"),
                ("linear", "nag"),
                ("conv", "gd"),
                ("conv", "nag"),
            )
        ),
    ],
)
def test_formulas_of_the_paper_by_automatic_differentiation(model, algorithm):
    """As images on a GPU are run; here in float64, against the direct form."""
    spec = make_spec(
        dataset="gaussian",
        samples=12,
        model=model,
        kernel=3 if model == "conv" else None,
        algorithm=algorithm,
        step=0.01,
        start="gaussian",
    )
    problem = spec.problem(20, 0)
    times = np.arange(201)
    direct, traced = Direct.of(problem), Autodiff.of(problem)
    for state in (direct, traced):
        state.go_on()
    (_, rows), (_, other) = (s.advance(200, times) for s in (direct, traced))
    np.testing.assert_allclose(traced.iterate(), direct.iterate(), rtol=0, atol=1e-9)
    np.testing.assert_allclose(other, rows, rtol=1e-9, atol=1e-9)
    # fewer samples: some steps to a separator, and none of a chaotic run
    few = spec.but(samples=4, step=0.1)
    ends = [few.but(form=form).run(20, 0) for form in ("autodiff", "direct")]
    assert {end.status for end in ends} == {"separated"}
    assert len({end.iterations for end in ends}) == 1
    assert ends[0].engine == autodiff.engine()
    assert ends[0].certificate.kind == "bound"
    assert ends[1].engine == {}


def test_images_are_run_by_jax_where_there_is_a_gpu(monkeypatch):
    def form(stored, n):
        gd, logistic = METHODS["gd"](1.0), LOSSES["logistic"]()
        return Size(MODELS["conv"](2), gd, logistic, n, 3072, stored).cheapest()[1]

    assert autodiff.gpu() == (autodiff.engine()["device"] != "cpu")
    for there in (False, True):
        monkeypatch.setattr("gdexp.core.forms.gpu", lambda there=there: there)
        assert form(True, 5000) is (Autodiff if there else Rows)
        assert form(False, 10) is Compiled
        assert form(False, 5000) is Rows


def test_methods_that_cannot_be_traced_run_directly():
    drawn = {"samples": 8, "algorithm": "sgd", "order": "random", "step": 0.1}
    outcomes = {
        model: make_spec(**TWO | {"model": model} | drawn).run(10, 0)
        for model in ("two_layer", "mlp")
    }
    assert {end.status for end in outcomes.values()} == {"separated"}
    assert "jax" not in outcomes["two_layer"].engine
    assert "jax" in outcomes["mlp"].engine


NO_JAX = """
import sys
{before}
from gdexp.cli.main import main
from gdexp.grid.grid import Grid
from gdexp.grid import cost
from gdexp import Spec
main(["list"])
net = dict(model="two_layer", algorithm="gd", step=0.1)
config = dict(experiments=dict(one=dict(dataset="gaussian", samples=4, dims=[8],
    seeds=2, max_iterations=10, models=dict(net=net))))
for job in Grid.of(config).jobs():
    spec = Grid.of(config).experiments["one"].specs["net"]
    cost.minutes(spec, 8, 2), spec.code
for model in (dict(model="linear"), dict(model="conv", kernel=2)):
    Spec(dataset="c1", algorithm="gd", step=0.01, max_iterations=50, start="gaussian",
         **model).run(16, 0)
assert "jax" not in sys.modules or sys.modules["jax"] is None
{after}
"""


def test_nothing_else_loads_jax():
    subprocess.run(
        [sys.executable, "-c", NO_JAX.format(before="", after="")],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def test_without_jax_one_line_says_what_to_do():
    words = "run --dataset gaussian --samples 4 --model mlp --algorithm gd --step 1"
    code = NO_JAX.format(
        before='sys.modules["jax"] = None',
        after=f"sys.exit(main({[*words.split(), '--dim', '8']}))",
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "gdexp: networks are computed by JAX, which is not installed;"
        " pip install 'gdexp[autodiff]'\n"
    )
