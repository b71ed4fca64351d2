"""Momentum in the lazy regime and on separable data, against other formulas."""

import numpy as np
import pandas as pd
import pytest
from support import STUDY_SIZES, make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours import momentum
from gdexp.stats.intervals import mean_of
from gdexp.studies import STUDIES, settings
from gdexp.studies.momentum_rates import losses, power, radii, rate

CLAIMS = {claim.name: claim for claim in momentum.CLAIMS}


@pytest.mark.parametrize(
    ("method", "beta"), [("gd", 0.0), ("heavy_ball", 0.5), ("heavy_ball", 0.9)]
)
def test_radii_are_those_of_the_companion_matrix(method, beta):
    x = np.linspace(0.01, 0.99, 25)
    by_numpy = [
        np.abs(np.linalg.eigvals([[1 + beta - each, -beta], [1, 0]])).max()
        for each in x
    ]
    np.testing.assert_allclose(radii(method, x, beta), by_numpy, rtol=1e-7)
    complex_ones = (1 + beta - x) ** 2 < 4 * beta
    np.testing.assert_allclose(radii(method, x, beta)[complex_ones], beta**0.5)


@pytest.mark.parametrize("method", ["gd", "heavy_ball", "nag"])
def test_the_law_is_the_method_on_a_model_that_is_linear(method):
    """The linear model's own runs, whose gradients never move."""
    spec = make_spec(
        dataset="gaussian",
        samples=5,
        loss="square",
        algorithm=method,
        step=0.05,
        stop="cap",
        max_iterations=60,
        full_trajectory=True,
    )
    z = spec.problem(9, 0).z
    values, vectors = np.linalg.eigh(z @ z.T / 5)
    beta = 0.9 if method == "heavy_ball" else 0.0
    law = losses(method, 0.05 * values, vectors.T @ np.ones(5), beta, 60)
    run = spec.run(9, 0).trajectory.loss
    np.testing.assert_allclose(run, law, rtol=1e-9)


def test_nesterov_falls_as_its_determinants_and_at_small_steps_as_a_power():
    t = np.arange(1, 30_001)
    one = np.ones(1)
    loss = losses("nag", 0.04 * one, one, 0.0, 900)
    fitted = rate(np.arange(901), loss, True)
    assert fitted == pytest.approx(-np.log(1 - 0.04) / 2, rel=0.05)
    x = 1e-5 * np.linspace(0.5, 2, 10)
    small = losses("nag", x, np.ones(10), 0.0, 30_000)[1:]
    assert power(t, small, (3 / x[0] ** 0.5, 0.3 / x[-1])) == pytest.approx(3, abs=0.3)
    # the Bessel function of the differential equation, (2 J_1(s) / s)^2
    from scipy.special import j1

    s = np.sqrt(1e-6) * (t[99::100] + 1.5)  # two steps of the start take three halves
    law = losses("nag", 1e-6 * one, one, 0.0, 30_000)[100::100]
    np.testing.assert_allclose(law, (2 * j1(s) / s) ** 2 / 2, atol=2e-3)


def test_the_constants_follow_from_the_equations():
    from scipy.integrate import quad, solve_ivp
    from scipy.optimize import brentq

    def sigma(m):
        return 1 / (1 + np.exp(m))

    def settled(u):  # -v_1, where it does not move
        return brentq(lambda x: sigma(u - x / 2) - 2 * sigma(u + x), 0, 3)

    def force(u):
        return (sigma(u - settled(u) / 2) + sigma(u + settled(u))) / 2

    end = brentq(lambda u: settled(u) / 2 - u, 0, 1)
    assert pytest.approx(4 * quad(lambda u: 1 / force(u), 0, end)[0]) == momentum.GD
    found = solve_ivp(
        lambda s, y: [y[1], force(min(y[0], 2 * end)) - 3 * y[1] / s],
        [1e-6, 4],
        [0, 0],
        events=lambda s, y: y[0] - end,
        rtol=1e-9,
        atol=1e-12,
    )
    assert pytest.approx(2 * found.t_events[0][0], rel=1e-6) == momentum.NAG


def test_wide_networks_come_near_their_kernel():
    sizes = STUDY_SIZES["momentum_rates"] | {"seeds": 8}
    study = settings(STUDIES["momentum_rates"], sizes)
    off = {}
    for width in (16, 1024):
        runs = pd.concat(study._runs("gd", width, "gd", {"max_iterations": 12}))
        np.testing.assert_allclose(runs["loss"][0], runs["law"][0], rtol=1e-12)
        off[width] = np.log(runs["loss"] / runs["law"]).abs()[10].mean()
    assert off[1024] < 0.7 * off[16]


