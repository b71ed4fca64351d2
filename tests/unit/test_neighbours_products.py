"""Products with Gram matrices: kernels against integrals, features against them."""

import numpy as np
import pandas as pd
import pytest

from gdexp.claims import Evidence
from gdexp.claims.neighbours.products import CLAIMS
from gdexp.studies.products import (
    KERNELS,
    Products,
    arc_cosine,
    by_features,
    by_landmarks,
    exactly,
)


def test_the_arc_cosine_kernel_is_its_integral():
    """Of relu(w.x) relu(w.y) over the plane, in polar coordinates, by a plain sum."""
    x, y = np.array([1.0, 0.5]), np.array([-0.3, 2.0])
    angles = (np.arange(200_000) + 0.5) * 2 * np.pi / 200_000
    w = np.stack([np.cos(angles), np.sin(angles)])
    # E r^2 = 2 for a Gaussian vector of two coordinates
    known = 2 * (np.maximum(x @ w, 0) * np.maximum(y @ w, 0)).mean()
    assert arc_cosine(x[None], y[None])[0, 0] == pytest.approx(known, rel=1e-8)


@pytest.mark.parametrize("name", KERNELS)
def test_features_have_the_kernel_as_their_mean(name):
    kernel, features = KERNELS[name]
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, 2))
    h = features(x, 400_000, rng)
    terms = h[:, None] * h
    sigma = terms.std(axis=-1) / np.sqrt(h.shape[1])
    assert (np.abs(terms.mean(axis=-1) - kernel(x, x)) < 5 * sigma).all()


@pytest.mark.parametrize("name", KERNELS)
def test_products_against_the_matrix_itself(name):
    kernel, features = KERNELS[name]
    rng = np.random.default_rng(1)
    x, v = rng.standard_normal((40, 3)), rng.standard_normal((40, 2))
    gram = np.array([[kernel(a[None], b[None])[0, 0] for b in x] for a in x])
    np.testing.assert_allclose(exactly(kernel, x, v), gram @ v, rtol=1e-9)
    h = features(x, 7, rng)
    np.testing.assert_allclose(by_features(h, v), (h @ h.T / 7) @ v)
    # with all samples as landmarks it is exact, with some it is the projection
    np.testing.assert_allclose(by_landmarks(kernel, x, x, v), gram @ v, atol=1e-8)
    some = gram[:, :5] @ np.linalg.solve(gram[:5, :5], gram[:5]) @ v
    np.testing.assert_allclose(by_landmarks(kernel, x, x[:5], v), some, rtol=1e-6)


def test_the_table_counts_what_is_multiplied():
    table = Products(samples=(64,), features=(8, 64), seeds=1, dim=3).table()
    costs = table.groupby("way")["multiplications"].first().to_dict()
    n, m, d = 64, 8, 3
    # entries and their products; columns, and two products with them
    assert costs["exact"] == n * n * d + n * n
    assert costs["features"] == n * m * d + 2 * n * m
    assert costs["landmarks"] == costs["features"] + m**3
    assert set(table["columns"]) == {8, 64}
    assert (table[table["columns"] == 64]["way"] == "exact").all()


def made(features=-0.5, smooth=-1.1, kink=-0.9, growth=0.0, shared=0.0, power=0.0):
    """Errors that follow powers of m and n, with noise of their own and of the seed.

    All that has one seed shares a factor, and a power of m.
    """
    seeds = np.linspace(-1, 1, 10)
    rng = np.random.default_rng(0)
    slopes = {
        ("gaussian", "features"): features,
        ("arc-cosine", "features"): features,
        ("gaussian", "landmarks"): smooth,
        ("arc-cosine", "landmarks"): kink,
    }
    rows = [
        {
            "kernel": kernel,
            "way": way,
            "samples": n,
            "columns": m,
            "seed": seed,
            "error": m ** (slope + power * seeds[seed])
            * n**growth
            * np.exp(shared * seeds[seed] + 0.01 * rng.standard_normal()),
        }
        for (kernel, way), slope in slopes.items()
        for n in (512, 1024, 2048)
        for m in (16, 64, 256)
        for seed in range(10)
    ]
    return pd.DataFrame(rows)


def verdicts(table):
    evidence = Evidence(None, None, None, {"products": table})
    found = {claim.name: claim.finding(evidence) for claim in CLAIMS}
    return {name: finding.verdict for name, finding in found.items()}


def test_good_numbers_hold():
    assert set(verdicts(made()).values()) == {"holds"}


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("products-rate", {"features": -0.4}),
        ("products-linear", {"growth": 0.5}),
        ("products-landmarks", {"smooth": -0.6}),
        ("products-smooth", {"kink": -1.4}),
    ],
)
def test_a_wrong_number_turns_the_verdict(claim, wrong):
    assert verdicts(made(**wrong))[claim] == "fails"


def test_seeds_are_drawn_jointly_for_what_shares_samples():
    """Its numbers vary together, and their difference does not."""
    kernels = made(smooth=-1.0, kink=-0.95, power=0.2)
    assert verdicts(kernels)["products-smooth"] == "holds"
    sizes = made(shared=0.7)
    assert verdicts(sizes)["products-linear"] == "holds"


def test_too_few_draws_are_undecided():
    table = made()
    assert set(verdicts(table[table["seed"] < 9]).values()) == {"undecided"}


def test_a_number_that_is_missing_is_not_left_out_of_a_slope():
    table = made()
    table.loc[table["seed"] == 3, "error"] = np.nan
    for name in ("products-rate", "products-linear", "products-landmarks"):
        assert verdicts(table)[name] == "undecided"
