"""Verdicts follow the numbers: claims hold on good ones and fail on wrong ones."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gdexp.claims import (
    Claim,
    Evidence,
    Finding,
    MissingError,
    both,
    catalogue,
    equal,
    neighbours,
    within,
)
from gdexp.claims.catalogue import CLAIMS
from gdexp.claims.catalogues import catalogues
from gdexp.claims.page import claims_page, claims_table
from gdexp.grid import own
from gdexp.records.tables import CELLS
from gdexp.stats.exponents import EXPONENTS
from gdexp.stats.seeds import wilson
from gdexp.stats.slopes import LOCAL
from gdexp.studies import STUDIES
from gdexp.util.errors import ConfigError

PAPER = {"paper": CLAIMS}
NAMES = [claim.name for claim in CLAIMS]


def reduction(mismatch=np.nan, distance=1e-12):
    rows = [
        {
            "case": case,
            "model": model,
            "scale": scale,
            "first_mismatch": 3.0 if scale == 1 else mismatch,
            "distance": 1.0 if scale == 1 else distance,
        }
        for case in ("c2", "gaussian")
        for model in ("conv", "linear")
        for scale in (1.0, 1e6)
    ]
    return pd.DataFrame(rows)


def homogeneity(right=1e-9, other=1.0):
    rows = [
        {
            "degree": degree,
            "power": power,
            "scale": 1e5,
            "distance": right if power == 2 - degree else other,
        }
        for degree in (1, 2, 3)
        for power in (-2, -1, 0, 1, 2)
    ]
    return pd.DataFrame(rows)


def phases(error=0.0):
    law = np.array([1.0, 1.1, 1.2])
    return pd.DataFrame(
        {
            "model": "conv",
            "growing": law,
            "growing_law": law,
            "shrinking": law * (1 + error),
            "shrinking_law": law,
        }
    )


def checks(width=0.01, **changes):
    good = {
        "gradient": [("k=2", 1e-16, 0)],
        "quadratic_form": [("k=2", 1e-16, 0)],
        "spectrum": [("c1", 1e-16, 0)],
        "c1_zero_start": [("step=100 d=16", 6, 6), ("step=100 d=1024", 258, 258)],
        "worst_case": [("normalized_gd 1", 16, 16)],
        "bound_batch": [("c1 d=1024 seed=0", 512, 2054)],
        "bound_normalized": [("c1 d=16 seed=0", 5, 20)],
        "bound_normalized_gd": [("c1 d=16 seed=0", 5, 20)],
        "noise": [("1e-12", 19.2, 19.2), ("0.01", 17.9, 19.2)],
    }
    rows = [
        {
            "check": check,
            "case": case,
            "measured": measured,
            "expected": expected,
            "ci_low": measured - expected - width,
            "ci_high": measured - expected + width,
        }
        for check, cases in (good | changes).items()
        for case, measured, expected in cases
    ]
    return pd.DataFrame(rows)


def tail(quantile=10.0, law=10.0, other=10.0):
    rows = [
        {
            "dim": dim,
            "delta": delta,
            "quantile": value,
            "ci_low": 0.99 * value,
            "ci_high": 1.01 * value,
            "law": law,
            "active": 1.3,
        }
        for dim, value in ((256, quantile), (4096, other))
        for delta in (0.05, 0.01)
    ]
    return pd.DataFrame(rows)


def edge(below=20, at=0):
    rows = [(1.0, 20), (1.41, below), (1.77, at), (2.1, 0)]
    return pd.DataFrame(
        {
            "data": data,
            "edge": e,
            "separated": s,
            "starts": 20,
            "ci_low": wilson(s, 20)[0],
            "ci_high": wilson(s, 20)[1],
        }
        for data in ("c1", "c2")
        for e, s in rows
    )


def oscillation(loss=(3.0, 1.0, 3.0, 1.0, 2.0), seeds=15):
    rows = []
    for seed, step in itertools.product(range(seeds), (0.01, 1.0, 100.0)):
        for t, value in enumerate(loss):
            rows.append(
                {
                    "data": "gaussian",
                    "model": "linear",
                    "step": step,
                    "seed": seed,
                    "iteration": 25 * t,
                    "loss": value,
                    "separated": 100.0 if step >= 1 else np.nan,
                }
            )
    return pd.DataFrame(rows)


def best_step(linear=0.97, conv=0.48):
    return pd.DataFrame(
        [
            {
                "model": model,
                "exponent": slope,
                "exponent_low": slope - 0.02,
                "exponent_high": slope + 0.02,
            }
            for model, slope in (("linear", linear), ("conv", conv))
        ]
    )


def cells(conv="separated", linear="capped", rising=40, frame=0):
    rows = [
        ("grid", "linear-gd", "c1", "linear", "gd", "separated", 10),
        ("grid", "conv-gd", "c1", "conv", "gd", "separated", 10),
        ("grid", "conv-p", "c1", "conv", "perceptron", "separated", 10),
        ("images", "conv", "cifar10", "conv", "gd", conv, 50),
        ("images", "linear", "cifar10", "linear", "gd", linear, 100),
    ]
    names = ["experiment", "model", "dataset", "family", "algorithm"]
    table = pd.DataFrame(rows, columns=[*names, "outcome", "iterations"])
    table = table.assign(start="gaussian", dim=16)
    table["kernel"] = table["family"].map({"conv": 2.0})
    small = table.iloc[-1:].assign(model="small", step_size=0.001, rising_steps=0)
    table = table.assign(step_size=10.0, rising_steps=rising)
    table = pd.concat([table, small], ignore_index=True)
    certificate = table["outcome"].map({"separated": "bound"})
    table = table.assign(max_iterations=100, final_accuracy=0.99)
    table = table.assign(certificate=certificate, unclear=0, seed=0)
    return pd.concat([table, explicit_cells(frame)], ignore_index=True)


EXPLICIT = [
    ("linear", "gd"),
    ("linear", "nag"),
    ("linear", "smooth_perceptron"),
    ("linear", "dual_acceleration"),
    ("linear", "adam"),
    ("diagonal", "gd"),
]


def explicit_cells(frame=0):
    """T = 10, in frames too, but 11 where coordinates count; nag's moves by `frame`."""
    rows = [
        (f"explicit{name}", f"{family}-{algorithm}", f"c1{name}", family, algorithm)
        for family, algorithm in EXPLICIT
        for name in ("-a", ":rotated")
    ]
    rows += [("explicit-conv", "conv-gd", "c1", "conv", "gd")] * 2
    names = ["experiment", "model", "dataset", "family", "algorithm"]
    table = pd.DataFrame(rows, columns=names)
    table["experiment"] = table["experiment"].str.replace(":", "-")
    table["dataset"] = table["dataset"].str.replace("-a", "")
    moved = (table["algorithm"] == "nag") & table["dataset"].str.endswith("rotated")
    seen = table["algorithm"].eq("adam") | table["family"].eq("diagonal")
    turned = table["dataset"].str.endswith("rotated")
    table["iterations"] = 10 + frame * moved + (seen & turned)
    table = table.assign(outcome="separated", seed=table.groupby(names).cumcount())
    return table.assign(dim=16, start="zero", certificate="bound", unclear=0)


