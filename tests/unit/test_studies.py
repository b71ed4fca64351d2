"""The studies at small sizes: their numbers against what is derived."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from support import IMAGES, STUDY_SIZES, make_config, make_spec, needs_images

from gdexp.core.datasets import dataset_family
from gdexp.core.member import build
from gdexp.core.methods import METHODS
from gdexp.core.models.conv import Conv
from gdexp.core.models.deep import DeepConv
from gdexp.core.run import run
from gdexp.core.seeds import streams
from gdexp.grid.grid import Grid
from gdexp.studies import STUDIES, settings
from gdexp.studies.checks import Checks, complex_step, squared_margin
from gdexp.util.digests import closure, module_of
from gdexp.util.errors import ConfigError


def table(name, **given):
    return settings(STUDIES[name], given).table()


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # a slope of one d
@pytest.mark.parametrize("name", STUDIES)
def test_the_root_seed_reaches_every_study(name):
    def grid(seed):
        config = {"seed": seed, "studies": {name: STUDY_SIZES[name]}}
        return Grid.of(make_config(**config, data="nowhere")).studies[name]

    if "root_seed" not in {each.name for each in fields(STUDIES[name])}:
        pd.testing.assert_frame_equal(grid(1).table(), grid(2).table())
        return  # nothing in it is drawn
    assert repr(grid(1)) != repr(grid(2))  # so that the workflow computes it again
    first = grid(1).table()
    pd.testing.assert_frame_equal(first, grid(1).table())
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(first, grid(2).table())


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # a slope of one d
@pytest.mark.parametrize("name", STUDIES)
def test_a_study_says_all_that_it_uses(name, monkeypatch):
    """What it takes from registries, by name, is part of its digest."""
    used = set()

    def built(member, given):
        used.add(module_of(member))
        return build(member, given)

    def family(*given, **more):
        found = dataset_family(*given, **more)
        used.add(module_of(type(found)))
        return found

    monkeypatch.setattr("gdexp.core.spec.build", built)
    monkeypatch.setattr("gdexp.core.spec.dataset_family", family)
    study = settings(STUDIES[name], STUDY_SIZES[name], {"data": "nowhere"})
    asked = []
    monkeypatch.setattr("gdexp.studies.base.code_of", lambda *of: asked.extend(of))
    _ = study.code
    study.table()
    assert used or not study.datasets, "nothing was seen"
    known = closure(tuple(sorted({*map(module_of, asked)})))
    assert used <= set(known), f"{name}.uses or .datasets lack {used - set(known)}"


def test_a_new_member_alters_no_study_and_an_edit_its_own(monkeypatch):
    before = {name: study().code for name, study in STUDIES.items()}
    monkeypatch.setitem(METHODS, "another", METHODS["nag"])
    assert {name: study().code for name, study in STUDIES.items()} == before
    known = {name: set(closure((module_of(study),))) for name, study in STUDIES.items()}
    assert {name for name in known if "core/models/deep.py" in known[name]} == {
        "homogeneity"
    }
    convolving = {name for name, study in STUDIES.items() if Conv in study.uses}
    assert "edge" in convolving
    assert all("core/models/conv.py" in known[name] for name in convolving)


@pytest.mark.parametrize("key", ["data", "root_seed"])
def test_what_is_said_once_for_all_is_no_setting_of_a_study(key):
    config = make_config(studies={"reduction": {key: 1}})
    with pytest.raises(ConfigError, match=f"unknown key '{key}'"):
        Grid.of(config)


def test_a_long_start_is_the_perceptron():
    found = table("reduction", scales=[1, 1e6], data="nowhere")
    assert set(found["case"]) == {"c1", "c2", "gaussian n=20", "gaussian n=90"}
    ends = found.groupby(["case", "model", "scale"]).last()
    long = ends.xs(1e6, level="scale")
    assert long["first_mismatch"].isna().all()
    assert (long["distance"] < 1e-9).all()
    assert (long["cosine"] > 1 - 1e-12).all()
    short = ends.xs(1.0, level="scale")
    assert short["first_mismatch"].notna().any()
    assert (short.xs("conv", level="model")["distance"] > 1e-3).all()


@needs_images
def test_the_reduction_on_images():
    sizes = {"image_samples": 40, "image_steps": 10, "scales": [1e6], "steps": 50}
    found = table("reduction", data=str(IMAGES), **sizes)
    images = found[found["case"] == "cifar10 n=40"]
    assert set(images["model"]) == {"linear", "conv"}
    assert images["first_mismatch"].isna().all()


def test_projections_obey_their_law():
    found = table("phases")
    conv = found[found["model"] == "conv"]
    assert len(conv) > 10
    for name in ("growing", "shrinking"):
        np.testing.assert_allclose(conv[name], conv[f"{name}_law"], rtol=1e-12)
    linear = found[found["model"] == "linear"]
    assert linear["active_1"].iloc[-1] == linear["active_2"].iloc[-1] == 0


def test_the_step_edge():
    found = table("edge", dims=[64], edges=[0.7, 3], starts=30)
    share = (
        found.groupby("edge")["separated"].sum() / found.groupby("edge")["starts"].sum()
    )
    assert share[0.7] == 1
    assert share[3.0] < 0.8


def test_the_tail_law():
    found = table("tail", dims=[64, 256], starts=3000, deltas=[0.05, 0.01])
    assert (found["ci_low"] <= found["quantile"]).all()
    assert (found["quantile"] <= found["ci_high"]).all()
    assert found["active"].between(1, 2).all()
    # the law with two active samples at every step, and with one
    fastest = found["law"] * found["active"] / 2
    assert found["quantile"].between(fastest, 2 * fastest).all()


def test_too_few_starts_give_no_interval():
    """Where its ranks lie beyond all starts, or a bootstrap would be too sure."""
    tail = table("tail", dims=[16], starts=50, deltas=[0.5, 0.1, 0.001])
    assert tail["ci_low"].notna().tolist() == [True, True, False]
    assert tail["ci_high"].notna().tolist() == [True, True, False]
    for starts in (9, 10):
        sizes = {"dims": [16, 32], "starts": starts, "repetitions": 10}
        best = table("best_step", halvings=3, **sizes)
        ends = ["exponent_low", "exponent_high"]
        assert best[ends].notna().all(axis=None) == (starts == 10)
        own = best.loc[best["best"], ["ci_low", "ci_high"]]
        assert own.notna().all(axis=None) == (starts == 10)
    checks = table("checks", dims=[16], seeds=1, noise_starts=14)
    noise = checks[checks["check"] == "noise"]
    assert noise["measured"].notna().all()
    assert noise[["ci_low", "ci_high"]].isna().all(axis=None)


def test_the_power_of_the_perceptron_limit():
    found = table("homogeneity", scales=[1, 1e4], seeds=2)
    ends = found[found["scale"] == 1e4].groupby(["degree", "power"])["distance"].max()
    for degree in (1, 2, 3):
        assert ends.loc[degree].idxmin() == 2 - degree
        assert ends.loc[(degree, 2 - degree)] < 1e-3


def test_the_best_step():
    sizes = {"dims": [16, 64, 256], "starts": 40, "repetitions": 50}
    found = table("best_step", halvings=6, doublings=6, **sizes)
    best = found[found["best"]]
    assert (best["ci_low"] <= best["q90"]).all()
    assert (best["q90"] <= best["ci_high"]).all()
    slopes = best.groupby("model")["exponent"].first()
    assert 0.7 < slopes["linear"] < 1.15
    assert 0.3 < slopes["conv"] < 0.65


def test_oscillation_counts_rising_steps():
    found = table("oscillation", dim=256, iterations=3000)
    ends = found[found["seed"] == 1].groupby(["data", "model", "step"]).last()
    assert found.groupby(["data", "model"])["seed"].nunique().max() == 15
    assert ends.loc[("gaussian", "linear", 0.01), "rising"] == 0
    assert ends.loc[("gaussian", "linear", 100), "rising"] > 0
    assert (found["gradient_norm"] >= 0).all()


def test_checks():
    found = table("checks", dims=[16, 64], seeds=3, noise_starts=50)
    by = dict(list(found.groupby("check")))
    for name in ("gradient", "quadratic_form", "spectrum"):
        assert by[name]["measured"].max() < 1e-12
    for name in ("c1_zero_start", "worst_case"):
        assert (by[name]["measured"] == by[name]["expected"]).all()
    for name in ("bound_batch", "bound_normalized", "bound_normalized_gd"):
        assert (by[name]["measured"] <= by[name]["expected"]).all()
    assert by["noise"]["case"].tolist() == ["1e-12", "1e-08", "0.0001", "0.01"]


def test_the_spectrum_has_signs(monkeypatch):
    form = Conv.quadratic_form

    def positive(self, sample):
        values, vectors = np.linalg.eigh(form(self, sample))
        return vectors @ np.diag(np.abs(values)) @ vectors.T

    monkeypatch.setattr(Conv, "quadratic_form", positive)
    found = table("checks", dims=[16], seeds=1, noise_starts=3)
    assert found.loc[found["check"] == "spectrum", "measured"].min() > 0.9


def test_noisy_runs_without_noise_are_those_of_the_library():
    dim, starts = 16, 30
    study = Checks(noise_starts=starts, root_seed=5)
    times = study._times(dim, 0.5, 0.0)
    rng = streams(5, dim, 0).data
    c, v = rng.standard_normal((starts, 2)), rng.standard_normal((starts, dim))
    spec = make_spec(model="conv", kernel=2, algorithm="perceptron", step="0.5/sqrt(d)")
    for start, time in zip(np.hstack([c, v]), times, strict=True):
        problem = replace(spec.problem(dim, 0), start=start)
        assert run(problem, 10**5).iterations == time


def test_the_squared_margin():
    z = np.array([[1.0, 1.0], [1.0, -1.0]])
    assert squared_margin(z) == pytest.approx(1)
    assert squared_margin(np.array([[2.0, 0.0], [0.0, 1.0]])) == pytest.approx(0.8)


@pytest.mark.parametrize("model", [Conv(3), DeepConv(2), DeepConv(3)])
def test_the_pullback_is_the_derivative(model):
    rng = np.random.default_rng(0)
    z, weights = rng.standard_normal((4, 9)), rng.random(4)
    w = rng.standard_normal(model.parameters(9))
    slope = complex_step(lambda x: complex(weights @ model.f(z, x)), w)
    np.testing.assert_allclose(model.df(z, w, weights), slope, rtol=1e-12)
    scaled = model.f(z, 2 * w)
    np.testing.assert_allclose(scaled, 2**model.degree * model.f(z, w))


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("tail", {"start": 3}, "unknown key 'start'; allowed: dims, starts"),
        ("tail", {"dims": 16}, "dims: 16; allowed: a list of whole numbers, positive"),
        ("tail", {"starts": [3]}, "starts: [3]; allowed: one whole number, positive"),
        ("tail", {"kappa": "big"}, "kappa: 'big'; allowed: one number, positive"),
        ("tail", {"kappa": float("nan")}, "kappa: nan; allowed: one number"),
        ("tail", {"dims": []}, "dims: []; allowed: a list"),
        ("tail", {"dims": [0]}, "dims: [0]; allowed: a list"),
        ("edge", {"starts": True}, "starts: True; allowed: one whole number"),
    ],
)
def test_settings_that_are_refused(name, given, message):
    with pytest.raises(ConfigError) as error:
        settings(STUDIES[name], given)
    assert message in str(error.value)
