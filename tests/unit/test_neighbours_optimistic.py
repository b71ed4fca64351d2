"""Optimism on minimisations and in games, against other formulas."""

import numpy as np
import pandas as pd
import pytest
from support import STUDY_SIZES, make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours import optimistic
from gdexp.studies import STUDIES, settings
from gdexp.studies.bilinear import Bilinear, gap, plane_factor

CLAIMS = {claim.name: claim for claim in optimistic.CLAIMS}


@pytest.mark.parametrize("step", [0.01, 0.1, 0.3, 0.49])
def test_factors_are_eigenvalues_of_the_real_dynamics(step):
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])  # (w, p) -> (-p, w)
    plain = np.eye(2) + step * turn
    doubled = np.block(
        [[np.eye(2) + 2 * step * turn, -step * turn], [np.eye(2), np.zeros((2, 2))]]
    )
    for play, matrix in (("plain", plain), ("optimistic", doubled)):
        radius = np.abs(np.linalg.eigvals(matrix)).max()
        assert plane_factor(play, step) == pytest.approx(radius, rel=1e-12)


def game(**changes):
    sizes = STUDY_SIZES["bilinear"] | changes
    return settings(STUDIES["bilinear"], sizes).table()


def test_the_margin_game_turns_at_its_step():
    """Against the eigenvalues of a numerical Jacobian at the saddle."""
    dim = 64
    z = make_spec(dataset="two_point").problem(dim, 0).z

    def play(x, step):
        w, share = x[:2], x[2]
        p = np.array([1 / (1 + np.exp(-share)), 1 / (1 + np.exp(share))])
        w = w + step * z.T @ p
        w = w / np.linalg.norm(w)
        return np.array([*w, share - step * (z[0] - z[1]) @ x[:2]])

    saddle = np.array([0.0, 1.0, np.log(2.0)])
    for share in (0.5, 0.99, 1.01, 2.0):
        step = share / dim**0.5
        np.testing.assert_allclose(play(saddle, step), saddle, atol=1e-12)
        eyes = 1e-6 * np.eye(3)
        columns = [
            (play(saddle + e, step) - play(saddle - e, step)) / 2e-6 for e in eyes
        ]
        radius = np.abs(np.linalg.eigvals(np.stack(columns, axis=1))).max()
        law = (1 + step**2 / 2) / (1 + step / (2 * dim**0.5))
        assert radius**2 == pytest.approx(law, rel=1e-6)
        assert (radius > 1) == (share > 1)
    assert gap(z, saddle[:2], np.array([2.0, 1.0]) / 3) == pytest.approx(0, abs=1e-15)


def test_gaps_are_positive_and_below_their_bounds():
    found = game()
    games = found[found["game"] != "plane"]
    assert (games[["last", "average"]] > -1e-12).all(axis=None)
    assert (games["average"] <= games["law"]).all()
    assert games.groupby("game").size().gt(0).all()
    with np.errstate(all="raise"):
        assert len(Bilinear(iterations=10, seeds=1).table())


def bilinear(factor=1.0, plain=0.4, end=1e-9, over=0.5, other=1e-9):
    rows = [
        {
            **{"game": "plane", "play": play, "step": 0.1, "iteration": t},
            **{"last": 2 * (factor * each) ** t, "law": each**t, "average": 1.0},
        }
        for play, each in (("plain", 1.005), ("optimistic", 0.995))
        for t in (0, 50, 100)
    ]
    ends = {
        ("two_point 0.5", "plain"): end,
        ("two_point 0.5", "optimistic"): end,
        ("two_point 2", "plain"): plain,
        ("two_point 2", "optimistic"): end,
        ("gaussian", "plain"): 1.0,
        ("gaussian", "optimistic"): other,
    }
    rows += [
        {
            **{"game": name, "play": play, "step": 0.1, "iteration": t},
            **{"last": last, "law": 1 / t, "average": over / t},
        }
        for (name, play), last in ends.items()
        for t in (1, 50, 100)
    ]
    return pd.DataFrame(rows)


def cells(descent=1, adagrad=1.2):
    rows = [
        {
            **{"experiment": name, "algorithm": algorithm, "dim": 1024, "seed": seed},
            **{"outcome": "separated", "iterations": times},
        }
        for name in optimistic.EXPERIMENTS
        for seed in range(2)
        for algorithm, times in (
            ("gd", 100),
            ("optimistic_gd", 100 + descent),
            ("adagrad", 100),
            ("optimistic_adagrad", 100 * adagrad),
        )
    ]
    return pd.DataFrame(rows)


def verdict(name, grid=None, **changes):
    grid = cells() if grid is None else grid
    evidence = Evidence(grid, grid, grid, {"bilinear": bilinear(**changes)})
    return CLAIMS[name].finding(evidence).verdict


WRONG = {
    "optimistic-descent": {"grid": cells(descent=3)},
    "optimistic-adagrad": {"grid": cells(adagrad=2.1)},
    "optimistic-growth": {"factor": 1 + 1e-7},
    "optimistic-last": {"plain": 1e-4},
    "optimistic-gaussian": {"other": 1e-5},
    "optimistic-average": {"over": 1.01},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_wrong_number_turns_the_verdict(name):
    assert verdict(name) == "holds"
    assert verdict(name, **WRONG[name]) == "fails"
    nothing = Evidence(cells().iloc[:0], cells(), cells(), {})
    assert CLAIMS[name].finding(nothing).verdict == "undecided"


def test_an_optimistic_iterate_that_does_not_converge_fails():
    assert verdict("optimistic-last", end=1e-5) == "fails"


def test_runs_that_were_given_up_decide_nothing():
    grid = cells().assign(outcome="capped")
    assert verdict("optimistic-descent", grid=grid) == "undecided"
