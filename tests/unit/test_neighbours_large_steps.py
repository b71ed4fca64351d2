"""Large steps: losses with decimals, networks by a loop of their own, verdicts."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from support import make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours.large_steps import CLAIMS, PERCEPTRON_MARGIN
from gdexp.core.datasets import dataset_family
from gdexp.studies.large_steps import SQUARED_LENGTH, SQUARED_MARGIN, LargeSteps

NAMES = [claim.name for claim in CLAIMS]
Z = np.array([[1, 0.2], [-2, 0.2]])  # y b of the four points, each twice


def losses_by_decimals(step, count):
    """The losses of w_0 to w_count, rows divided by the longest; and when accuracy 1.

    Two samples with the mean over them, which is that over all four.
    """
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = 40, 10**9, -(10**9)
        length = Decimal("4.04").sqrt()
        rows = [[Decimal(a) / length, Decimal("0.2") / length] for a in (1, -2)]
        w, losses, first = [Decimal(0)] * 2, [], None
        for t in range(count + 1):
            margins = [r[0] * w[0] + r[1] * w[1] for r in rows]
            if first is None and min(margins) > 0:
                first = t
            tails = [(-m).exp() for m in margins]
            losses.append(sum((1 + x).ln() for x in tails) / 2)
            weights = [Decimal(step) / 2 * x / (1 + x) for x in tails]
            pairs = [*zip(weights, rows, strict=True)]
            w = [w[k] + sum(s * r[k] for s, r in pairs) for k in (0, 1)]
        return losses, first


def test_the_member_is_two_point_twice_over():
    data = dataset_family("four_points").draw(2, 4, np.random.default_rng(0))
    np.testing.assert_array_equal(data.b[2:], -data.b[:2])
    np.testing.assert_array_equal(data.z, np.concatenate([Z, Z]))
    twin = make_spec(dataset="two_point", step=32).run(25, 0)
    own = make_spec(dataset="four_points", step=8).run(2, 0)
    assert own.iterations == twin.iterations
    np.testing.assert_allclose(own.trajectory.loss, twin.trajectory.loss, rtol=1e-9)


def test_its_length_and_margin():
    assert (Z**2).sum(axis=1).max() == pytest.approx(SQUARED_LENGTH)
    angles = np.linspace(0, np.pi, 100_001)
    best = (Z @ np.stack([np.cos(angles), np.sin(angles)])).min(axis=0).max()
    assert best**2 / SQUARED_LENGTH == pytest.approx(SQUARED_MARGIN, rel=1e-6)


@pytest.mark.parametrize(("step", "last"), [(32, 14), (64, 11), (1024, 11), (8192, 11)])
def test_the_last_rise_with_decimals(step, last):
    losses, first = losses_by_decimals(step, 60)
    rises = [t for t in range(60) if losses[t + 1] > losses[t]]
    assert rises[-1] == last
    table = LargeSteps((float(step),), 60, (60,), (), seeds=1).table()
    row = table[table["case"] == "steps"].iloc[0]
    assert row["last_rise"] == last
    assert row["separated"] == first
    assert row["loss"] == pytest.approx(float(losses[60]), rel=1e-9)
    assert row["iterations"] == 60


def test_tiny_losses_with_decimals():
    """Below 1e-8 too: no digits are lost where 1 + exp(-m) is about 1."""
    time = 1000
    table = LargeSteps((), 1, (time,), (), seeds=1).table().set_index("case")
    for case, step in (("constant", 1), ("proportional", time / 101)):
        exact = float(losses_by_decimals(step, time)[0][-1])
        assert table.loc[case, "loss"] == pytest.approx(exact, rel=1e-9)
        assert table.loc[case, "step"] == step
    exact = float(losses_by_decimals(8192, 40)[0][-1])
    assert exact < 1e-8
    table = LargeSteps((8192.0,), 40, (), (), seeds=1).table()
    assert table["loss"].iloc[0] == pytest.approx(exact, rel=1e-9)


def test_the_margin_of_the_perceptron():
    z = [(Fraction(1), Fraction(1, 5)), (Fraction(-2), Fraction(1, 5))]
    w, tie = (Fraction(0), Fraction(0)), Fraction(1, 2)
    while True:
        margins = [a * w[0] + b * w[1] for a, b in z]
        if min(margins) > 0:
            break
        weights = [tie * (m == 0) + (m < 0) for m in margins]
        w = tuple(
            x + sum(s * row[k] for s, row in zip(weights, z, strict=True)) / 2
            for k, x in enumerate(w)
        )
        tie = Fraction(1)
    assert float(min(margins) / Fraction("4.04")) == pytest.approx(PERCEPTRON_MARGIN)


def test_networks_by_a_loop_of_their_own():
    study = LargeSteps((), 1, (), (64.0,), 40, width=4, samples=6, dim=5, seeds=2)
    table = study.table()
    assert table["data"].tolist() == ["four_points"] * 2 + ["gaussian"] * 2
    signs = np.array([1, -1, 1, -1])
    for row in table.to_dict("records"):
        spec = make_spec(
            dataset=row["data"],
            samples=None if row["data"] == "four_points" else 6,
            model="two_layer",
            width=4,
            start=None,
        )
        dim = 2 if row["data"] == "four_points" else 5
        problem = spec.but(trained="inner").problem(dim, row["seed"])
        b, y, w = problem.data.b, problem.data.labels, problem.start.reshape(4, dim)
        losses = []
        for t in range(41):
            h = b @ w.T
            m = y * (np.where(h > 0, h, 0.01 * h) @ signs) / 4
            losses.append(np.logaddexp(0, -m).mean())
            back = (y / (1 + np.exp(m)))[:, None] * np.where(h > 0, 1, 0.01) * signs / 4
            w = w + 64 * 4 * (back.T @ b) / len(b)
            if (m > 0).all() and t < row["separated"]:
                raise AssertionError(t)
        assert row["loss"] == pytest.approx(losses[-1], rel=1e-6)
        rises = np.flatnonzero(np.diff(losses) > 1e-12 * np.array(losses[:-1]))
        expected = rises[-1] if len(rises) else np.nan
        np.testing.assert_equal(row["last_rise"], float(expected))


def runs(flat=11.0, before=14.0, product=105.0, order=-2.0, rate=1.0, **networks):
    common = {"data": "four_points", "seed": 0, "separated": 13.0}
    rows = [
        common | {"case": "steps", "step": step, "iterations": 1000, "last_rise": last}
        for step, last in ((32.0, before), (64.0, 11.0), (4096.0, flat))
    ]
    tiny = float(np.exp(-rate * 4096 * PERCEPTRON_MARGIN))
    rows = [row | {"loss": tiny} for row in rows]
    for time in (1000, 2000, 4000):
        own = {"step": 1.0, "iterations": time, "last_rise": np.nan}
        rows.append(common | own | {"case": "constant", "loss": product / time})
        own |= {"case": "proportional", "loss": 0.01 * (time / 1000) ** order}
        rows.append(common | own)
    return pd.DataFrame([*rows, *network(**networks)])


def network(growth=0.0, late=12.0, separated=13.0, spread=0.1, seeds=12):
    for step in (1.0, 16.0, 256.0):
        for seed in range(seeds):
            yield {
                **{"case": "network", "data": "gaussian", "step": step, "seed": seed},
                **{"iterations": 2000, "separated": separated, "last_rise": late},
                "loss": step**growth * (1 + spread * seed) / step / 2000,
            }


def verdicts(table):
    studies = {} if table is None else {"large_steps": table}
    found = Evidence(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), studies)
    return {claim.name: claim.finding(found).verdict for claim in CLAIMS}


def test_good_numbers_hold():
    assert verdicts(runs()) == dict.fromkeys(NAMES, "holds")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("large-steps-plateau", {"flat": 12.0}),
        ("large-steps-plateau", {"before": 11.0}),
        ("large-steps-constant", {"product": 99.0}),
        ("large-steps-proportional", {"order": -1.5}),
        ("large-steps-perceptron", {"rate": 0.8}),
        ("large-steps-leaky-phases", {"late": 1001.0}),
        ("large-steps-leaky-phases", {"separated": np.nan}),
        ("large-steps-leaky-stable", {"growth": 0.5}),
    ],
)
def test_a_wrong_number_turns_the_verdict(name, wrong):
    found = verdicts(runs(**wrong))
    assert found.pop(name) == "fails"
    assert set(found.values()) == {"holds"}


def test_few_runs_are_undecided():
    assert verdicts(runs(seeds=3))["large-steps-leaky-stable"] == "undecided"


def test_the_reference_of_a_ratio_is_as_uncertain_as_what_it_divides():
    """Largest at the smallest step in some seeds: ratio by ratio nothing is decided."""
    table = runs(growth=0.2, spread=0.0)
    own = (table["case"] == "network") & (table["step"] == 1) & (table["seed"] < 5)
    table["loss"] = table["loss"].mask(own, table["loss"] * 100)
    assert verdicts(table)["large-steps-leaky-stable"] == "undecided"
    # what all steps of a seed share is no uncertainty of their ratio
    assert verdicts(runs(growth=0.2, spread=9.0))["large-steps-leaky-stable"] == "fails"


def test_a_loss_that_rises_at_step_1_turns_the_verdict():
    table = runs()
    table["last_rise"] = table["last_rise"].mask(table["case"] == "constant", 3.0)
    assert verdicts(table)["large-steps-constant"] == "fails"


def test_what_was_not_measured_is_undecided():
    assert set(verdicts(None).values()) == {"undecided"}
    assert set(verdicts(runs().iloc[:0]).values()) == {"undecided"}
