from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from gdexp.stats.exponents import Scaling
from gdexp.stats.seeds import (
    Z,
    percentile_interval,
    quantile,
    rank,
    wilson,
)
from gdexp.stats.slopes import slope
from gdexp.stats.statistics import STATISTICS


def cells(times, *, model="m", cap=None):
    """A table of cells from {dim: times}; times beyond the cap are capped."""
    rows = [
        ("e", model, dim, seed, time)
        for dim, column in times.items()
        for seed, time in enumerate(column)
    ]
    table = pd.DataFrame(
        rows, columns=["experiment", "model", "dim", "seed", "iterations"]
    )
    table["outcome"] = "separated"
    if cap is not None:
        table.loc[table["iterations"] > cap, "outcome"] = "capped"
        table["iterations"] = table["iterations"].clip(upper=cap)
    return table


def power_law(exponent, *, seeds=50, noise=0.0, dims=(16, 64, 256, 1024)):
    rng = np.random.default_rng(0)
    return {
        d: 3 * d**exponent * np.exp(noise * rng.standard_normal(seeds)) for d in dims
    }


@pytest.mark.parametrize("exponent", [0.5, 1.0])
def test_exact_power_law(exponent):
    points, exponents, _ = Scaling(repetitions=50)(cells(power_law(exponent)))
    assert set(exponents["statistic"]) == set(STATISTICS)
    for column in ("exponent", "ci_low", "ci_high"):
        np.testing.assert_allclose(exponents[column], exponent, rtol=1e-12)
    np.testing.assert_allclose(np.exp(exponents["intercept"]), 3, rtol=1e-12)
    assert (points["cells"] == 50).all()
    assert not points["censored"].any()


def test_interval_covers_a_noisy_truth():
    _, exponents, _ = Scaling()(cells(power_law(0.5, noise=0.8)))
    for row in exponents.itertuples():
        assert row.ci_low < 0.5 < row.ci_high
        assert 0.02 < row.ci_high - row.ci_low < 0.5


def test_same_numbers_again_and_in_any_order():
    table = cells(power_law(0.5, noise=0.8))
    first = Scaling(repetitions=100)(table)
    again = Scaling(repetitions=100)(table)
    for a, b in zip(first, again, strict=True):
        pd.testing.assert_frame_equal(a, b)
    other = Scaling(repetitions=100, root_seed=1)(table)
    assert not first[1]["ci_low"].equals(other[1]["ci_low"])


def test_statistics():
    times = np.arange(1, 101, dtype=float)
    values = {name: each().of(times) for name, each in STATISTICS.items()}
    assert values == {"mean": 50.5, "median": 50, "q90": 90, "q95": 95}


@pytest.mark.parametrize("percent", [2.5, 5, 10, 50, 90, 95, 97.5])
def test_a_quantile_is_at_the_rank_that_its_level_means(percent):
    """Whatever the level is in binary, in 1 to 2,000 values."""
    share = Fraction(str(percent)) / 100
    for count in (1, 10, 19, 20, 60, 100, 299, 1000, 2000):
        values = np.arange(1, count + 1, dtype=float)[::-1]
        meant = next(k for k in range(1, count + 1) if k * 1000 >= share * 1000 * count)
        assert rank(percent / 100, count) == meant
        assert quantile(values, percent / 100) == meant


@pytest.mark.parametrize(
    ("level", "ranks"), [(0.95, (50, 1950)), (0.9, (100, 1900)), (0.99, (10, 1990))]
)
def test_percentiles_of_2000_resamples(level, ranks):
    draws = np.random.default_rng(0).permutation(np.arange(1.0, 2001))
    assert percentile_interval(draws, level) == ranks
    table = np.stack([draws, np.where(draws > 1000, np.inf, draws)], axis=1)
    low, high = percentile_interval(table, level)
    assert low.tolist() == [ranks[0]] * 2
    assert high.tolist() == [ranks[1], np.inf]
    draws[7] = np.nan
    assert np.isnan(percentile_interval(draws, level)).all()


def test_the_interval_of_the_mean_is_at_ranks_50_and_1950():
    times = np.random.default_rng(1).integers(1, 10**6, 15).astype(float)
    points, *_ = Scaling()(cells({16: times}))
    rng = Scaling()._rng("e/m", 16)
    draws = [times[rng.integers(15, size=(500, 15))].mean(axis=-1) for _ in range(4)]
    ordered = np.sort(np.concatenate(draws))
    row = points.set_index("statistic").loc["mean"]
    assert (row["ci_low"], row["ci_high"]) == (ordered[49], ordered[1949])