def local(high=16, **changed):
    """Slopes as expected; 2 for one of them that is named."""
    slopes = {"gd": 1.0, "nag": 0.5, "smooth_perceptron": 0.5, "diagonal": 0.6}
    rows = [
        {
            "experiment": "explicit-a",
            "model": f"{family}-{algorithm}",
            "statistic": "mean",
            "dim_low": 1,
            "dim_high": high,
            "exponent": (slopes | changed).get(
                family if family == "diagonal" else algorithm, 0.5
            ),
            "ci_low": np.nan,
            "ci_high": np.nan,
        }
        for family, algorithm in EXPLICIT
    ]
    return pd.DataFrame(rows)


def exponents(linear=0.99, conv=0.48, width=0.02, over_log=-0.12, alone=0.5):
    slopes = (("linear-gd", linear), ("conv-gd", conv), ("conv-p", conv))
    entries = [("grid", model, slope) for model, slope in slopes]
    entries.append(("explicit-conv", "conv-gd", alone))
    rows = [
        {
            "experiment": experiment,
            "model": model,
            "statistic": statistic,
            "exponent": slope,
            "ci_low": slope - width,
            "ci_high": slope + width,
            "over_log": slope + over_log,
            "over_log_low": slope + over_log - width,
            "over_log_high": slope + over_log + width,
            "sqrt_log_share": 0.3,
        }
        for experiment, model, slope in entries
        for statistic in ("mean", "q90")
    ]
    return pd.DataFrame(rows)


def evidence(grid=None, fits=None, near=None, **studies):
    good = {
        "reduction": reduction(),
        "homogeneity": homogeneity(),
        "phases": phases(),
        "checks": checks(),
        "tail": tail(),
        "edge": edge(),
        "oscillation": oscillation(),
        "best_step": best_step(),
    }
    return Evidence(
        cells() if grid is None else grid,
        exponents() if fits is None else fits,
        local() if near is None else near,
        good | studies,
    )


