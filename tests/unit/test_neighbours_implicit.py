"""Implicit steps against high precision, projections in rationals, and verdicts."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from support import STUDY_SIZES, make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours.implicit import CLAIMS, CONSTANTS
from gdexp.core.datasets import Dataset
from gdexp.core.forms.direct import Direct
from gdexp.core.losses import LOSSES
from gdexp.core.methods.implicit_sgd import ImplicitSgd
from gdexp.core.models.linear import Linear
from gdexp.core.problem import Problem
from gdexp.studies.implicit import Implicit, _between, _logistic

BY_NAME = {claim.name: claim for claim in CLAIMS}


def one_step(loss, m, gain):
    """The new margin on the sample z = 1."""
    data = Dataset(np.ones((1, 1)), np.ones(1))
    method, start = ImplicitSgd(gain), np.array([m])
    state = Direct.of(Problem(data, Linear(), method, LOSSES[loss](), start))
    state.update()
    return float(state.w[0])


def solution(m, gain):
    """m' of the logistic loss in 60 digits, by halving an interval of gains."""
    with localcontext() as context:
        context.prec = 60
        m, gain = Decimal(m), Decimal(gain)
        low, high = Decimal(0), min(gain, gain.ln().max(0) + abs(m) + 1)
        for _ in range(200):
            r = (low + high) / 2
            if r * (1 + (m + r).exp()) < gain:
                low = r
            else:
                high = r
        return float(m + low)


@pytest.mark.parametrize("m", [-20.0, -1.5, 0.3, 4.0])
@pytest.mark.parametrize("gain", [1e-8, 0.5, 30.0, 1e6, 1e40, 1e256])
def test_a_logistic_step_is_the_solution(m, gain):
    expected = solution(m, gain)
    found = one_step("logistic", m, gain)
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-15)
    assert found - m == pytest.approx(expected - m, rel=1e-6)  # no step is lost
    assert _logistic(m, gain) == pytest.approx(expected, rel=1e-13, abs=1e-14)
    low, high = _between(m, gain)
    assert low - 1e-12 * abs(low) <= expected <= high + 1e-12 * abs(high)


@pytest.mark.parametrize("gain", [1.0, 1e6, 1e16, 1e64, 1e256])
def test_a_huber_step_is_at_most_the_passive_aggressive_one(gain):
    for m in (-0.9, 0.4):
        expected = 1 - (1 - m) / (1 + gain / 2)
        assert one_step("huber", m, gain) == pytest.approx(expected, rel=1e-15)
    assert one_step("huber", 1.5, gain) == 1.5


def projections(first, overlap, second):
    """T of passive-aggressive updates in order from 0, in rationals, by the Gram."""
    gram, a = [[first, overlap], [overlap, second]], [Fraction(0)] * 2
    t = 0
    while True:
        m = [sum(g * x for g, x in zip(row, a, strict=True)) for row in gram]
        if min(m) > 0:
            return t
        a[t % 2] += max(Fraction(0), 1 - m[t % 2]) / gram[t % 2][t % 2]
        t += 1


@pytest.mark.parametrize("data", CONSTANTS)
def test_long_huber_steps_are_projections(data):
    for d in (16, 64, 256):
        if data == "c1":
            gram = Fraction(d + 3), Fraction(1 - d), Fraction(d - 1)
        else:
            h = Fraction(1, d)
            gram = (1 + h) / 4, (h - 2) / 4, (h + 4) / 4
        expected = projections(*map(Fraction, gram))
        spec = make_spec(dataset=data, algorithm="implicit_sgd", loss="huber", step=1e9)
        assert spec.run(d, 0).iterations == expected
        assert abs(expected / d - CONSTANTS[data]) <= 3 / d


def evidence(table=None, cells=None, exponents=None):
    studies = {} if table is None else {"implicit": table}
    empty = pd.DataFrame()
    cells = empty if cells is None else cells
    return Evidence(cells, empty if exponents is None else exponents, empty, studies)


def test_what_one_step_is_holds_and_turns():
    good = Implicit(**STUDY_SIZES["implicit"] | {"gains": (1.0, 1e3, 1e9)}).table()
    for name, column in (
        ("implicit-aggressive", "distance"),
        ("implicit-logarithm", "new_margin"),
    ):
        assert BY_NAME[name].finding(evidence(good)).verdict == "holds"
        wrong = good.assign(**{column: good[column] * 1.01 + 1e-5})
        assert BY_NAME[name].finding(evidence(wrong)).verdict == "fails"
        assert BY_NAME[name].finding(evidence()).verdict == "undecided"


def grid(share=1.0, price=60, power=1.0):
    """Cells and exponents as they are derived, but for what is given."""
    rows = []
    for data, constant in CONSTANTS.items():
        for d in (256, 1024, 4096):
            for model, algorithm, loss, step, factor, each in (
                ("pa", "implicit_sgd", "huber", 1e6, 1.0, price),
                ("long", "implicit_sgd", "logistic", 1e6, share, price),
                ("ten", "implicit_sgd", "logistic", 10.0, 2.0, price),
                ("gd", "gd", "logistic", 10.0, 1.0, 2),
            ):
                made = round(factor * constant * d**power * 256 ** (1 - power))
                rows.append(
                    {
                        **{"experiment": f"implicit-{data}", "dataset": data},
                        **{"model": model, "algorithm": algorithm, "loss": loss},
                        **{"step_size": step, "dim": d, "iterations": made},
                        **{"updates": made, "sample_gradients": each * made},
                        "outcome": "separated",
                    }
                )
    cells = pd.DataFrame(rows)
    names = cells[["experiment", "model"]].drop_duplicates()
    return evidence(
        cells=cells, exponents=names.assign(statistic="mean", exponent=power)
    )


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("implicit-projections", {"power": 0.9}),
        ("implicit-exponent", {"power": 0.5}),
        ("implicit-alike", {"share": 1.3}),
        ("implicit-cost", {"price": 10}),
    ],
)
def test_what_runs_come_to_holds_and_turns(name, changed):
    claim = BY_NAME[name]
    assert claim.finding(grid()).verdict == "holds"
    assert claim.finding(grid(**changed)).verdict == "fails"
    none = evidence(cells=grid().cells.iloc[:0])
    assert claim.finding(none).verdict == "undecided"


def test_a_ratio_of_nothing_says_nothing():
    good = grid()
    cells, exponents = good.cells, good.exponents
    plain = cells["algorithm"] == "gd"
    elsewhere = cells.assign(dim=cells["dim"].mask(plain, cells["dim"] + 1))
    found = BY_NAME["implicit-cost"].finding(evidence(None, elsewhere, exponents))
    assert found.verdict == "undecided"
    both = cells["step_size"] == 1e6
    lost = cells.assign(outcome=cells["outcome"].mask(both, "capped"))
    found = BY_NAME["implicit-alike"].finding(evidence(None, lost, exponents))
    assert found.verdict == "undecided"