@pytest.mark.parametrize(("count", "total"), [(0, 7), (3, 10), (200, 200)])
def test_wilson_ends_are_where_the_score_test_says(count, total):
    """At an end p the distance of the share from p is Z of p's standard errors."""
    inside = [end for end in wilson(count, total) if 0 < end < 1]
    assert len(inside) == (1 if count in (0, total) else 2)
    for end in inside:
        error = np.sqrt(end * (1 - end) / total)
        assert abs(count / total - end) / error == pytest.approx(Z)


def test_censored_quantiles_are_reported_not_dropped():
    times = power_law(1.0, noise=0.3)
    cap = float(np.quantile(times[1024], 0.7))
    points, exponents, _ = Scaling(repetitions=200)(cells(times, cap=cap))
    last = points[points["dim"] == 1024].set_index("statistic")
    assert not last.loc["median", "censored"]
    assert last.loc[["mean", "q90", "q95"], "censored"].all()
    assert np.isinf(last.loc["q90", "value"])
    assert last.loc["q90", "beyond"] == cap
    assert last.loc["q90", "capped"] == 15
    fits = exponents.set_index("statistic")
    assert fits.loc["median", "dims_used"] == 4
    assert fits.loc["q90", "dims_used"] == 3
    assert "beyond the cap at d = 1024" in fits.loc["q90", "note"]
    assert fits.loc["q90", "exponent"] == pytest.approx(1.0, abs=0.15)
    # the median below the cap is the same as without a cap
    _, free, _ = Scaling(repetitions=200)(cells(times))
    assert (
        fits.loc["median", "exponent"]
        == free.set_index("statistic").loc["median", "exponent"]
    )


def test_diverged_cells_count_as_never():
    table = cells(power_law(1.0))
    table.loc[table["seed"] < 10, "outcome"] = "diverged"
    points, exponents, _ = Scaling(repetitions=20)(table)
    assert (points["diverged"] == 10).all()
    fits = exponents.set_index("statistic")
    assert np.isnan(fits.loc["mean", "exponent"])
    assert np.isnan(fits.loc["q90", "exponent"])
    assert fits.loc["median", "exponent"] == pytest.approx(1.0)
    assert (exponents["diverged"] == 40).all()


def test_zero_iterations_have_no_logarithm():
    times = power_law(1.0)
    times[16] = np.zeros(50)
    _, exponents, _ = Scaling(repetitions=20)(cells(times))
    assert (exponents["dims_used"] == 3).all()
    assert exponents["note"].str.contains("0 iterations at d = 16").all()


def test_two_dims_give_no_exponent():
    _, exponents, _ = Scaling(repetitions=20)(cells(power_law(1.0, dims=(16, 32))))
    assert exponents["exponent"].isna().all()
    assert exponents["note"].str.contains("2 usable dims").all()


def test_slope_of_rows():
    log_d = np.log([2.0, 4.0, 8.0])
    rows = np.array([2 * log_d + 1, [np.inf, log_d[1], log_d[2]], [np.inf, 1, -np.inf]])
    np.testing.assert_allclose(slope(log_d, rows), [2, 1, np.nan])