def verdicts(evidence):
    table = claims_table(PAPER, evidence)
    return dict(zip(table["claim"], table["verdict"], strict=True))


def test_catalogues_are_all_there_and_no_name_is_twice():
    found = catalogues()
    folder = Path(neighbours.__file__).parent
    files = {f"{neighbours.__name__}.{file.stem}" for file in folder.glob("[a-z]*.py")}
    assert {*found} == {catalogue.__name__, *files}
    names = [claim.name for claims in found.values() for claim in claims]
    assert sorted(names) == sorted(set(names))
    assert all(each.source and each.expected for own in found.values() for each in own)


def test_good_numbers_hold():
    assert verdicts(evidence()) == dict.fromkeys(NAMES, "holds")


WRONG = {
    "eq10": {"checks": checks(gradient=[("k=2", 1e-6, 0)])},
    "quadratic-form": {"checks": checks(quadratic_form=[("k=2", 1e-6, 0)])},
    "linear-limit": {"reduction": reduction(mismatch=5.0)},
    "quadratic-limit": {"reduction": reduction(distance=0.1)},
    "degrees": {"homogeneity": homogeneity(right=0.5)},
    "spectrum": {"checks": checks(spectrum=[("c1", 1e-3, 0)])},
    "growth": {"phases": phases(error=1e-4)},
    "linear-omega-d": {"fits": exponents(linear=0.6)},
    "quarter-d": {"checks": checks(c1_zero_start=[("step=100 d=16", 7, 6)])},
    "two-layer-sqrt-d": {"fits": exponents(conv=0.9)},
    "two-layer-best": {"best_step": best_step(conv=0.8)},
    "tail-constant": {"tail": tail(quantile=10, other=20)},
    "tail-law": {"tail": tail(law=40)},
    "tail-law-sharp": {"tail": tail(law=20)},
    "edge": {"edge": edge(below=10)},
    "rising-loss": {"grid": cells(rising=0)},
    "loss-no-progress": {"oscillation": oscillation(loss=(5.0, 4.0, 3.0, 2.0, 1.0))},
    "noise": {"checks": checks(noise=[("1e-08", 25, 19.2)])},
    "images": {"grid": cells(conv="capped", linear="separated")},
    "explicit-none": {"near": local(gd=0.5)},
    "explicit-acceleration": {"near": local(smooth_perceptron=1.0)},
    "explicit-implicit": {"fits": exponents(alone=0.9)},
    "explicit-diagonal": {"near": local(diagonal=1.0)},
    "explicit-frames": {"grid": cells(frame=1)},
    "novikoff": {"checks": checks(bound_batch=[("c1 d=16 seed=0", 50, 40)])},
    "normalized-bound": {"checks": checks(bound_normalized=[("c1 d=16", 21, 20)])},
    "normalized-gd-bound": {"checks": checks(bound_normalized_gd=[("c1", 21, 20)])},
    "table-1": {"checks": checks(worst_case=[("normalized_gd 1", 17, 16)])},
}


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_number_turns_the_verdict(name):
    assert verdicts(evidence(**WRONG[name]))[name] == "fails"


def test_what_was_not_measured_is_undecided():
    nothing = Evidence(cells().iloc[:0], exponents().iloc[:0], local().iloc[:0], {})
    table = claims_table(PAPER, nothing)
    assert set(table["verdict"]) == {"undecided"}
    assert table["reason"].str.len().min() > 10


def test_what_has_no_rows_was_not_measured():
    """Nothing is as small as it should be where there is nothing."""
    grid, fits, near, *tables = (
        pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in own.items()})
        for own in (CELLS, EXPONENTS, LOCAL, *(STUDIES[x].columns for x in STUDIES))
    )
    nothing = Evidence(grid, fits, near, dict(zip(STUDIES, tables, strict=True)))
    found = claims_table(catalogues(), nothing)
    assert set(found["verdict"]) == {"undecided"}
    assert set(found["measured"]) == {"not measured"}
    other = {"checks": checks().assign(check="another")}
    found = claims_table(PAPER, Evidence(grid, fits, near, other))
    assert found.set_index("claim").loc["eq10", "verdict"] == "undecided"
    assert found.set_index("claim").loc["table-1", "verdict"] == "undecided"
    with pytest.raises(MissingError):
        both()


