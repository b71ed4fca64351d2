"""Frozen features: the solve, what is counted, and what turns the verdicts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support import make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours.frozen import CLAIMS
from gdexp.figures.frozen import separable
from gdexp.studies.frozen import Frozen, features, solved


def drawn(width, samples=12, dim=5, seed=0):
    spec = make_spec(
        dataset="gaussian",
        samples=samples,
        model="random_features",
        width=width,
        start=None,
    )
    return spec.problem(dim, seed)


def test_the_features_are_those_of_the_model():
    """Its f is <a, H_i> for every a."""
    problem = drawn(7)
    h = features(problem)
    for k in range(7):
        w = np.array(problem.start)
        w[:7] = np.eye(7)[k]
        np.testing.assert_allclose(h[:, k], problem.model.f(problem.data.b, w))


@pytest.mark.parametrize("width", [4, 12, 30])
def test_the_solve_is_that_of_the_normal_equations(width):
    rng = np.random.default_rng(0)
    h, y = rng.standard_normal((12, width)), rng.choice([-1.0, 1.0], 12)
    margins, rank = solved(h, y)
    assert rank == min(12, width)
    if width < 12:
        a = np.linalg.solve(h.T @ h, h.T @ y)
    else:
        a = h.T @ np.linalg.solve(h @ h.T, y)
        np.testing.assert_allclose(margins, 1, atol=1e-9)
    np.testing.assert_allclose(margins, y * (h @ a), atol=1e-9)


def test_a_feature_that_is_never_there_costs_a_rank():
    h = np.eye(3)
    h[2, 2] = 0
    margins, rank = solved(h, np.ones(3))
    assert rank == 2
    assert margins.tolist() == [1, 1, 0]


def test_the_table():
    table = Frozen(samples=8, dim=4, widths=(2, 32), seeds=4).table()
    wide = table[table["width"] == 32]
    np.testing.assert_allclose(wide["margin"], 1, atol=1e-9)
    assert (wide["accuracy"] == 1).all()
    # 2 n^2 p operations over 4 n p
    assert (wide["gradients"] == 4).all()
    assert (table.loc[table["width"] == 2, "gradients"] == 1).all()


def test_how_many_labels_are_linear():
    """Counted: labels of points in general position in the plane that are linear."""
    rng = np.random.default_rng(0)
    for n in (3, 5):
        points = rng.standard_normal((n, 2))
        angles = np.linspace(0, 2 * np.pi, 20_000)
        signs = np.sign(np.stack([np.cos(angles), np.sin(angles)], 1) @ points.T)
        assert len(np.unique(signs, axis=0)) == separable(n, 2) * 2**n


def study(margin=1.0, half=10, quarter=0, seeds=50):
    rows = []
    for width, count, least in (
        (16, quarter, -1),
        (32, half, -1),
        (128, seeds, margin),
    ):
        for seed in range(seeds):
            done = seed < count
            rows.append(
                {
                    "width": width,
                    "samples": 64,
                    "seed": seed,
                    "rank": min(width, 64),
                    "accuracy": 1.0 if done else 0.8,
                    "margin": least,
                    "gradients": 32.0,
                }
            )
    return pd.DataFrame(rows)


def cells(joint=5, nag=50, lost="separated", seeds=12):
    rows = [
        ("frozen-2n", family, algorithm, time, outcome)
        for family, algorithm, time, outcome in (
            ("random_features", "gd", 100, lost),
            ("random_features", "nag", nag, "separated"),
            ("two_layer", "gd", joint, "separated"),
            ("two_layer", "nag", 4, "separated"),
        )
    ]
    names = ["experiment", "family", "algorithm", "iterations", "outcome"]
    table = pd.DataFrame(rows, columns=names).assign(dim=16, unclear=0)
    frozen = table["family"] == "random_features"
    table = table.assign(certificate=np.where(frozen, "computed", "bound"))
    return pd.concat([table.assign(seed=seed) for seed in range(seeds)])


def evidence(grid=None, **changes):
    none = pd.DataFrame()
    grid = cells() if grid is None else grid
    return Evidence(grid, none, none, {"frozen": study(**changes)})


def verdicts(found):
    return {claim.name: claim.finding(found).verdict for claim in CLAIMS}


def test_good_numbers_hold():
    assert set(verdicts(evidence()).values()) == {"holds"}
    # a frozen run that was given up has an infinite T: it is the longer one
    capped = cells(lost="capped")
    assert set(verdicts(evidence(capped)).values()) == {"holds"}


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        ({"frozen-solve"}, {"margin": 1.01}),
        ({"frozen-below"}, {"half": 45}),
        ({"frozen-below"}, {"quarter": 25}),
        ({"frozen-joint", "frozen-accelerated"}, {"grid": cells(joint=300, nag=3)}),
        ({"frozen-accelerated"}, {"grid": cells(joint=60)}),
    ],
)
def test_a_wrong_number_turns_the_verdict(names, wrong):
    found = verdicts(evidence(**wrong))
    assert {name for name, verdict in found.items() if verdict == "fails"} == names


def test_what_is_not_there_is_undecided():
    nothing = replace(evidence(cells().iloc[:0]), studies={})
    assert set(verdicts(nothing).values()) == {"undecided"}
    both = cells(lost="capped")
    both["outcome"] = "capped"
    found = verdicts(evidence(both))
    assert found["frozen-joint"] == found["frozen-accelerated"] == "undecided"


def test_what_rests_on_no_bound_is_said():
    for claim in CLAIMS[-2:]:
        measured = claim.finding(evidence()).measured
        assert "12 of 24 cells separated without a bound" in measured
