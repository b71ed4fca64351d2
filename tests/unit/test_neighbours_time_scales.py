"""Learning and overfitting: noisy labels, both times, and what turns the verdicts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support import make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours.time_scales import CLAIMS
from gdexp.core.datasets import dataset_family
from gdexp.core.seeds import streams
from gdexp.stats.intervals import median_interval
from gdexp.studies.time_scales import TimeScales, runs
from gdexp.util.errors import ConfigError


def test_labels_are_wrong_as_often_as_they_should_be():
    n, share = 20_000, 0.15
    data = dataset_family("noisy", flips=share).build(3, n, np.random.default_rng(1))
    wrong = data.labels * data.samples[:, 0] < 0
    assert abs(wrong.mean() - share) < 4 * np.sqrt(share * (1 - share) / n)
    # the wrong ones are any: no feature says which
    assert abs(np.corrcoef(wrong, np.abs(data.samples[:, 0]))[0, 1]) < 0.03
    clean = dataset_family("noisy", flips=0.0).build(3, 99, np.random.default_rng(1))
    np.testing.assert_array_equal(clean.labels, np.sign(clean.samples[:, 0]))


def test_test_samples_are_of_the_same_law():
    spec = make_spec(dataset="noisy", samples=50, test_samples=4000, flips=0.3)
    data = spec.problem(4, 0).data
    wrong = data.test_labels * data.test_samples[:, 0] < 0
    assert abs(wrong.mean() - 0.3) < 0.03
    assert not np.isin(data.test_samples, data.samples).any()


@pytest.mark.parametrize("flips", [-0.1, 0.5, float("nan")])
def test_a_share_that_is_none(flips):
    with pytest.raises(ConfigError, match="flips"):
        dataset_family("noisy", flips=flips)


def test_the_table_against_a_loop_by_hand():
    """Both errors and both times, with the network written down once more."""
    width, scale, dim = 6, 2.0, 5
    study = TimeScales(
        scales=(scale,),
        width=width,
        widths=(width,),
        scale=scale,
        dim=dim,
        tests=40,
        seeds=1,
        iterations=3000,
    )
    table = study.table()
    spec = make_spec(dataset="noisy", samples=20, test_samples=40, flips=0.15)
    data = spec.problem(dim, 0).data
    rng = streams(0, dim, 0).start
    big = scale * rng.standard_normal((width, dim)) / np.sqrt(dim)
    a = scale * rng.standard_normal(width)
    pace = 0.5 / scale**2
    errors, last, end = {}, None, 3000
    for t in range(3001):
        hidden = data.b @ big.T
        m = data.labels * (np.maximum(hidden, 0) @ a) / width
        tested = np.maximum(data.test_samples @ big.T, 0) @ a
        test = np.mean(data.test_labels * tested <= 0)
        errors[t] = (test, np.mean(m <= 0))
        if (m > 0).all() and last is None:
            last, end = t, 2 * t
        if t == end:
            break
        s = data.labels / (1 + np.exp(m)) / len(m)  # (1/n) sum_i, times m / m
        new = a + pace * np.maximum(hidden, 0).T @ s
        big = big + pace * ((hidden > 0) * s[:, None] * a).T @ data.b
        a = new
    assert table["separated"].iloc[0] == pytest.approx(pace * last)
    assert table["time"].iloc[-1] == pytest.approx(2 * pace * last)
    assert table["time"].is_unique
    assert pace * last in table["time"].tolist()
    iterations = np.rint(table["time"] / pace).astype(int)
    found = table[["test_error", "train_error"]].to_numpy()
    np.testing.assert_allclose(found, [errors[i] for i in iterations], atol=1e-12)
    least = table["time"].iloc[int(found[:, 0].argmin())]
    assert (table["learned"] == least).all()
    (run,) = runs(table).to_dict("records")
    early = found[iterations <= last, 0]
    assert run["rise"] == pytest.approx(early[-1] - early.min())
    assert run["ratio_low"] == run["ratio_high"] == pytest.approx(pace * last / least)


def test_the_least_test_error_may_come_after_the_training_error_is_0():
    """Clean labels: the network goes on learning."""
    small = {"width": 16, "dim": 8, "tests": 500, "seeds": 6, "iterations": 400}
    study = TimeScales(scales=(1.0,), widths=(), flips=0.0, **small)
    assert (runs(study.table())["ratio_high"] < 1).any()


def test_each_run_goes_on_to_twice_its_own_separation():
    small = {"width": 16, "dim": 8, "tests": 50, "seeds": 6, "iterations": 3000}
    table = TimeScales(scales=(1.0,), widths=(), flips=0.0, **small).table()
    ends = table.groupby("seed")[["time", "separated"]].max()
    assert ends["separated"].nunique() > 1
    assert (ends["time"] > ends["separated"]).all()
    assert (ends["time"] <= 2 * ends["separated"] * (1 + 1e-9)).all()


def test_the_median_has_an_interval_of_at_least_95_percent():
    """By enumeration: how often a median lies between two of n ordered values."""
    rng = np.random.default_rng(0)
    for n in (6, 9, 10, 25):
        draws = np.sort(rng.random((4000, n)), axis=1)
        ends = np.array([median_interval(row)[1:] for row in draws])
        covered = np.mean((ends[:, 0] <= 0.5) & (ends[:, 1] >= 0.5))
        assert covered > 0.94
        inner = np.array([median_interval(row)[1] for row in draws])
        assert (inner >= draws[:, 0]).all()
    assert np.isnan(median_interval(np.arange(5.0))[1:]).all()
    assert np.isnan(median_interval(np.array([*range(20), np.nan]))).all()
    assert median_interval(np.array([1.0, np.inf] * 5))[2] == np.inf


SCALES = (0.01, 0.1, 1.0, 10.0)


def evidence(ratios=(8, 4, 2, 1), rise=0.03, gap=None, wide=1.5, seeds=10):
    rng = np.random.default_rng(0)
    rows = []
    for width, more in ((16, 1.0), (64, wide), (256, wide**2)):
        for scale, ratio in zip(SCALES, ratios, strict=True):
            for seed in range(seeds):
                # the gap is (ratio - 1) learned: the same at all scales
                ratio_here = 1 + (ratio * more - 1) * rng.uniform(0.99, 1.01)
                learned = (gap or {}).get(scale, 10) / max(ratio_here - 1, 0.1)
                run = {"width": width, "scale": scale, "seed": seed}
                run |= {"learned": learned, "separated": learned * ratio_here}
                done = run["separated"]
                for time, error in ((0, 0.2), (done, 0.2 + rise), (2 * done, 0.3)):
                    rows.append(run | {"time": time, "test_error": error})
    none = pd.DataFrame()
    return Evidence(none, none, none, {"time_scales": pd.DataFrame(rows)})


def verdicts(found):
    return {claim.name: claim.finding(found).verdict for claim in CLAIMS}


def test_good_numbers_hold():
    assert set(verdicts(evidence()).values()) == {"holds"}


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        ({"time-scales-start"}, {"ratios": (2, 4, 8, 1)}),
        ({"time-scales-escape"}, {"gap": {0.01: 20, 0.1: 10}}),
        ({"time-scales-rise"}, {"rise": 0.001}),
        ({"time-scales-width"}, {"wide": 0.95}),
        ({"time-scales-separation", "time-scales-start"}, {"ratios": (8, 4, 0.6, 0.8)}),
    ],
)
def test_a_wrong_number_turns_the_verdict(names, wrong):
    found = verdicts(evidence(**wrong))
    assert {name for name, verdict in found.items() if verdict == "fails"} == names


def given_up(scale, share, of=range(10)):
    """Good numbers, but for runs given up at a share of their time to separate."""
    table = evidence().studies["time_scales"]
    lost = (table["scale"] == scale) & table["seed"].isin(of)
    caps = share * table["separated"]
    table = table.assign(
        separated=table["separated"].mask(lost, np.inf),
        time=table["time"].mask(lost, np.minimum(table["time"], caps)),
    )
    return verdicts(replace(evidence(), studies={"time_scales": table}))


def test_a_run_that_was_given_up_is_known_to_last_until_its_cap():
    """Ratios are 8, 4, 2 and 1, the time between the two 10 for the smallest."""
    late, soon = given_up(0.01, 0.9), given_up(0.01, 0.4)
    assert late["time-scales-separation"] == soon["time-scales-separation"] == "holds"
    assert late["time-scales-start"] == "holds"  # 7.2 and more are above 4
    assert soon["time-scales-start"] == "undecided"  # 3.2 and more are not
    assert soon["time-scales-escape"] == "undecided"
    assert given_up(0.01, 2)["time-scales-escape"] == "fails"  # 21 and more over 10
    # a few that were given up soon count on no side
    assert given_up(10.0, 0.9)["time-scales-start"] == "undecided"
    assert given_up(10.0, 0.9, of=range(3))["time-scales-start"] == "undecided"


def test_what_is_not_there_is_undecided():
    nothing = replace(evidence(), studies={})
    assert set(verdicts(nothing).values()) == {"undecided"}
    table = evidence().studies["time_scales"]
    large = replace(
        evidence(), studies={"time_scales": table[table["scale"] == SCALES[-1]]}
    )
    assert set(verdicts(large).values()) == {"undecided"}
