"""Variance reduction against its formula in NumPy, its cost, and verdicts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support import make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours.svrg import CLAIMS
from gdexp.core.checkpoint import Checkpoint
from gdexp.core.forms.direct import Direct
from gdexp.core.run import run
from gdexp.util.errors import ConfigError

BY_NAME = {claim.name: claim for claim in CLAIMS}
SVRG = {"dataset": "gaussian", "samples": 10, "algorithm": "svrg", "step": 0.05}


@pytest.mark.parametrize("more", [{}, {"every": 3, "batch": 2}, {"order": "random"}])
def test_an_update_is_its_formula(more):
    spec = make_spec(**SVRG, start="gaussian", **more)
    problem = spec.problem(7, 0)
    state, z, w = Direct.of(problem), problem.z, problem.start.copy()
    drawn = spec.problem(7, 0).rng
    every, batch, done = more.get("every", 4), more.get("batch", 1), 0

    def g(w, rows):
        return (z[rows] / (1 + np.exp(z[rows] @ w))[:, None]).mean(axis=0)

    for t in range(11):
        if t % every == 0:
            anchor, done = w, done + 10
        rows = (
            drawn.integers(10, size=batch)
            if more.get("order")
            else (t * batch + np.arange(batch)) % 10
        )
        w = w + 0.05 * (g(w, rows) - g(anchor, rows) + g(anchor, np.arange(10)))
        done += 2 * batch
        state.update()
        np.testing.assert_allclose(state.w, w, rtol=1e-12, atol=1e-12)
        assert state.sample_gradients == done


def test_noise_has_its_variance_and_a_stream():
    spec = make_spec(**SVRG | {"step": 0.02, "noise": 0.5}, start="zero")
    problem = spec.problem(4000, 3)
    state, quiet = (
        Direct.of(problem),
        Direct.of(make_spec(**SVRG | {"step": 0.02}).problem(4000, 3)),
    )
    for each in (state, quiet):
        each.update()
    noise = state.w - quiet.w
    assert noise.std() == pytest.approx(0.5 * np.sqrt(2 * 0.02), rel=0.05)
    assert spec.run(40, 0).iterations == spec.run(40, 0).iterations
    assert spec.size(40).reduced() == np.inf  # none in other coordinates
    assert make_spec(**SVRG).size(40).reduced() < np.inf


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    spec = make_spec(
        **SVRG, noise=0.3, order="random", stop="separated", start="gaussian"
    )
    monkeypatch.setattr(Direct, "stride", 3)
    whole = run(spec.problem(12, 1), 50)
    assert whole.iterations > 9

    class Killed(Exception):  # noqa: N818
        pass

    def kill(iteration, wrong):
        if iteration == 6:
            raise Killed

    path = tmp_path / "run.npz"
    with pytest.raises(Killed):
        run(spec.problem(12, 1), 50, checkpoint=Checkpoint(path, "one", kill))
    rest = run(spec.problem(12, 1), 50, checkpoint=Checkpoint(path, "one"))
    np.testing.assert_array_equal(rest.trajectory.norm, whole.trajectory.norm)
    assert rest.sample_gradients == whole.sample_gradients


def test_a_tie_at_the_anchor_stays_what_it_was():
    """With the perceptron loss: weight 1/2 at the zero start, also a step later."""
    spec = make_spec(algorithm="svrg", loss="perceptron", step=1, every=2)
    problem = spec.problem(4, 0)
    state = Direct.of(problem)
    for _ in range(2):
        state.update()
    z = problem.z
    first = z.mean(axis=0) / 2
    second = first - z[1] / 2 + (z[1] @ first <= 0) * z[1] + z.mean(axis=0) / 2
    np.testing.assert_allclose(state.w, second, rtol=1e-12)


@pytest.mark.parametrize("wrong", [{"every": -1}, {"batch": 0}, {"noise": -0.1}])
def test_settings_that_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        make_spec(**SVRG, **wrong)


CHEAPER = "svrg-cheaper"


def grid(ratio=1.0, extra=0, sgd=1.5, exponent=0.4, noisy=100):
    """Cells and exponents as expected, but for what is given."""
    rows = []

    def add(experiment, data, algorithm, n, seed, made, spent, dim=64):
        rows.append(
            {
                **{"experiment": experiment, "dataset": data, "algorithm": algorithm},
                **{"model": algorithm, "samples": n, "dim": dim, "seed": seed},
                **{"iterations": made, "updates": made, "sample_gradients": spent},
                "outcome": "separated",
            }
        )

    for experiment, data, n, seeds, dim in (
        *(("svrg-two-point", "two_point", None, 1, d) for d in (16, 32, 64, 128)),
        ("svrg-gaussian", "gaussian", 64, 10, 64),
    ):
        count = n or 2
        for seed in range(seeds):
            made = 800 + 80 * seed
            add(experiment, data, "gd", n, seed, made, count * made, dim)
            own = round(made * ratio)
            every = 8 if n else 2
            spent = 2 * own + count * -(-own // every) + extra
            add(experiment, data, "svrg", n, seed, own, spent, dim)
            own = round(made * sgd)
            add(experiment, data, "sgd", n, seed, own, own, dim)
    for seed in range(10):
        add("svrg-noise", "two_point", "svrg", None, seed, noisy, 3 * noisy)
    row = {"experiment": "svrg-noise", "model": "svrg", "statistic": "median"}
    row |= {"exponent": exponent, "ci_low": exponent - 0.02, "ci_high": exponent + 0.02}
    empty = pd.DataFrame()
    return Evidence(pd.DataFrame(rows), pd.DataFrame([row]), empty, {})


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("svrg-steps", {"ratio": 2.0}),
        ("svrg-price", {"extra": 1}),
        ("svrg-cheaper", {"sgd": 20}),
        ("svrg-noise", {"exponent": 1.0}),
        ("svrg-noise", {"noisy": 5000}),
    ],
)
def test_verdicts_turn(name, changed):
    claim = BY_NAME[name]
    assert claim.finding(grid()).verdict == "holds", claim.finding(grid())
    assert claim.finding(grid(**changed)).verdict == "fails"
    good = grid()
    none = Evidence(good.cells.iloc[:0], good.exponents, good.local, {})
    assert claim.finding(none).verdict == "undecided"


def test_a_run_of_its_own_is_judged_by_itself():
    """The d of two_point are no draws: one that is off is not outvoted."""
    good = grid()
    off = good.cells["dim"].eq(16) & good.cells["algorithm"].eq("svrg")
    for column, name in (("iterations", "svrg-steps"), ("sample_gradients", CHEAPER)):
        times = good.cells[column].where(~off, good.cells[column] // 8)
        found = replace(good, cells=good.cells.assign(**{column: times}))
        assert BY_NAME[name].finding(found).verdict == "fails"


def test_medians_of_seeds_have_their_intervals():
    """Six seeds on the one side and four on the other decide nothing."""
    good = grid()
    some = good.cells["seed"].isin([0, 1, 2, 3]) & good.cells["samples"].eq(64)
    for method, share, name in (
        ("svrg", 1000, CHEAPER),
        ("sgd", 100, CHEAPER),
        ("svrg", 2, "svrg-steps"),
    ):
        more = good.cells[["iterations", "sample_gradients"]] * share
        own = some & good.cells["algorithm"].eq(method)
        cells = good.cells.copy()
        cells.loc[own, more.columns] = more[own]
        assert BY_NAME[name].finding(replace(good, cells=cells)).verdict == "undecided"
    noisy = good.cells["experiment"].eq("svrg-noise")
    cells = good.cells.copy()
    cells.loc[noisy & good.cells["seed"].lt(4), "iterations"] = 5000
    found = BY_NAME["svrg-noise"].finding(replace(good, cells=cells))
    assert found.verdict == "undecided"
