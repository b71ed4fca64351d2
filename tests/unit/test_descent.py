"""The reduced form is the direct form; outcomes, trajectories, extremes."""

import dataclasses
import itertools
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support import BATCH, make_problem, make_spec, often, run_in

from gdexp.core.datasets import Dataset
from gdexp.core.forms import _row_loop, direct, form_of
from gdexp.core.forms.compiled import Compiled
from gdexp.core.forms.coordinates import Reduced
from gdexp.core.forms.direct import Direct
from gdexp.core.forms.rows import Rows
from gdexp.core.models.conv import Conv
from gdexp.core.models.linear import Linear
from gdexp.core.outcome import MAX_POINTS
from gdexp.core.run import run

FAST = [Reduced, Compiled, Rows]
FORMS = [Direct, *FAST]
ITERATIONS = 40


def problem_of(z, model, algorithm, step, start):
    return make_problem(Dataset(z, np.ones(len(z))), model, algorithm, step, start)


@st.composite
def problems(draw):
    n, d = draw(st.integers(2, 6)), draw(st.integers(2, 12))
    kernel = draw(st.integers(0, min(3, d)))
    model = Conv(kernel) if kernel else Linear()
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    start = draw(st.sampled_from([0.0, 0.01, 1.0, 100.0]))
    return problem_of(
        rng.standard_normal((n, d)),
        model,
        draw(st.sampled_from(BATCH)),
        step=draw(st.sampled_from([0.01, 0.1, 1.0, 10.0])),
        start=start * rng.standard_normal(kernel + d),
    )


def well_conditioned(problem):
    """Yield the direct iterates while a change of the last digits stays small.

    Beyond that, by chaos or by cancellation, no two programs can agree.
    """
    rng = np.random.default_rng(0)
    z, start = (
        x * (1 + 1e-15 * rng.standard_normal(x.shape))
        for x in (problem.z, problem.start)
    )
    data = Dataset(z, np.ones(len(z)))
    shifted = dataclasses.replace(problem, data=data, start=start)
    for here, there in zip(
        direct.iterates(problem), direct.iterates(shifted), strict=False
    ):
        for mine, other in ((here.w, there.w), (here.margins, there.margins)):
            error = np.abs(mine - other).max()
            if not error <= 1e-12 * np.abs(mine).max() < 1e128:
                return
        yield here


@pytest.mark.parametrize("form", FAST)
@often(3)
@given(problem=problems())
def test_iterates_of_both_forms_agree(form, problem):
    state = form.of(problem)
    largest = 0.0
    with np.errstate(all="ignore"):
        for t, here in enumerate(well_conditioned(problem)):
            w, margins, bits = here.w, here.margins, here.bits
            length = np.ldexp(np.linalg.norm(w), bits)
            largest = max(largest, length)
            # a margin within rounding of zero may fall on either side, and where w
            # collapses digits are lost by cancellation
            tie = np.abs(margins).min() < 1e-9 * np.abs(margins).max()
            if t > 0 and (tie or length < 0.01 * largest):
                break
            _, rows = state.advance(t, np.array([t]))
            assert rows[-1, 0] == t
            assert np.linalg.norm(state.iterate() - w) <= 1e-9 * np.linalg.norm(w)
            true = np.ldexp(margins, problem.model.degree * bits)
            iteration, loss, wrong, smallest, norm = rows[-1, :5]
            assert (iteration, wrong) == (t, np.count_nonzero(margins <= 0))
            assert loss == pytest.approx(np.logaddexp(0, -true).mean(), rel=1e-9)
            scale = np.abs(true).max()
            assert smallest == pytest.approx(true.min(), rel=1e-9, abs=1e-9 * scale)
            assert norm == pytest.approx(length, rel=1e-9)
            if wrong == 0 or t == ITERATIONS:
                break


@pytest.mark.parametrize("form", FAST)
@given(problem=problems(), cap=st.integers(0, 60), full=st.booleans())
def test_outcomes_of_both_forms_agree(form, problem, cap, full):
    slow = run_in(Direct, problem, cap, full=full)
    path = run_in(Direct, problem, cap, full=True).trajectory
    assume(np.all(np.abs(path.min_margin[1:]) > 1e-6 * path.norm[1:]))
    fast = run_in(form, problem, cap, full=full)
    assert (fast.status, fast.iterations) == (slow.status, slow.iterations)
    np.testing.assert_array_equal(fast.trajectory.iteration, slow.trajectory.iteration)


CONV = {"model": "conv", "kernel": 2, "start": "gaussian"}