def test_wide_intervals_are_undecided():
    found = verdicts(evidence(fits=exponents(width=0.2)))
    names = ("linear-omega-d", "two-layer-sqrt-d", "explicit-implicit")
    assert {found[name] for name in names} == {"undecided"}


def test_a_slope_before_the_runs_were_given_up_says_nothing():
    """The last window that has a slope does not reach the largest d."""
    for wrong in (evidence(near=local(high=8)), evidence(grid=given_up())):
        found = verdicts(wrong)
        assert found["explicit-none"] == "undecided"


def given_up():
    table = cells()
    own = (table["experiment"] == "explicit-a") & (table["model"] == "linear-gd")
    return table.assign(outcome=table["outcome"].mask(own, "capped"))


def test_a_frame_that_all_methods_overlook_is_no_evidence():
    """Adam and the diagonal product have to see it, and there has to be one."""
    table = cells()
    grid = table.assign(
        iterations=table["iterations"].where(table["iterations"] != 11, 10)
    )
    assert verdicts(evidence(grid=grid))["explicit-frames"] == "fails"
    elsewhere = table["dataset"].str.endswith("rotated")
    grid = table.assign(dim=table["dim"].where(~elsewhere, 32))
    assert verdicts(evidence(grid=grid))["explicit-frames"] == "undecided"


def test_more_than_logarithms_is_no_square_root():
    """A slope that is clearly below 1 is not enough."""
    found = verdicts(evidence(fits=exponents(conv=0.6, over_log=0.0)))
    assert found["two-layer-sqrt-d"] == "fails"


def test_images_that_no_run_separates_are_undecided():
    grid = cells(conv="capped", linear="capped")
    assert verdicts(evidence(grid=grid))["images"] == "undecided"


@pytest.mark.parametrize("family", ["linear", "conv"])
def test_images_of_one_model_alone_are_undecided(family):
    grid = cells(conv="separated", linear="separated")
    alone = grid[(grid["dataset"] == "c1") | (grid["family"] == family)]
    assert verdicts(evidence(grid=alone))["images"] == "undecided"


@pytest.mark.parametrize(("cap", "verdict"), [(49, "undecided"), (50, "holds")])
def test_a_run_given_up_too_early_says_nothing(cap, verdict):
    grid = cells()  # the conv model separates after 50 iterations
    grid.loc[grid["model"] == "small", "max_iterations"] = cap
    assert verdicts(evidence(grid=grid))["images"] == verdict
    grid = cells(conv="capped", linear="separated")  # linear after 100
    grid["max_iterations"] = 100
    assert verdicts(evidence(grid=grid))["images"] == "fails"
    grid.loc[grid["family"] == "conv", "max_iterations"] = 99
    assert verdicts(evidence(grid=grid))["images"] == "undecided"


@pytest.mark.parametrize("left_out", [0.001, 10.0])
def test_rising_loss_needs_small_and_large_steps(left_out):
    grid = cells()
    grid = grid[(grid["dataset"] == "c1") | (grid["step_size"] != left_out)]
    assert verdicts(evidence(grid=grid))["rising-loss"] == "undecided"


@pytest.mark.parametrize(
    "other", [{"start": "zero"}, {"kernel": 3.0}, {"step_size": 10 / 16}]
)
def test_entries_of_another_kind_do_not_decide(other):
    grid = cells()
    second = grid[grid["model"] == "conv-gd"].assign(dim=64, step_size=5.0)
    grid = pd.concat([grid, second, second.assign(model="x", **other)])
    if "step_size" in other:
        first = second.assign(model="x", dim=16, step_size=10.0)
        grid = pd.concat([grid, first])
    wrong = exponents(conv=0.9)
    fits = pd.concat(
        [exponents(), wrong[wrong["model"] == "conv-gd"].assign(model="x")]
    )
    assert verdicts(evidence(grid=grid, fits=fits))["two-layer-sqrt-d"] == "holds"


def test_an_entry_without_a_fit_is_not_replaced_by_another():
    grid = cells()
    grid = pd.concat([grid, grid[grid["model"] == "conv-gd"].assign(model="x")])
    fits = exponents()
    other = fits[fits["model"] == "conv-gd"].assign(model="x")
    fits.loc[fits["model"] == "conv-gd", ["exponent", "ci_low", "ci_high"]] = np.nan
    found = evidence(grid=grid, fits=pd.concat([fits, other]))
    assert verdicts(found)["two-layer-sqrt-d"] == "undecided"


