"""Risk-adaptive steps: margins and risks by other means, verdicts that turn."""

from decimal import Decimal, localcontext
from itertools import chain, islice, repeat

import numpy as np
import pandas as pd
import pytest
from support import make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours.risk_adaptive import CLAIMS
from gdexp.core.forms.direct import iterates
from gdexp.studies.averaged_risk import AveragedRisk, squared_margin
from gdexp.studies.checks import squared_margin as by_frank_wolfe

NAMES = [claim.name for claim in CLAIMS]
CASES = [("worst_case", 2, 100, 5.0), ("two_point", 16, None, 65.0)]


@pytest.mark.parametrize(("data", "dim", "samples", "difficulty"), CASES)
def test_the_margin_by_another_solver_and_by_hand(data, dim, samples, difficulty):
    z = make_spec(dataset=data, samples=samples).problem(dim, 0).z
    assert squared_margin(z) == pytest.approx(by_frank_wolfe(z), rel=1e-6)
    angles = np.linspace(0, 2 * np.pi, 100_001)
    best = (z @ np.stack([np.cos(angles), np.sin(angles)])).min(axis=0).max()
    assert squared_margin(z) == pytest.approx(best**2, rel=1e-4)
    square = (z**2).sum(axis=1).max()
    assert square / squared_margin(z) == pytest.approx(difficulty, rel=1e-12)


def test_margins_where_an_end_of_the_segment_is_nearest():
    assert squared_margin(np.array([[1.0, 0.0], [2.0, 5.0]])) == 1.0


def risk_by_decimals(z, step, count):
    """log(risk) of the mean of w_0 to w_{count - 1}, with 40 digits and no logarithm
    on the way: exponentials of any size are numbers there."""
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = 40, 10**9, -(10**9)
        rows = [[Decimal(x) for x in row] for row in z.tolist()]
        step, w, total = Decimal(step), [Decimal(0)] * 2, [Decimal(0)] * 2
        for _ in range(count):
            total = [a + b for a, b in zip(total, w, strict=True)]
            tails = [(-r[0] * w[0] - r[1] * w[1]).exp() for r in rows]
            shares = [x / sum(tails) for x in tails]
            w = [
                x + step * sum(s * r[k] for s, r in zip(shares, rows, strict=True))
                for k, x in enumerate(w)
            ]
        mean = [x / count for x in total]
        tails = [(-r[0] * mean[0] - r[1] * mean[1]).exp() for r in rows]
        return float((sum(tails) / len(rows)).ln())


@pytest.mark.parametrize(("data", "dim", "samples", "difficulty"), CASES)
@pytest.mark.parametrize("step", [1.0, 1e4])
def test_the_risk_with_decimals(data, dim, samples, difficulty, step):
    study = AveragedRisk((100,), (16,), (step,), (2.0,))
    table = study.table().set_index("data")
    row = table.loc[data]
    z = make_spec(dataset=data, samples=samples).problem(dim, 0).z
    square = float((z**2).sum(axis=1).max())
    exact = risk_by_decimals(z, step / square, int(row["iterations"]))
    assert row["log_risk"] == pytest.approx(exact, rel=1e-10)
    assert row["bound"] == pytest.approx(-step / 2, rel=1e-9)
    assert row["difficulty"] == pytest.approx(difficulty)


def test_the_observable_says_the_same_where_the_risk_is_a_small_number():
    """It has the logistic loss, which differs from it by half the square."""
    spec = make_spec(dataset="two_point", algorithm="risk_adaptive", step=10 / 1.015625)
    spec = spec.but(observe=["averaged_risk"], stop="cap", max_iterations=259)
    seen = spec.run(16, 0).trajectory.observed["averaged_risk"][-1]
    row = AveragedRisk((), (16,), (10.0,), (4.0,)).table().iloc[0]
    assert row["iterations"] == 260
    assert np.log(seen) == pytest.approx(row["log_risk"], rel=1e-6)


def test_log_risks_that_are_known():
    """The worst case at n = 1000 and step 1e6, from an independent program."""
    table = AveragedRisk((1000,), (), (1e6,), (1.2, 2.0, 4.0)).table()
    assert table["iterations"].tolist() == [6, 10, 20]
    known = [-1.01e5, -5.01e5, -1.50e6]
    np.testing.assert_allclose(table["log_risk"], known, rtol=5e-3)
    assert (table["log_risk"] <= table["bound"]).all()