@pytest.mark.parametrize("form", FAST)
def test_agreement_at_a_large_dim(form):
    for algorithm, step in (("gd", "0.5/sqrt(d)"), ("perceptron", "0.25/sqrt(d)")):
        problem = make_spec(**CONV, algorithm=algorithm, step=step).problem(4096, 3)
        fast, slow = (run_in(each, problem, 10**5) for each in (form, Direct))
        assert fast.iterations == slow.iterations > 10
        for name in ("loss", "min_margin", "norm"):
            np.testing.assert_allclose(
                getattr(fast.trajectory, name),
                getattr(slow.trajectory, name),
                rtol=1e-9,
            )


def test_every_outcome():
    assert make_spec().run(16, 0).status == "separated"
    capped = make_spec(max_iterations=3).run(16, 0)
    assert (capped.status, capped.iterations) == ("capped", 3)
    diverged = make_spec(**CONV, step=1000).run(16, 0)
    assert diverged.status == "diverged"
    assert 0 < diverged.iterations < 1000


@pytest.mark.parametrize("form", FORMS)
def test_no_warnings_on_the_way_to_overflow(form):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = run_in(form, make_spec(**CONV, step=1000).problem(16, 0), 1000)
    assert outcome.status == "diverged"


@pytest.mark.parametrize("form", FORMS)
def test_perceptrons_rescale_instead_of_overflowing(form):
    """Beyond the step edge nothing separates and the norm grows without end."""
    spec = make_spec(**CONV, algorithm="perceptron", step=100)
    outcome = run_in(form, spec.problem(16, 0), 5000)
    assert outcome.status == "capped"
    norm = outcome.trajectory.norm
    assert np.isinf(norm[-1])  # the true norm is no float64 any more
    assert np.isfinite(norm[:10]).all()
    assert outcome.trajectory.misclassified[-1] > 0


@pytest.mark.parametrize("form", FAST)
def test_all_forms_rescale_alike(form):
    spec = make_spec(**CONV, algorithm="perceptron", step=100)
    problem = spec.problem(16, 0)
    slow, fast = (run_in(x, problem, 60).trajectory for x in (Direct, form))
    assert slow.norm[-1] > 1e60  # margins beyond RESCALE_ABOVE
    for name in ("loss", "min_margin", "norm"):
        mine, reference = getattr(fast, name), getattr(slow, name)
        np.testing.assert_allclose(mine, reference, rtol=1e-6)


def test_start_counts_as_zero_iterations():
    spec = make_spec(start="gaussian")
    solved = next(s for s in itertools.count() if spec.run(16, s).iterations == 0)
    outcome = spec.run(16, solved)
    assert outcome.status == "separated"
    assert outcome.trajectory.iteration.tolist() == [0]
    assert outcome.trajectory.accuracy.tolist() == [1.0]


def test_zero_margins_count_as_errors():
    trajectory = make_spec(max_iterations=1).run(16, 0).trajectory
    assert trajectory.misclassified[0] == 2
    assert trajectory.accuracy[0] == 0


@pytest.mark.parametrize("form", FORMS)
def test_a_later_tie_has_full_weight(form):
    """th_1 = (z_1 + z_2) / 4 has m_1 = 0, then th_2 = th_1 + z_1 / 2 = (1, 0)."""
    z = np.array([[1.0, 1.0], [1.0, -3.0]])
    problem = problem_of(z, Linear(), "perceptron", 1.0, np.zeros(2))
    outcome = run_in(form, problem, 10)
    assert outcome.iterations == 2
    assert outcome.trajectory.min_margin.tolist() == [0, 0, 1]
    assert outcome.trajectory.norm.tolist() == [0, np.sqrt(0.5), 1]


def test_zero_start_of_a_quadratic_model_is_stationary():
    outcome = make_spec(model="conv", kernel=2).run(16, 0)
    assert outcome.status == "capped"


@pytest.mark.parametrize("cap", [1, 2, 199, 1000, 10**7])
def test_log_spaced_trajectory(cap):
    spec = make_spec(step=1e-9, max_iterations=cap, start="gaussian")
    trajectory = spec.run(16, 1).trajectory
    iteration = trajectory.iteration
    assert iteration[0] == 0
    assert iteration[-1] == spec.run(16, 1).iterations
    assert len(iteration) <= MAX_POINTS
    assert (np.diff(iteration) > 0).all()
    if cap >= 1000:
        late = iteration[iteration > 100].astype(float)
        ratios = late[1:-1] / late[:-2]
        assert ratios.max() < 1.2


def test_full_resolution():
    outcome = make_spec(full_trajectory=True).run(4096, 0)
    assert outcome.iterations == 2037
    np.testing.assert_array_equal(
        outcome.trajectory.iteration, np.arange(outcome.iterations + 1)
    )


