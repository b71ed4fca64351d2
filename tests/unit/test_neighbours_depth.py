"""Depth alone: the end-to-end rule of the source, and verdicts on slopes."""

import numpy as np
import pandas as pd
import pytest

from gdexp.claims import Evidence
from gdexp.claims.neighbours.depth import CLAIMS
from gdexp.core.models.deep_linear import DeepLinear
from gdexp.grid.grid import load


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


def made(linear=1.0, deep=0.5, diagonal=0.52, half=0.03, step="0.5"):
    """Slopes, those of the diagonal network without an interval: nothing is drawn."""
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
            alone = family == "diagonal"
            row |= {"step": step if alone else "0.5", "seeds": 1 if alone else 20}
            row |= {"dataset": data, "family": family, "depth": depth}
            wide = np.nan if alone else half
            row |= {"exponent": slope, "ci_low": slope - wide, "ci_high": slope + wide}
            row |= {"statistic": "median", "cells": 20, "capped": 1, "diverged": 0}
            rows.append(row)
    table = pd.DataFrame(rows)
    own = ["dataset", "family", "step", "depth", "seeds"]  # of cells alone
    cells = table[["experiment", "model", *own]]
    cells = cells.merge(pd.DataFrame({"seed": range(20)}), how="cross")
    cells = cells[cells["seed"] < cells.pop("seeds")]
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
    # the seeds of conv, those of the diagonal network are none
    assert "about 125 seeds" in wide["depth-diagonal"].why
    evidence = made()
    without = evidence.cells[evidence.cells["family"] == "none"]
    none = verdicts(Evidence(without, evidence.exponents, None, {}))
    assert {each.verdict for each in none.values()} == {"undecided"}


def test_slopes_are_compared_at_the_same_step_and_both_entries_are_named():
    found = verdicts(made())["depth-diagonal"]
    for named in ("diagonal-depth=2 0.52, exact", "conv-depth=None 0.50 [0.47, 0.53]"):
        assert named in found.measured
    other = verdicts(made(step="1"))["depth-diagonal"]
    assert other.verdict == "undecided"
    assert "no conv at the step 1 beside two_point diagonal-depth=2" in other.reason


def depth_entries():
    experiments = load("workflow/neighbours.yaml").experiments
    for name, experiment in experiments.items():
        if name.startswith("depth-"):
            for label, spec in experiment.specs.items():
                yield experiment, label, spec


def test_every_product_of_two_layers_has_conv_at_its_step():
    entries = [spec for _, _, spec in depth_entries()]
    convs = {(x.dataset, x.step) for x in entries if x.model == "conv"}
    two = [x for x in entries if x.model in ("deep_linear", "diagonal")]
    assert {(x.dataset, x.step) for x in two} <= convs


def test_no_cell_of_them_is_a_copy_of_another():
    for experiment, label, spec in depth_entries():
        first, second = (spec.problem(16, seed) for seed in (0, 1))
        drawn = not np.array_equal(first.start, second.start)
        assert drawn == (experiment.seeds > 1), (experiment.name, label)