def test_runs_go_beyond_what_is_judged(monkeypatch):
    """A mean that separates too late is seen; one that never does is no number."""
    study = AveragedRisk((100, 1000), (16,), (1.0, 1e4), (1.2,))
    table = study.table()
    limit = table["difficulty"] * (1 + 2 * np.log(table["samples"]) / table["step"])
    np.testing.assert_allclose(table["limit"], limit, rtol=1e-12)
    assert (table["averaged"] <= table["limit"] + 1).all()
    # every iterate fails: the start, again and again
    monkeypatch.setattr(
        "gdexp.studies.averaged_risk.direct.iterates",
        lambda problem: repeat(next(iterates(problem))),
    )
    stuck = study.table()
    assert stuck["averaged"].isna().all()
    assert stuck["separated"].isna().all()
    assert verdicts(cells(), stuck)["risk-adaptive-mean"] == "fails"
    # the first so many of them: the last T that is wrong lies beyond the limit
    late = int(limit.max()) + 10
    monkeypatch.setattr(
        "gdexp.studies.averaged_risk.direct.iterates",
        lambda problem: chain(
            repeat(next(iterates(problem)), late), islice(iterates(problem), 1, None)
        ),
    )
    delayed = study.table()
    slowest = delayed[delayed["limit"] == delayed["limit"].max()]
    assert (slowest["averaged"] > late).all()
    assert verdicts(cells(), slowest)["risk-adaptive-mean"] == "fails"


def cells(late=0, **changed):
    """T of 4 at n = 100 and 1000, gradient descent 31 and 301."""
    counts = {"risk_adaptive": (4, 4), "normalized_gd": (2, 2), "gd": (31, 301)}
    rows = [
        ("risk-adaptive-w", "worst_case", algorithm, n, 2, 1e6, t)
        for algorithm, times in (counts | changed).items()
        for n, t in zip((100, 1000), times, strict=True)
    ]
    rows.append(("risk-adaptive-t", "two_point", "risk_adaptive", 2, 16, 100.0, 10))
    rows[-1] = (*rows[-1][:-1], 10 + late)
    names = ["experiment", "dataset", "algorithm", "samples", "dim", "step_size"]
    table = pd.DataFrame(rows, columns=[*names, "iterations"])
    return table.assign(outcome="separated")


def risks(ratio=1.05, averaged=5):
    row = {"data": "worst_case", "samples": 100, "dim": 2, "step": 1e6}
    row |= {"difficulty": 5.0, "averaged": averaged, "iterations": 10}
    row |= {"limit": 5.0 * (1 + 2e-6 * np.log(100))}
    return pd.DataFrame([row | {"bound": -10.0, "log_risk": -10.0 * ratio}])


def verdicts(grid, table):
    studies = {} if table is None else {"averaged_risk": table}
    found = Evidence(grid, pd.DataFrame(), pd.DataFrame(), studies)
    return {claim.name: claim.finding(found).verdict for claim in CLAIMS}


def test_good_numbers_hold():
    assert verdicts(cells(), risks()) == dict.fromkeys(NAMES, "holds")


@pytest.mark.parametrize(
    ("name", "grid", "table"),
    [
        ("risk-adaptive-bound", cells(), risks(0.99)),
        ("risk-adaptive-tight", cells(), risks(1.2)),
        ("risk-adaptive-mean", cells(), risks(averaged=7)),
        ("risk-adaptive-separates", cells(late=56), risks()),
        ("risk-adaptive-normalized", cells(normalized_gd=(2, 6)), risks()),
        ("risk-adaptive-samples", cells(gd=(31, 40)), risks()),
        ("risk-adaptive-samples", cells(risk_adaptive=(4, 5)), risks()),
    ],
)
def test_a_wrong_number_turns_the_verdict(name, grid, table):
    assert verdicts(grid, table)[name] == "fails"


def test_what_was_not_measured_is_undecided():
    assert set(verdicts(cells().iloc[:0], None).values()) == {"undecided"}