def test_full_resolution_over_several_blocks(monkeypatch):
    whole = make_spec(full_trajectory=True).run(4096, 0)
    monkeypatch.setattr("gdexp.core.outcome.BLOCK", 100)
    parts = make_spec(full_trajectory=True).run(4096, 0)
    assert parts.iterations == whole.iterations
    np.testing.assert_array_equal(parts.trajectory.loss, whole.trajectory.loss)


def images(n=500, d=200, seed=0):
    """Bytes with a common component and a planted separator, as images have."""
    rng = np.random.default_rng(seed)
    labels = np.where(np.arange(n) < n // 2, -1.0, 1.0)
    samples = rng.integers(60, 180, (n, d)) + rng.integers(-30, 30, (n, 1))
    samples[:, :20] += (12 * labels[:, None]).astype(int)
    return Dataset(samples.astype(np.uint8), labels, unit=1 / 255)


def test_the_cheaper_form():
    assert form_of(make_spec().problem(2, 0)) is Compiled
    assert form_of(make_spec(**CONV).problem(16, 0)) is Compiled
    gaussian = make_spec(dataset="gaussian", samples=100)
    assert form_of(gaussian.problem(60, 0)) is Compiled
    worst = make_spec(dataset="worst_case", samples=1000)
    assert form_of(worst.problem(2, 0)) is Rows


@pytest.mark.parametrize(("model", "step"), [(Linear(), 10.0), (Conv(2), 0.05)])
@pytest.mark.parametrize("threaded", [False, True])
@pytest.mark.parametrize(
    ("precision", "error"), [("float64", 1e-12), ("float32", 1e-4)]
)
def test_bytes_in_row_form(model, step, threaded, precision, error, monkeypatch):
    """300 iterations on bytes, with weights left out, against the direct form."""
    monkeypatch.setattr("gdexp.core.forms.rows.THREADED", 0 if threaded else 10**9)
    data = images()
    start = 0.01 * np.random.default_rng(1).standard_normal(model.parameters(200))
    problem = make_problem(data, model, "gd", step, start, precision)
    assert form_of(problem) is Rows
    state = Rows.of(problem)
    status, _ = state.advance(300, np.array([0, 300]))
    assert status == "capped"
    w = next(itertools.islice(direct.iterates(problem), 300, None))[0]
    assert np.linalg.norm(state.iterate() - w) <= error * np.linalg.norm(w)


def test_threads_change_no_bit(monkeypatch):
    numba = pytest.importorskip("numba")
    monkeypatch.setattr("gdexp.core.forms.rows.THREADED", 0)
    problem = make_problem(images(), Linear(), "gd", 10.0, np.zeros(200))
    ends = []
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        state = Rows.of(problem)
        state.advance(200, np.array([0, 200]))
        ends.append(state.iterate())
    np.testing.assert_array_equal(*ends)


def test_kept_code_with_threads_is_not_taken_for_that_without(monkeypatch):
    problem = make_problem(images(), Linear(), "gd", 10.0, np.zeros(200))
    for threaded in (0, 10**9):
        monkeypatch.setattr("gdexp.core.forms.rows.THREADED", threaded)
        Rows.of(problem).advance(2, np.array([0, 2]))
    kept = Path(_row_loop.run.stats.cache_path).glob("_row_loop.*.nbi")
    names = {file.name.partition("-")[0] for file in kept}
    assert names == {"_row_loop._run", "_row_loop._run_threaded"}


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_run_on_bytes_that_diverges_is_seen_to_the_end(precision):
    """Its squares leave float32 long before its margins do."""
    start = np.random.default_rng(1).standard_normal(202)
    problem = make_problem(images(), Conv(2), "gd", 1.0, start, precision)
    outcome = run(problem, 500, full=True)
    assert (outcome.status, outcome.unclear) == ("diverged", 0)
    assert (outcome.trajectory.misclassified[:-1] < 500).all()
    assert outcome.trajectory.min_margin[-2] < -1e20


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_perceptron_on_bytes_rescales(precision):
    start = np.random.default_rng(1).standard_normal(202)
    problem = make_problem(images(), Conv(2), "perceptron", 100.0, start, precision)
    outcome = run(problem, 500)
    assert outcome.status == "capped"
    assert np.isinf(outcome.trajectory.norm[-1])


def test_a_model_without_reduced_form_runs_directly():
    @dataclasses.dataclass(frozen=True)
    class Own(Linear):
        name = "own"

    problem = dataclasses.replace(make_spec().problem(256, 0), model=Own())
    assert form_of(problem) is Direct
    assert run(problem, 1000).iterations == 122
