"""What is recorded besides alters nothing, and says what it should."""

import numpy as np
import pytest
from support import make_config, make_spec

from gdexp.core.checkpoint import Checkpoint
from gdexp.core.forms.direct import iterates
from gdexp.core.losses import LOSSES
from gdexp.core.models import MODELS, Model
from gdexp.core.observables import OBSERVABLES, Observable
from gdexp.core.run import run
from gdexp.grid.cells import Cell
from gdexp.grid.grid import Grid
from gdexp.records.record import Record
from gdexp.records.tables import trajectories_table
from gdexp.util.errors import ConfigError, MemberError

CONV = {"model": "conv", "kernel": 2, "start": "gaussian", "step": "0.1/sqrt(d)"}
TRAINING = sorted(name for name in OBSERVABLES if name != "test_error")


def observed(spec, dim, name):
    return spec.but(observe=[name]).run(dim, 0).trajectory.observed[name]


@pytest.mark.parametrize(
    "changes",
    [
        CONV,
        CONV | {"algorithm": "perceptron"},
        CONV | {"algorithm": "nag"},
        CONV | {"algorithm": "nag", "form": "direct"},
        {"algorithm": "adam", "step": 0.1},
        {"algorithm": "heavy_ball", "momentum": 0.9, "stop": "cap"},
        {"dataset": "gaussian", "samples": 30, "form": "rows"},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", TRAINING)
def test_a_run_does_not_know_that_it_is_observed(changes, name):
    spec = make_spec(max_iterations=500, **changes)
    alone, seen = spec.run(20, 3), spec.but(observe=[name]).run(20, 3)
    assert (alone.status, alone.iterations) == (seen.status, seen.iterations)
    assert alone.certificate == seen.certificate
    for key in ("iteration", "loss", "misclassified", "min_margin", "norm"):
        one, other = (getattr(each.trajectory, key) for each in (alone, seen))
        np.testing.assert_array_equal(one, other)
    series = seen.trajectory.observed[name]
    assert len(series) == len(seen.trajectory.iteration)
    assert np.isfinite(series[1:]).all()


def gradient_of(problem, w):
    """The gradient of the loss of a run by central differences."""
    data, model, loss = problem.data, problem.model, problem.loss

    def risk(w):
        return loss.value(model.margins(data.b, data.labels, w)).mean()

    h = 1e-5
    steps = h * np.eye(len(w))
    return np.array([(risk(w + e) - risk(w - e)) / (2 * h) for e in steps])


MORE = {"conv": {"kernel": 2}, "deep_conv": {"kernel": 2}, "diagonal": {"depth": 3}}


@pytest.mark.parametrize("model", ["linear", "conv", "deep_conv", "diagonal"])
@pytest.mark.parametrize("loss", sorted(set(LOSSES) - {"perceptron"}))
def test_sharpness_and_gradient_against_finite_differences(model, loss):
    start = "gaussian" if not MODELS[model].draws else None
    spec = make_spec(
        **{"dataset": "gaussian", "samples": 4, "model": model, "loss": loss},
        **{"start": start, "step": 0.01, "max_iterations": 3, "stop": "cap"},
        **MORE.get(model, {}),
    )
    problem = spec.problem(5, 1)
    w = problem.start + 0.1 * np.random.default_rng(0).standard_normal(
        problem.start.shape
    )
    memory = np.zeros(0)
    found = OBSERVABLES["gradient_norm"]().value(problem, w, 0, memory)
    expected = float(np.linalg.norm(gradient_of(problem, w)))
    assert found == pytest.approx(expected, rel=1e-6)
    h = 1e-4
    hessian = np.array(
        [
            (gradient_of(problem, w + e) - gradient_of(problem, w - e)) / (2 * h)
            for e in h * np.eye(len(w))
        ]
    )
    expected = np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1]
    found = OBSERVABLES["sharpness"]().value(problem, w, 0, memory)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("d", [16, 64, 513, 4096])
def test_sharpness_of_c1_at_zero(d):
    """Both ways to find the eigenvalue, on both sides of 512 parameters."""
    expected = ((d + 1) + np.sqrt(4 + (d - 1) ** 2)) / 8
    found = observed(make_spec(max_iterations=1), d, "sharpness")[0]
    assert found == pytest.approx(expected, rel=1e-12)


def test_both_ways_to_the_sharpness_agree(monkeypatch):
    spec = make_spec(**CONV, max_iterations=50)
    dense = observed(spec, 100, "sharpness")
    monkeypatch.setattr("gdexp.core.observables.sharpness.DENSE", 0)
    np.testing.assert_allclose(observed(spec, 100, "sharpness"), dense, rtol=1e-9)


@pytest.mark.parametrize("form", [None, "direct", "rows"])
@pytest.mark.parametrize("start", ["gaussian:1e-100", "gaussian:3", "gaussian:1e100"])
def test_observed_in_true_units_whatever_those_of_the_run(start, form):
    """A perceptron runs in units of its own."""
    spec = make_spec(
        **CONV | {"start": start, "step": 0.25},
        algorithm="perceptron",
        form=form,
        max_iterations=20,
        stop="cap",
        full_trajectory=True,
    )
    scale = spec.problem(20, 0).start.max()
    norms = observed(spec, 20, "gradient_norm") / scale
    other = spec.but(start="gaussian")
    unit = other.problem(20, 0).start.max()
    expected = observed(other, 20, "gradient_norm") / unit
    np.testing.assert_allclose(norms, expected, rtol=1e-12)


@pytest.mark.parametrize("algorithm", ["gd", "perceptron", "nag", "normalized_gd"])
@pytest.mark.parametrize(
    "changes",
    [
        {"dataset": "c1"},
        {"dataset": "two_point", "model": "linear", "start": "gaussian", "step": 1},
        {"dataset": "gaussian", "samples": 7, "kernel": 3, "start": "gaussian:1e100"},
        {"dataset": "gaussian", "samples": 30, "step": 0.01},  # more samples than d
    ],
    ids=str,
)
def test_reduced_coordinates_give_the_numbers_of_the_parameters(algorithm, changes):
    """As from the explicit Hessian and gradient of the direct form, at any d."""
    changes = CONV | changes
    if changes["model"] == "linear":
        changes = changes | {"kernel": None}
    if algorithm != "perceptron":
        changes["start"] = "gaussian"
    names = ["sharpness", "gradient_norm", "normalized_margin"]
    spec = make_spec(
        **changes, algorithm=algorithm, max_iterations=30, stop="cap", observe=names
    )
    fast, slow = (
        each.run(13, 0).trajectory for each in (spec, spec.but(form="direct"))
    )
    np.testing.assert_array_equal(fast.iteration, slow.iteration)
    for name in names:
        one, other = fast.observed[name], slow.observed[name]
        scale = np.nanmax(np.abs(other)) or 1.0
        np.testing.assert_allclose(one / scale, other / scale, atol=1e-9)


class Nameless(Model):
    name = "nameless"


def test_normalized_margin():
    spec = make_spec(max_iterations=40)
    seen = spec.but(observe=["normalized_margin"]).run(16, 0).trajectory
    expected = seen.min_margin[1:] / seen.norm[1:]
    np.testing.assert_allclose(seen.observed["normalized_margin"][1:], expected)
    assert np.isnan(seen.observed["normalized_margin"][0])  # 0 / 0
    with pytest.raises(ConfigError, match="not homogeneous"):
        OBSERVABLES["normalized_margin"]().check(Nameless(), 0)


def test_averaged_risk_is_that_of_the_mean_of_all_iterates():
    spec = make_spec(**CONV, max_iterations=300)
    seen = spec.but(observe=["averaged_risk"]).run(32, 0).trajectory
    problem = spec.problem(32, 0)
    total, risks = 0.0, []
    for t, each in zip(range(seen.iteration[-1] + 1), iterates(problem), strict=False):
        total = total + each.w
        mean = total / (t + 1)
        margins = problem.model.margins(problem.data.b, problem.data.labels, mean)
        risks.append(problem.loss.value(margins).mean())
    expected = np.array(risks)[seen.iteration]
    np.testing.assert_allclose(seen.observed["averaged_risk"], expected, rtol=1e-9)


def test_averaged_risk_is_below_the_bound():
    """exp(-step (gamma^2 (t + 1) - 1) / 2), samples at most of length 1."""
    spec = make_spec(
        **{"dataset": "two_point", "algorithm": "risk_adaptive", "step": 20},
        **{"stop": "cap", "max_iterations": 200},
    )
    problem = spec.problem(8, 0)
    longest = np.linalg.norm(problem.z, axis=1).max()
    z = problem.z / longest
    # the margin of two points: that of the mean direction, they are opposite enough
    gram = z @ z.T
    shares = np.linalg.solve(gram, np.ones(2))
    gamma = 1 / np.sqrt(shares.sum())
    seen = spec.but(observe=["averaged_risk"], step=20 / longest**2).run(8, 0)
    t = seen.trajectory.iteration
    bound = np.exp(-20 * (gamma**2 * (t + 1) - 1) / 2)
    assert (seen.trajectory.observed["averaged_risk"] <= bound * (1 + 1e-9)).all()
    assert bound[-1] < 0.01


class KilledError(Exception):
    pass


def test_a_memory_sees_no_iterate_twice(tmp_path, monkeypatch):
    """Also where a run was kept between two iterations that are recorded."""
    monkeypatch.setattr("gdexp.core.forms.compiled.Compiled.stride", 500)
    spec = make_spec(step=1e-4, start="gaussian", max_iterations=3000)
    seen = [OBSERVABLES["averaged_risk"]()]
    whole = run(spec.problem(64, 0), 3000, observe=seen)

    def kill(iteration, wrong):
        if iteration >= 2500:
            raise KilledError

    path = tmp_path / "run.npz"
    checkpoint = Checkpoint(path, "one", kill)
    with pytest.raises(KilledError):
        run(spec.problem(64, 0), 3000, observe=seen, checkpoint=checkpoint)
    assert 2500 not in whole.trajectory.iteration
    kept = []
    checkpoint = Checkpoint(path, "one", lambda t, wrong: kept.append(t))
    rest = run(spec.problem(64, 0), 3000, observe=seen, checkpoint=checkpoint)
    assert kept == []  # none again, and 3000 is the end
    one, other = (each.trajectory.observed["averaged_risk"] for each in (whole, rest))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kill_at", [7, 21])
def test_memories_are_part_of_a_checkpoint(tmp_path, monkeypatch, kill_at):
    monkeypatch.setattr("gdexp.core.forms.compiled.Compiled.stride", 7)
    spec = make_spec(**CONV, max_iterations=1000)
    seen = [OBSERVABLES[name]() for name in ("averaged_risk", "sharpness")]
    whole = run(spec.problem(64, 0), 1000, observe=seen)
    assert whole.iterations > kill_at

    def kill(iteration, wrong):
        if iteration >= kill_at:
            raise KilledError

    path = tmp_path / "run.npz"
    with pytest.raises(KilledError):
        run(
            spec.problem(64, 0),
            1000,
            observe=seen,
            checkpoint=Checkpoint(path, "one", kill),
        )
    rest = run(
        spec.problem(64, 0), 1000, observe=seen, checkpoint=Checkpoint(path, "one")
    )
    assert rest.iterations == whole.iterations
    for name, series in whole.trajectory.observed.items():
        np.testing.assert_array_equal(series, rest.trajectory.observed[name])


@pytest.mark.parametrize(
    "odd",
    [
        lambda norms: np.column_stack([norms, norms]),
        lambda norms: np.zeros((len(norms), 0)),
        lambda norms: norms[:, None],
        lambda norms: norms.astype(complex),
        lambda norms: list(norms),
        lambda norms: 1.0,
    ],
)
def test_numbers_along_a_run_are_one_for_each_iterate(odd):
    class Odd(Observable):
        name, spans = "odd", True

        def along(self, problem, span):
            return odd(span.norms)

    with pytest.raises(MemberError, match=r"'odd' has returned numbers .*; allowed"):
        run(make_spec().problem(16, 0), 50, observe=[Odd()])


@pytest.mark.parametrize(
    "odd", [np.array([None]), np.ma.array([1.0, 2.0], mask=[True, False]), [1.0]]
)
def test_a_memory_that_could_not_be_put_back_is_refused(odd):
    class Odd(Observable):
        name = "odd"

        def begin(self, problem):
            return odd

    with pytest.raises(MemberError, match=r"'odd' has a memory of type .*; allowed"):
        run(make_spec().problem(16, 0), 50, observe=[Odd()])


def test_records_and_tables_have_what_an_entry_observes():
    config = make_config()
    models = config["experiments"]["tiny"]["models"]
    models["linear-gd"]["observe"] = ["sharpness", "gradient_norm"]
    grid = Grid.of(config)
    assert list(grid.experiments["tiny"].specs) == list(models)
    records = []
    for name in models:
        cell = grid.experiments["tiny"].cell(name, 16, 0)
        records.append(Record.of(cell, cell.spec.run(16, 0)))
    table = trajectories_table(records)
    own = table[table["model"] == "linear-gd"]
    assert own[["sharpness", "gradient_norm"]].notna().all(axis=None)
    assert table.loc[table["model"] != "linear-gd", "sharpness"].isna().all()
    assert records[0].cell["observe"] == "sharpness gradient_norm"


def test_the_test_error_is_that_of_samples_of_their_own():
    spec = make_spec(
        **{"dataset": "gaussian", "samples": 20, "start": "gaussian", "step": 0.1},
        **{"max_iterations": 200, "stop": "cap", "test_samples": 300},
    )
    seen = spec.but(observe=["test_error"]).run(10, 3).trajectory
    problem = spec.problem(10, 3)
    data = problem.data
    assert data.test_samples.shape == (300, 10)
    expected = []
    for t, each in zip(range(201), iterates(problem), strict=False):
        if t in seen.iteration:
            signed = data.test_labels * (data.test_samples @ each.w)
            expected.append(np.mean(signed <= 0))
    np.testing.assert_array_equal(seen.observed["test_error"], expected)
    assert len(set(expected)) > 2
    with pytest.raises(ConfigError, match="set test_samples"):
        spec.but(observe=["test_error"], test_samples=None).check(10)


def test_what_is_observed_is_part_of_what_is_run():
    spec = make_spec(observe="sharpness")
    assert spec.observe == ("sharpness",)
    assert spec.code != make_spec().code
    cell = Cell(experiment="e", name="n", spec=spec, dim=16, seed=0)
    assert cell.parameters()["observe"] == "sharpness"
    with pytest.raises(ConfigError, match=r"observe 'sharpnes'.*sharpness"):
        make_spec(observe=["sharpnes"]).check(16)