def test_means_have_intervals_from_ten_values_on():
    rng = np.random.default_rng(1)
    values = rng.standard_normal(400)
    found = mean_of(values)
    half = 1.96 * values.std() / 20  # the normal interval
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.1)
    assert np.isnan(mean_of(values[:9]).low)
    assert np.isnan(mean_of([*values, np.nan]).low)


def study(error=0.0, sublinear=3.0, narrow=0.3, wide=0.05):
    rows = [
        {
            **{"case": case, "width": width, "seed": seed, "iteration": 0},
            **{"rate": 0.05 * (1 + error), "rate_law": 0.05, "radius": 0.05},
        }
        for case in ("gd", "heavy ball 0.9", "nag")
        for width in (256, 4096)
        for seed in range(10)
    ]
    table = pd.DataFrame(rows)
    plain = table["case"] == "gd"
    off = table["width"].map({256: narrow, 4096: wide})
    table["rate_law"] = table["rate_law"].where(~plain, table["rate"] / (1 + off))
    small = table[plain & (table["width"] == 256)].assign(case="nag small")
    small = small.assign(rate=sublinear, rate_law=3.0, radius=3.0)
    return pd.concat([table, small], ignore_index=True)


def cells(loss=1e-9, slope=1.0, constant=1.0, beta=0.9):
    dims = [2**k for k in (14, 16, 18)]
    laws = {
        "gd": (slope, constant * momentum.GD),
        "heavy_ball": (1.0, (1 - beta) * momentum.GD),
        "nag": (0.5, momentum.NAG),
    }
    rows = [
        {
            "experiment": "momentum-two-point",
            **{"model": name, "algorithm": name, "dim": dim},
            "momentum": beta if name == "heavy_ball" else np.nan,
            "iterations": share * 2.0**18 * (dim / 2.0**18) ** power
            if power == 1
            else share * dim**power,
            "outcome": "separated",
        }
        for name, (power, share) in laws.items()
        for dim in dims
    ]
    lazy = {"experiment": "momentum-lazy", "model": "gd", "final_loss": loss}
    return pd.DataFrame([*rows, lazy])


def verdict(name, grid=None, **changes):
    tables = {"momentum_rates": study(**changes)}
    grid = cells() if grid is None else grid
    return CLAIMS[name].finding(Evidence(grid, grid, grid, tables)).verdict


WRONG = {
    "momentum-heavy-ball": {"error": 0.2},
    "momentum-nag-sublinear": {"sublinear": 2.0},
    "momentum-nag-half": {"error": -0.5},
    "momentum-width": {"wide": 0.2},
    "momentum-interpolates": {"grid": cells(loss=1e-3)},
    "momentum-separation": {"grid": cells(constant=1.1)},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_wrong_number_turns_the_verdict(name):
    assert verdict(name) == "holds"
    assert verdict(name, **WRONG[name]) == "fails"
    nothing = cells().iloc[:0]
    missing = CLAIMS[name].finding(Evidence(nothing, nothing, nothing, {}))
    assert missing.verdict == "undecided"


def test_one_width_tells_of_no_other():
    table = study()
    table = table[table["width"] == 256]
    none = pd.DataFrame()
    found = CLAIMS["momentum-width"].finding(
        Evidence(none, none, none, {"momentum_rates": table})
    )
    assert found.verdict == "undecided"


def test_a_loss_that_is_no_number_is_not_left_out():
    diverged = {"experiment": "momentum-lazy", "model": "gd", "final_loss": np.nan}
    grid = pd.concat([cells(), pd.DataFrame([diverged])])
    assert verdict("momentum-interpolates", grid=grid) == "fails"


def test_the_momentum_is_that_of_the_cells():
    assert verdict("momentum-separation", grid=cells(beta=0.5)) == "holds"


def test_the_small_step_has_no_rate():
    """Its numbers are powers of t, of another claim."""
    table = study(sublinear=1.0)
    small = table["case"] == "nag small"
    table = table.assign(width=table["width"].mask(small, 4096))
    none = pd.DataFrame()
    found = CLAIMS["momentum-nag-half"].finding(
        Evidence(none, none, none, {"momentum_rates": table})
    )
    assert found.verdict == "holds"


def test_an_error_that_halves_by_the_mean_alone_decides_nothing():
    table = study()
    own = (table["case"] == "gd") & (table["width"] == 4096) & (table["seed"] < 2)
    law = table["rate_law"].mask(own, table["rate_law"] / 1.5)
    none = pd.DataFrame()
    found = CLAIMS["momentum-width"].finding(
        Evidence(none, none, none, {"momentum_rates": table.assign(rate_law=law)})
    )
    assert found.verdict == "undecided"


def test_a_slope_of_another_power_fails():
    assert verdict("momentum-separation", grid=cells(slope=0.5)) == "fails"
