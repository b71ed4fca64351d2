"""Other losses: counts of a NumPy loop of their own, and verdicts that turn."""

import numpy as np
import pandas as pd
import pytest
from support import make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours.losses import CLAIMS, OVER_D, SQUARE_EDGE, UNTIL_ZERO

FOUR = np.array([[1, 0.2], [-2, 0.2], [1, 0.2], [-2, 0.2]])  # y b
NAMES = [claim.name for claim in CLAIMS]


def huber_to_zero(step, cap):
    """Updates until every margin is 1 or more, None if that takes more than the cap."""
    w = np.zeros(2)
    for t in range(cap + 1):
        m = FOUR @ w
        if (m >= 1).all():
            return t
        weights = np.where(m < -1, 1.0, np.where(m < 1, (1 - m) / 2, 0.0))
        w = w + step / 4 * (weights @ FOUR)
    return None


def four(**changes):
    return make_spec(dataset="four_points", **changes)


@pytest.mark.parametrize(("step", "count"), UNTIL_ZERO.items())
def test_the_huber_loss_is_zero_after_so_many_updates(step, count):
    assert huber_to_zero(step, 50) == count
    outcome = four(loss="huber", step=step, stop="zero_loss").run(2, 0)
    assert outcome.updates == count
    assert outcome.trajectory.loss[-1] == 0


@pytest.mark.parametrize("step", [1, 4])
def test_it_is_never_zero_at_small_steps(step):
    assert huber_to_zero(step, 500) is None
    cut = {"stop": "zero_loss", "max_iterations": 500}
    outcome = four(loss="huber", step=step, **cut).run(2, 0)
    assert outcome.updates == 500
    assert outcome.trajectory.loss[-1] > 0


@pytest.mark.parametrize("dim", [16, 64])
def test_huber_counts_on_two_point(dim):
    height = 0.5 / np.sqrt(dim)
    z, w, t = np.array([[0.5, height], [-1.0, height]]), np.zeros(2), 0
    while not ((m := z @ w) > 0).all():
        w, t = w + 8 / 2 * (np.clip((1 - m) / 2, 0, 1) @ z), t + 1
    assert t == OVER_D[dim]
    spec = make_spec(dataset="two_point", loss="huber", step=8)
    assert spec.run(dim, 0).iterations == t


def test_the_edge_of_the_square_loss():
    hessian = FOUR.T @ FOUR / 4
    assert pytest.approx(2 / np.linalg.eigvalsh(hessian)[-1], abs=1e-4) == SQUARE_EDGE
    for step, status in ((0.75, "separated"), (1, "diverged")):
        assert four(loss="square", step=step).run(2, 0).status == status


def cells(zero=None, over=None, square="diverged"):
    rows = [
        ("losses-four", "four_points", "huber", "zero_loss", step, 2, n, n, 0.0)
        for step, n in (UNTIL_ZERO | (zero or {})).items()
    ]
    rows += [
        ("losses-four", "four_points", "huber", "zero_loss", 4, 2, 9, 20_000, 1e-30),
        ("losses-four", "four_points", "square", "separated", 0.5, 2, 9, 9, 1.0),
        ("losses-four", "four_points", "square", "separated", 1, 2, 9, 9, 1.0),
    ]
    rows += [
        ("losses-two", "two_point", "huber", "separated", 8, dim, t, t, 1.0)
        for dim, t in (OVER_D | (over or {})).items()
    ]
    names = ["experiment", "dataset", "loss", "stop", "step_size", "dim", "iterations"]
    table = pd.DataFrame(rows, columns=[*names, "updates", "final_loss"])
    table["outcome"] = "separated"
    table.loc[len(UNTIL_ZERO) + 2, "outcome"] = square
    return table.assign(model=table["loss"])


def evidence(exponent=1.0, **given):
    row = {"experiment": "losses-two", "model": "huber", "statistic": "mean"}
    row |= {"dim_low": 64, "dim_high": 1024, "exponent": exponent}
    return Evidence(cells(**given), pd.DataFrame(), pd.DataFrame([row]), {})


def verdicts(found):
    return {claim.name: claim.finding(found).verdict for claim in CLAIMS}


def test_good_numbers_hold():
    assert verdicts(evidence()) == dict.fromkeys(NAMES, "holds")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("losses-huber-zero", {"zero": {32: 15}}),
        ("losses-huber-counts", {"over": {64: 17}}),
        ("losses-slopes", {"exponent": 0.5}),
        ("losses-square-edge", {"square": "separated"}),
    ],
)
def test_a_wrong_number_turns_the_verdict(name, wrong):
    found = verdicts(evidence(**wrong))
    assert found.pop(name) == "fails"
    assert set(found.values()) == {"holds"}


def test_a_loss_that_is_never_zero_or_stopped_too_early_fails():
    found = evidence()
    for column, value in (("final_loss", 1e-300), ("updates", 19_999)):
        table = found.cells.copy()
        place = 0 if column == "final_loss" else len(UNTIL_ZERO)
        table.loc[place, column] = value
        changed = Evidence(table, found.exponents, found.local, {})
        assert verdicts(changed)["losses-huber-zero"] == "fails"


def test_what_was_not_measured_is_undecided():
    nothing = Evidence(cells().iloc[:0], pd.DataFrame(), evidence().local, {})
    assert set(verdicts(nothing).values()) == {"undecided"}
