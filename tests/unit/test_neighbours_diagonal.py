"""Diagonal networks: T against another integration of its law, and conservation."""

import numpy as np
import pandas as pd
import pytest
from support import make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours import conservation, diagonal
from gdexp.claims.neighbours.diagonal import COUNTED, COUNTED_AT, time
from gdexp.stats.exponents import Scaling
from gdexp.studies.conservation import Conservation

CLAIMS = diagonal.CLAIMS + conservation.CLAIMS

DIMS = [16, 64, 256, 1024]


def weight(m):
    return 1 / (1 + np.exp(m))


@pytest.mark.parametrize("depth", [2, 3])
@pytest.mark.parametrize("data", ["two_point", "c2"])
def test_the_law_is_that_of_the_flow(data, depth):
    """Euler steps of u and v themselves; the fast direction's balance by bisection."""
    d, alpha, fine = 256, 0.3, 2e-3
    scale, rate = (1 / 32, 3 / 64) if data == "two_point" else (1.0, 1.5)
    u = v = alpha
    for t in range(10**6):
        h = scale * (u**depth - v**depth)
        low, high = -5.0, 5.0  # of m_1: s_1 falls with it, s_2 grows
        for _ in range(40):
            middle = (low + high) / 2
            more = weight(middle) > 2 * weight(3 * h - 2 * middle)
            low, high = (middle, high) if more else (low, middle)
        if low > 0:
            break
        g = rate * weight(3 * h - 2 * low)
        u, v = (
            u + fine * depth * g * u ** (depth - 1),
            v - fine * depth * g * v ** (depth - 1),
        )
        if t == 0:
            fine = 2e-3 / g  # so that a step is small beside all that moves
    assert time(data, depth, alpha, 1.0, d) == pytest.approx(t * fine, rel=0.01)


def entry(data, depth, alpha, step, dims=DIMS):
    spec = make_spec(
        dataset=data, model="diagonal", depth=depth, alpha=alpha, step=step, start=None
    )
    outcomes = [spec.run(d, 0) for d in dims]
    return pd.DataFrame(
        {
            "experiment": f"diagonal-{data}",
            "model": f"{step}-depth={depth}-alpha={alpha:g}",
            "family": "diagonal",
            "algorithm": "gd",
            **{"dataset": data, "step": step, "depth": depth, "alpha": alpha},
            "step_size": [spec.step_at(d) for d in dims],
            "dim": dims,
            "seed": 0,
            "outcome": [each.status for each in outcomes],
            "iterations": [each.iterations for each in outcomes],
        }
    )


@pytest.fixture(scope="module")
def cells():
    more = ("two_point", 2, 0.1, "0.5"), ("two_point", 3, 0.2, "0.5")
    return pd.concat([entry(*key) for key in (*COUNTED, *more)], ignore_index=True)


@pytest.fixture(scope="module")
def drifts():
    return Conservation(steps=(0.1, 0.05, 0.025), dim=8, samples=4, seeds=10).table()


def verdicts(cells, drifts):
    local = Scaling(repetitions=10)(cells).local
    evidence = Evidence(cells, None, local, {"conservation": drifts})
    return {claim.name: claim.finding(evidence) for claim in CLAIMS}


def test_all_hold_where_the_program_is_right(cells, drifts):
    found = verdicts(cells, drifts)
    assert found.pop("diagonal-edge").verdict == "undecided"  # none is beyond it
    assert {each.verdict for each in found.values()} == {"holds"}, found
    assert tuple(DIMS) == COUNTED_AT


@pytest.mark.parametrize(
    ("claim", "dim", "factor"),
    [
        ("diagonal-counts", 16, 1.1),
        ("diagonal-law", 1024, 1.05),
        ("diagonal-exponents", 1024, 2),
        ("diagonal-alpha", 16, None),
    ],
)
def test_a_wrong_count_turns_the_verdict(cells, drifts, claim, dim, factor):
    wrong = cells.copy()
    own = wrong["dim"] == dim
    wrong.loc[own, "iterations"] = (
        np.ceil(wrong.loc[own, "iterations"] * factor).astype(int) if factor else 20
    )
    assert verdicts(wrong, drifts)[claim].verdict == "fails"


def test_beyond_the_edge_the_law_is_left(cells, drifts):
    beyond = entry("c2", 2, 0.1, "3/sqrt(d)", [1024])  # twice the edge
    both = pd.concat([cells, beyond], ignore_index=True)
    found = verdicts(both, drifts)
    assert found["diagonal-edge"].verdict == "holds"
    assert found["diagonal-law"].verdict == "fails"
    wrong = both.assign(
        iterations=both["iterations"].mask(both["step_size"] > 0.09, 22)
    )
    assert verdicts(wrong, drifts)["diagonal-edge"].verdict == "fails"


@pytest.mark.parametrize("outcome", ["capped", "diverged"])
def test_a_run_without_t_decides_nothing(cells, drifts, outcome):
    """Neither that a law is left, nor that of two alphas one is slower."""
    beyond = entry("c2", 2, 0.1, "3/sqrt(d)", [1024])
    both = pd.concat([cells, beyond], ignore_index=True)
    lost = both.assign(outcome=both["outcome"].mask(both["dim"] == 1024, outcome))
    lost["iterations"] = lost["iterations"].mask(both["dim"] == 1024, 10**6)
    found = verdicts(lost, drifts)
    for name in ("counts", "edge", "alpha"):
        assert found[f"diagonal-{name}"].verdict == "undecided", name
        assert "1000000" not in found[f"diagonal-{name}"].measured


@pytest.mark.parametrize(
    ("claim", "column", "power"),
    [("conservation-order", "drift", 1), ("conservation-product", "rounding", 1)],
)
def test_a_wrong_drift_turns_the_verdict(cells, drifts, claim, column, power):
    wrong = drifts.copy()
    wrong[column] = wrong[column].fillna(0) + wrong["step"] ** (2 * power)
    assert verdicts(cells, wrong)[claim].verdict == "fails"


@pytest.mark.parametrize("column", ["drift", "rounding"])
def test_a_drift_that_is_missing_is_not_left_out(cells, drifts, column):
    lost = drifts.copy()
    lost.loc[lost.index[lost["depth"] == 2][:1], column] = np.nan
    name = {"drift": "order", "rounding": "product"}[column]
    assert verdicts(cells, lost)[f"conservation-{name}"].verdict != "holds"


def test_the_drift_is_the_integral_of_the_squared_gradient():
    """To first order: 4 step int g^2, the flow integrated by much finer steps."""
    study = Conservation(steps=(0.01,), time=2.0, dim=5, samples=3, seeds=1)
    drift = study.table().iloc[0]["drift"]
    spec = make_spec(dataset="gaussian", samples=3, model="linear", step=1, root_seed=0)
    z = spec.problem(5, 0).z
    u = v = np.full(5, 0.5)
    integral, fine = np.zeros(5), 1e-4
    for _ in range(20_000):
        g = weight(z @ (u**2 - v**2)) @ z / 3
        integral += fine * g**2
        u, v = u * np.exp(2 * fine * g), v * np.exp(-2 * fine * g)
    assert drift == pytest.approx((4 * 0.01 * integral).max(), rel=0.05)


def test_what_is_not_there_is_undecided(cells, drifts):
    found = verdicts(cells[cells["dim"] == 9], drifts[drifts["seed"] < 5])
    left = {name for name, each in found.items() if each.verdict != "undecided"}
    assert left == {"conservation-product"}