@pytest.mark.parametrize(
    ("name", "studies"),
    [
        ("noise", {"checks": checks(width=0.06)}),
        ("loss-no-progress", {"oscillation": oscillation(seeds=3)}),
        ("edge", {"edge": edge(at=9)}),  # of 20: the interval has a half in it
    ],
)
def test_intervals_that_do_not_decide(name, studies):
    assert verdicts(evidence(**studies))[name] == "undecided"


@pytest.mark.parametrize(("iterations", "bound"), [(300, 2048), (258, 2500)])
def test_a_quarter_of_d_against_twice_d(iterations, bound):
    case = [("c1 d=1024 seed=0", 512, bound)]
    steps = [("step=100 d=16", 6, 6), ("step=100 d=1024", iterations, iterations)]
    found = verdicts(evidence(checks=checks(bound_batch=case, c1_zero_start=steps)))
    assert found["novikoff"] == "fails"
    assert found["quarter-d"] == "holds"


@pytest.mark.parametrize(
    ("judge", "reason"),
    [
        (lambda _: Finding("1", "Holds"), "Finding.verdict 'Holds'; allowed: holds, "),
        (lambda _: Finding(1, "holds"), "Finding.measured 1; allowed: a text"),
        (lambda _: None, "a NoneType; allowed: a Finding"),
        (lambda _: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_cannot_judge_leaves_its_own_claim_undecided(judge, reason):
    good = Claim("good", "a", "ours", "b", lambda _: Finding("1", "holds"))
    bad = replace(good, name="bad", judge=judge)
    table = claims_table({"mine": (good, bad)}, evidence())
    assert table["verdict"].tolist() == ["holds", "undecided"]
    assert reason in table["reason"][1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CLAIMS = 5", "CLAIMS 5; allowed: "),
        ("CLAIMS = ('x',)", "CLAIMS ('x',); allowed: "),
        ("CLAIMS = (made('a'), made('a'))", "claim 'a' is there already; rename it"),
        ("CLAIMS = (made('eq10'),)", "claim 'eq10' is there already; rename it"),
        ("CLAIMS = (made('a\\nb'),)", r"name 'a\nb'; allowed: a text of one line"),
        ("CLAIMS = (made(5),)", "name 5; allowed: a text of one line"),
    ],
)
def test_what_is_no_catalogue(tmp_path, monkeypatch, text, words):
    made = "from gdexp.claims import Claim, Finding\n"
    made += (
        "def made(x): return Claim(x, 't', 's', 'e', lambda _: Finding('', 'holds'))"
    )
    (tmp_path / "mine.py").write_text(f"{made}\n{text}\n")
    monkeypatch.setattr(own, "_loaded", {})

    def loaded():
        own.load(tmp_path)
        return catalogues()

    with pytest.raises(ConfigError) as caught:
        loaded()
    assert words in str(caught.value)
    assert "mine" in str(caught.value)


def test_the_page(tmp_path):
    table = claims_table(PAPER, evidence(fits=exponents(linear=0.6)))
    claims_page(table, tmp_path / "claims.md")
    page = (tmp_path / "claims.md").read_text()
    assert f"{len(CLAIMS)} claims: {len(CLAIMS) - 1} holds, 1 fails" in page
    assert "**fails**: the interval lies outside [0.93, 1.05]" in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) == len(CLAIMS) + 2
    assert all(row.replace("\\|", "").count("|") == 7 for row in rows)


def test_rules_of_judgement():
    assert within(np.nan, np.nan, (0, 1), "").verdict == "undecided"
    assert within(0, 1, (0, 1), "").verdict == "holds"
    assert equal(False, "3", "it is 4").reason == "it is 4"


def test_joined_findings_say_each_reason_once_and_how_many_seeds_decide_all():
    judged = [within(0.5, high, (0.5625, 1), f"{high:g}", 4) for high in (0.75, 0.8)]
    joined = both(*judged, equal(True, "5", ""))
    assert (joined.verdict, joined.measured) == ("undecided", "0.75; 0.8; 5")
    assert joined.why == (
        "the interval leaves [0.5625, 1] in part (2 of 3);"
        f" about {max(each.seeds for each in judged)} seeds would decide, were the rest"
        " the same"
    )
    # no number of seeds decides what has no interval, or what fails already
    assert both(*judged, within(np.nan, 1, (0, 1), "6")).seeds == 0
    failed = both(*judged, equal(False, "3", "it is 4"))
    assert failed.verdict == "fails"
    assert failed.why == ("the interval leaves [0.5625, 1] in part (2 of 3); it is 4")
