"""Depth alone: the end-to-end rule of the source, and verdicts on slopes."""

import numpy as np
import pandas as pd
import pytest

from gdexp.claims import Evidence
from gdexp.claims.neighbours.depth import CLAIMS
from gdexp.core.models.deep_linear import DeepLinear


@pytest.mark.parametrize("depth", [2, 3])
def test_a_balanced_network_follows_the_rule_of_its_source(depth):
    """W+ - W = step |W|^(2 - 2/N) (g + (N - 1) P_W g), in the limit of small steps."""
    rng = np.random.default_rng(0)
    model = DeepLinear(depth=depth, width=3, balanced=True)
    b, d, step = rng.standard_normal((4, 6)), 6, 1e-6
    w = model.start(d, "", rng)
    weights = rng.uniform(size=4)

    def whole(w):
        return model.f(np.eye(d), w)

    before = whole(w)
    moved = (whole(w + step * model.df(b, w, weights)) - before) / step
    length = np.linalg.norm(before)
    g = weights @ b
    along = before / length * (before @ g / length)
    rule = length ** (2 - 2 / depth) * (g + (depth - 1) * along)
    np.testing.assert_allclose(moved, rule, rtol=1e-4)


def made(linear=1.0, deep=0.5, diagonal=0.52, half=0.03):
    rows = []
    for data in ("two_point", "c2"):
        for family, depth, slope in (
            ("linear", None, linear),
            ("conv", None, 0.5),
            ("deep_linear", 2, deep),
            ("deep_linear", 3, deep),
            ("diagonal", 2, diagonal),
        ):
            row = {"experiment": f"depth-{data}", "model": f"{family}-depth={depth}"}
            row |= {"dataset": data, "family": family, "step": "0.5", "depth": depth}
            row |= {"exponent": slope, "ci_low": slope - half, "ci_high": slope + half}
            row |= {"statistic": "median", "cells": 20, "capped": 1, "diverged": 0}
            rows.append(row)
    table = pd.DataFrame(rows)
    own = ["dataset", "family", "step", "depth"]  # of cells alone
    cells = table[["experiment", "model", *own]]
    cells = cells.merge(pd.DataFrame({"seed": range(20)}), how="cross")
    return Evidence(cells, table.drop(columns=own), None, {})


def verdicts(evidence):
    return {claim.name: claim.finding(evidence) for claim in CLAIMS}


def test_good_slopes_hold_and_say_what_was_lost():
    found = verdicts(made())
    assert {each.verdict for each in found.values()} == {"holds"}
    assert "1 of 20 cells not separated" in found["depth-deep"].measured


@pytest.mark.parametrize(
    ("wrong", "failing"),
    [
        ({"linear": 0.5}, {"depth-linear"}),
        ({"deep": 1.0}, {"depth-products", "depth-deep"}),
        ({"diagonal": 0.65}, {"depth-diagonal"}),
        ({"diagonal": 0.3}, {"depth-products", "depth-diagonal"}),
    ],
)
def test_a_wrong_slope_turns_the_verdict(wrong, failing):
    found = verdicts(made(**wrong, half=0.01))
    assert {name for name, each in found.items() if each.verdict == "fails"} == failing


def test_wide_intervals_and_missing_entries_are_undecided():
    wide = verdicts(made(half=0.2))
    assert {each.verdict for each in wide.values()} == {"undecided"}
    evidence = made()
    without = evidence.cells[evidence.cells["family"] == "none"]
    none = verdicts(Evidence(without, evidence.exponents, None, {}))
    assert {each.verdict for each in none.values()} == {"undecided"}
