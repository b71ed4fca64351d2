"""Gradient flow against exact solutions and another solver, and verdicts."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from support import STUDY_SIZES, make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours.flow import CLAIMS, limit
from gdexp.core.datasets import Dataset
from gdexp.core.losses.exponential import Exponential
from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.flow import ERROR, STAGES, Flow
from gdexp.core.models.linear import Linear
from gdexp.core.observables import OBSERVABLES
from gdexp.core.problem import Problem
from gdexp.core.run import run
from gdexp.studies import STUDIES, settings
from gdexp.util.errors import ConfigError

BY_NAME = {claim.name: claim for claim in CLAIMS}
SIZES = STUDY_SIZES["flow_limit"]


@pytest.mark.parametrize("m", [-8.0, -1.0, -0.1])
@pytest.mark.parametrize("loss", [Logistic(), Exponential()])
def test_one_sample_separates_when_the_solution_does(m, loss):
    """m' = |z|^2 s(m): m + exp(m), or exp(m), grows like |z|^2 t."""
    z = np.array([[0.6, -1.1]])
    square = float((z**2).sum())
    exact = (1 - m - np.exp(m) if loss.name == "logistic" else 1 - np.exp(m)) / square
    start = m / square * z[0]
    problem = Problem(Dataset(z, np.ones(1)), Linear(), Flow(1e-10), loss, start)
    outcome = run(problem, 1000, observe=[OBSERVABLES["time"]()])
    assert outcome.status == "separated"
    time = outcome.trajectory.observed["time"]
    assert (np.diff(time) > 0).all()
    assert time[-1] == pytest.approx(exact, rel=1e-8)
    assert 0 < outcome.trajectory.min_margin[-1] < 1e-8


def test_the_tableau_is_consistent():
    """Both orders: the shares of a stage add up to its place, the error's to 0."""
    places = [sum(stage) for stage in STAGES]
    np.testing.assert_allclose(places, [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1], rtol=1e-14)
    shares = np.array([*STAGES[-1], 0])
    nodes = np.array([0, *places])
    for power in range(5):
        assert shares @ nodes**power == pytest.approx(1 / (power + 1))
        if power < 4:
            assert np.dot(ERROR, nodes**power) == pytest.approx(0, abs=1e-15)


def test_the_tolerance_is_what_it_says():
    def time(tolerance):
        spec = make_spec(
            **{"dataset": "c1", "model": "conv", "kernel": 2, "start": "gaussian"},
            **{"algorithm": "flow", "step": None, "tolerance": tolerance},
            observe=["time"],
        )
        outcome = spec.run(32, 1)
        return outcome.trajectory.observed["time"][-1], outcome.iterations

    (fine, many), (coarse, few) = time(1e-11), time(1e-5)
    assert coarse == pytest.approx(fine, rel=1e-4)
    assert many > 2 * few
    for wrong in (0.0, 1.0):
        with pytest.raises(ConfigError, match="tolerance"):
            time(wrong)


def test_a_flow_goes_on_after_its_separation():
    spec = make_spec(
        **{"dataset": "two_point", "algorithm": "flow", "step": None},
        **{"stop": "cap", "max_iterations": 120, "observe": ["time"]},
    )
    outcome = spec.run(16, 0)
    assert outcome.status == "separated"
    assert outcome.updates == 120 > outcome.iterations
    time = outcome.trajectory.observed["time"]
    assert (np.diff(time) > 0).all()


def test_the_limit_is_a_quadrature():
    """By another way: t* / d = 4 int dx / (s_1 + s_2), x = h w_2, numerically."""

    def place(s):
        return 2 / 3 * (2 * np.log((1 - 2 * s) / (2 * s)) + np.log((1 - s) / s))

    def weight(x):
        return 3 * brentq(lambda s: place(s) - x, 1e-9, 0.5 - 1e-12)

    expected = 4 * quad(lambda x: 1 / weight(x), 0, 2 / 3 * np.log(3))[0]
    assert limit() == pytest.approx(expected, rel=1e-9)


@pytest.fixture(scope="module")
def table():
    given = SIZES | {"parts": [128, 512], "starts": 8, "dims": [16, 64]}
    return settings(STUDIES["flow_limit"], given).table()


def judged(name, table):
    empty = table.iloc[:0]
    return BY_NAME[name].finding(Evidence(empty, empty, empty, {"flow_limit": table}))


@pytest.mark.parametrize(
    ("name", "column", "change"),
    [
        (
            "flow-order",
            "crossing",
            lambda t: t["time"] + t["step"] ** 2,
        ),
        ("flow-solvers", "reference", lambda t: t["reference"] * 1.001),
        ("flow-quadrature", "time", lambda t: t["time"] * 1.05),
        ("flow-times", "iterations", lambda t: t["iterations"] * 2),
    ],
)
def test_verdicts_turn(table, name, column, change):
    if name != "flow-times":  # whole numbers: these steps are too long for it
        found = judged(name, table)
        assert found.verdict == "holds", found
    assert judged(name, table.assign(**{column: change(table)})).verdict == "fails"
    nothing = table.iloc[:0]
    none = Evidence(nothing, nothing, nothing, {})
    assert BY_NAME[name].finding(none).verdict == "undecided"


def test_a_run_without_a_number_is_not_left_out(table):
    """One start is not separated at one step, or not by the other solver."""
    crossing = table["crossing"].mask(table.index == 0)
    assert judged("flow-order", table.assign(crossing=crossing)).verdict == "fails"
    reference = table["reference"].mask(table.index == 0)
    assert judged("flow-solvers", table.assign(reference=reference)).verdict == "fails"


def test_descent_is_euler(table):
    """T of the library's runs is that of a loop in NumPy."""
    row = table[(table["data"] == "two_point") & table["step"].notna()].iloc[0]
    z = make_spec(dataset="two_point").problem(int(row["dim"]), 0).z
    w, t = np.zeros(2), 0
    while (z @ w).min() <= 0:
        w = w + row["step"] * (z / (1 + np.exp(z @ w))[:, None]).mean(axis=0)
        t += 1
    assert t == row["iterations"]
