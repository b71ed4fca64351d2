"""The game in the mean-field scaling, against other formulas."""

import numpy as np
import pandas as pd
import pytest
from support import STUDY_SIZES

from gdexp.claims import Evidence
from gdexp.claims.neighbours import mean_field
from gdexp.studies import STUDIES, settings
from gdexp.studies.mean_field import Game, MeanField

CLAIMS = {claim.name: claim for claim in mean_field.CLAIMS}


def small(**changes):
    return settings(STUDIES["mean_field"], STUDY_SIZES["mean_field"] | changes)


def test_a_start_in_pairs_has_no_output_and_the_kernel_is_what_moves_it():
    """One step by finite differences of the network itself."""
    study = small()
    model, b, y, start = study._start("quadratic", 0)
    assert np.abs(model.f(b, start)).max() < 1e-14
    weights = np.linspace(0.1, 1, len(y))
    rows = np.stack([model.vjp(b, y, start, one) for one in np.eye(len(y))])
    kernel = model.width * rows @ rows.T
    alpha, step = 50.0, 1e-4
    after = start + step * model.width / alpha * model.vjp(b, y, start, weights)
    found = alpha * model.margins(b, y, after) / step
    np.testing.assert_allclose(found, kernel @ weights, rtol=1e-5)
    # K by hand: mean over units of phi phi + a^2 phi' phi' <b, b>
    parts = model.split(start, b.shape[1])
    h, a = b @ parts["W"].T, parts["a"]
    inner = (2 * h * a) @ (2 * h * a).T * (b @ b.T)
    by_hand = (h**2 @ (h**2).T + inner) / model.width * np.outer(y, y)
    np.testing.assert_allclose(kernel, by_hand, rtol=1e-10)


def test_the_gap_is_that_of_the_game():
    """The best replies by brute force."""
    rng = np.random.default_rng(0)
    game = Game(MeanField(penalty=0.7), n=3)
    game.mean_m, game.mean_p = rng.standard_normal(3), np.array([0.2, 0.3, 0.5])

    def value(p, m):
        return -p @ m + 0.7 / 6 * m @ m

    most = max(value(p, game.mean_m) for p in np.eye(3))
    replies = 10 * rng.standard_normal((200_000, 3))
    least = min(value(game.mean_p, m) for m in replies[:1000])
    exact = value(game.mean_p, 3 * game.mean_p / 0.7)
    assert exact <= least
    assert game.gap() == pytest.approx(most - exact)


def test_features_move_as_the_kernel_says():
    found = small(alphas=[32, 512], width=64).table()
    last = found[found["iteration"] == found["iteration"].max()]
    smooth = last[last["activation"] == "quadratic"]
    share = (smooth["moved"] / smooth["law"] - 1).abs()
    assert share[smooth["alpha"] == 512].max() < 1e-2
    ends = smooth.set_index(["alpha", "seed"])["deviation"].unstack()
    assert (ends.loc[512] < ends.loc[32] / 64).all()  # 256 times at most
    assert (found["gap"] <= found["bound"]).all()
    assert (found["gap"] > -1e-12).all()


def study(moved=-1.0, smooth=-2.0, kinked=-0.5, off=0.0, over=0.5):
    rows = [
        {
            **{"activation": kind, "alpha": alpha, "seed": seed, "iteration": t},
            **{"moved": (1 + off) * alpha**moved, "law": alpha**moved},
            **{"deviation": alpha**power, "gap": over / t, "bound": 1 / t},
        }
        for kind, power in (("quadratic", smooth), ("relu", kinked))
        for alpha in (16.0, 64.0, 256.0)
        for seed in range(10)
        for t in (1, 10)
    ]
    return pd.DataFrame(rows)


WRONG = {
    "mean-field-features": {"moved": -0.9},
    "mean-field-norm": {"off": 0.02},
    "mean-field-kernel": {"smooth": -1.0},
    "mean-field-kinks": {"kinked": -1.0},
    "mean-field-gap": {"over": 1.1},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_wrong_number_turns_the_verdict(name):
    none = pd.DataFrame()

    def verdict(**changes):
        tables = {"mean_field": study(**changes)}
        return CLAIMS[name].finding(Evidence(none, none, none, tables)).verdict

    assert verdict() == "holds"
    assert verdict(**WRONG[name]) == "fails"
    nothing = Evidence(none, none, none, {})
    assert CLAIMS[name].finding(nothing).verdict == "undecided"


def found(name, table):
    none = pd.DataFrame()
    return CLAIMS[name].finding(Evidence(none, none, none, {"mean_field": table}))


@pytest.mark.parametrize(
    ("left", "missing"),
    [
        ({"activation": "quadratic"}, {"mean-field-kinks"}),
        ({"alpha": 1.0}, {*CLAIMS} - {"mean-field-norm"}),
    ],
)
def test_what_was_left_out_was_not_measured(left, missing):
    table = study()
    ((column, value),) = left.items()
    table = table[table[column] == value] if column == "activation" else table
    table = table.assign(**left)
    none = pd.DataFrame()
    told = Evidence(none, none, none, {"mean_field": table})
    found = {name: claim.finding(told).measured for name, claim in CLAIMS.items()}
    assert {name for name, text in found.items() if text == "not measured"} == missing


def test_what_is_no_number_is_not_left_out():
    none = pd.DataFrame()
    for column, name in (("gap", "mean-field-gap"), ("moved", "mean-field-norm")):
        table = study()
        table.loc[table.index[-1], column] = np.nan
        told = Evidence(none, none, none, {"mean_field": table})
        assert CLAIMS[name].finding(told).verdict == "fails"


def test_what_would_decide_on_the_kinks_is_said():
    table = study()
    table["deviation"] *= table["alpha"] ** np.where(table["seed"] < 5, 0.5, -0.5)
    reason = "the interval leaves [-0.75, -0.25] in part; about "
    kinks = found("mean-field-kinks", table)
    assert kinks.verdict == "undecided"
    assert kinks.why.startswith(reason)
    few = found("mean-field-kinks", table[table["seed"] < 5])
    assert few.reason == "there is no interval"


def test_the_gap_at_the_end_is_of_the_alphas_that_are_judged():
    table = study()
    small = table[table["alpha"] == 16].assign(alpha=1.0, gap=7.0)
    measured = found("mean-field-gap", pd.concat([table, small])).measured
    assert measured == "at most 0.50 of the bound, 0.05 at the end"