def censored_power_law(rng, *, exponent, dims, seeds, cap):
    """Log-normal times about d^exponent; those beyond the cap are capped."""
    rows = []
    for dim in dims:
        times = np.exp(exponent * np.log(dim) + 0.8 * rng.standard_normal(seeds))
        for seed, time in enumerate(times):
            capped = time > cap
            rows.append(
                {
                    "experiment": "e",
                    "model": "m",
                    "dim": dim,
                    "seed": seed,
                    "outcome": "capped" if capped else "separated",
                    "iterations": cap if capped else time,
                }
            )
    return pd.DataFrame(rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seeds", "share"), [(60, 0.0), (60, 0.2), (20, 0.0), (15, 0.0), (10, 0.2)]
)
def test_the_interval_covers_the_truth_as_often_as_it_says(seeds, share):
    """500 repetitions at nominal 95 %; of the last d this share is censored.

    The exponent is the same for all statistics, since the law only shifts with d. With
    censoring only the median keeps all d.
    """
    rng = np.random.default_rng(11)
    dims = [2**i for i in range(4, 14, 2)]
    above = 0.8 * NormalDist().inv_cdf(1 - share) if share else np.inf
    cap = float(dims[-1] ** 0.5 * np.exp(above))
    statistics = [name for name, each in STATISTICS.items() if seeds >= each.least]
    if share:
        statistics = ["median"]
    covered, censored = dict.fromkeys(statistics, 0), []
    for repetition in range(500):
        cells = censored_power_law(rng, exponent=0.5, dims=dims, seeds=seeds, cap=cap)
        last = cells[cells["dim"] == dims[-1]]
        censored.append((last["outcome"] == "capped").mean())
        fit = Scaling(repetitions=300, root_seed=repetition)(cells)[1]
        rows = fit.set_index("statistic")
        for name in statistics:
            low, high = rows.loc[name, ["ci_low", "ci_high"]]
            covered[name] += low <= 0.5 <= high
    assert np.mean(censored) == pytest.approx(share, abs=0.02)
    for name, times in covered.items():
        assert 0.90 * 500 <= times <= 0.99 * 500, (name, covered)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_few_seeds_give_no_interval(statistic):
    least = STATISTICS[statistic].least
    rng = np.random.default_rng(0)
    for seeds in (least - 1, least):
        cells = censored_power_law(
            rng, exponent=1, dims=[16, 64, 256], seeds=seeds, cap=np.inf
        )
        points, fits, _ = (
            table[table["statistic"] == statistic]
            for table in Scaling(repetitions=20)(cells)
        )
        assert fits["exponent"].notna().all()
        for table in (points, fits):
            assert table["ci_low"].isna().all() == (seeds < least)
    assert fits["note"].item() == ""
    few = cells[cells["seed"] < least - 1]
    note = Scaling(repetitions=20)(few)[1].set_index("statistic")["note"][statistic]
    assert note == f"no interval: {least - 1} seeds, and it needs {least} or more"


def test_local_slopes_are_those_of_the_windows():
    """Of a law whose slope rises from 1/2 to 1, window by window."""
    dims = 2 ** np.arange(4, 13)
    times = {int(d): [round(1e6 * (d**0.5 if d < 256 else d / 16))] * 15 for d in dims}
    local = Scaling(repetitions=50)(cells(times)).local
    own = local[local["statistic"] == "mean"].reset_index(drop=True)
    assert own["dim_low"].tolist() == [16, 32, 64, 128, 256]
    assert (own["dim_high"] == 16 * own["dim_low"]).all()
    for _, row in own.iterrows():
        inside = [d for d in dims if row["dim_low"] <= d <= row["dim_high"]]
        expected = np.polyfit(np.log(inside), np.log([times[d][0] for d in inside]), 1)
        assert row["exponent"] == pytest.approx(expected[0], abs=1e-5)
        assert row["ci_low"] == pytest.approx(row["ci_high"])
    assert own["exponent"].iloc[-1] == pytest.approx(1, abs=1e-5)
    # one seed: a slope, and no interval
    one = Scaling(repetitions=50)(cells({d: t[:1] for d, t in times.items()})).local
    own = one[one["statistic"] == "mean"]
    assert own["exponent"].notna().all()
    assert own[["ci_low", "ci_high"]].isna().all(axis=None)


def test_a_logarithm_is_told_from_a_power():
    """Both laws recover themselves, and each knows the other for what it is."""
    dims = (2 ** np.arange(4, 21)).tolist()
    rng = np.random.default_rng(0)
    noise = {d: np.exp(0.05 * rng.standard_normal(40)) for d in dims}
    sqrt_log = {d: (1e4 * d**0.5 * np.log(d) * noise[d]).round() for d in dims}
    power = {d: (1e4 * d**0.7 * noise[d]).round() for d in dims}
    for times, over_log, better in ((sqrt_log, 0.5, True), (power, None, False)):
        fit = Scaling(repetitions=200)(cells(times)).exponents.set_index("statistic")
        row = fit.loc["mean"]
        if over_log:
            assert row["over_log_low"] < over_log < row["over_log_high"]
            assert row["over_log"] == pytest.approx(over_log, abs=0.01)
        assert (row["sqrt_log_share"] > 0.9) == better
        assert (row["rms_sqrt_log"] < row["rms_power"]) == better
        # the slope without the logarithm, by its own formula
        log_d = np.log(dims)
        mean = np.log([np.mean(times[d]) for d in dims])
        assert row["over_log"] == pytest.approx(
            np.polyfit(log_d, mean - np.log(log_d), 1)[0], abs=1e-9
        )
