"""Dynamic mode decomposition: found eigenvalues against those of the matrices."""

import numpy as np
import pytest
from support import STUDY_SIZES, make_spec

from gdexp.claims import Evidence
from gdexp.claims.neighbours.modes import CLAIMS
from gdexp.studies import STUDIES, settings
from gdexp.studies.modes import decomposition, spectrum


@pytest.fixture(scope="module")
def table():
    sizes = STUDY_SIZES["modes"] | {"starts": 40}
    return settings(STUDIES["modes"], sizes, {"root_seed": 3}).table()


def verdicts(table):
    evidence = Evidence(None, None, None, {"modes": table})
    return {claim.name: claim.finding(evidence) for claim in CLAIMS}


def test_a_law_that_is_known_is_found():
    """Against the matrix that made the snapshots, of more unknowns than modes."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((9, 3)))[0]
    values = np.array([0.7, 0.95, 1.1])
    x = [basis @ np.ones(3)]
    for _ in range(8):
        x.append(basis @ (values * (basis.T @ x[-1])))
    found = decomposition(np.transpose(x), 3)
    np.testing.assert_allclose(found.values, values, rtol=1e-10)
    assert found.rest < 1e-14 < found.least


@pytest.mark.parametrize("active", [[True, False], [False, True], [True, True]])
def test_the_spectrum_is_that_of_the_update(active):
    """Of the matrix I + step/n sum A_i itself; 1 belongs to what does not move."""
    spec = make_spec(
        model="conv", kernel=2, algorithm="perceptron", step=0.03, start="gaussian"
    )
    problem = spec.problem(12, 0)
    forms = [problem.model.quadratic_form(z) for z in problem.z[active]]
    update = np.eye(14) + 0.03 / 2 * np.sum(forms, axis=0)
    values = np.linalg.eigvalsh(update)
    moving = values[np.abs(values - 1) > 1e-9]
    known = spectrum(problem, np.array(active))
    assert len(known) == (2 if all(active) else 4)
    distance = np.abs(moving[:, None] - known)
    assert distance.min(axis=1).max() < 1e-12
    assert distance.min(axis=0).max() < 1e-12


def test_the_study_finds_them(table):
    found = verdicts(table)
    assert {finding.verdict for finding in found.values()} == {"holds"}, found
    assert set(table["model"]) == {"conv", "linear"}
    assert (table["steps"] > table["modes"]).all()


@pytest.mark.parametrize(
    ("claim", "loss", "column", "value"),
    [
        ("modes-exact", "perceptron", "error", 1e-7),
        ("modes-exact", "perceptron", "rest", 1e-9),
        ("modes-descent", "logistic", "error", 1e-7),
    ],
)
def test_a_wrong_number_turns_the_verdict(table, claim, loss, column, value):
    wrong = table.copy()
    wrong.loc[wrong["loss"] == loss, column] = value
    assert verdicts(wrong)[claim].verdict == "fails"


def test_medians_are_of_the_runs_that_have_a_phase(table):
    """How many of them at each R is told; few are no median."""
    found = verdicts(table)["modes-descent"]
    runs = table[table["loss"] == "logistic"].drop_duplicates(["scale", "seed"])
    for scale, own in runs.groupby("scale"):
        assert f"at R = {scale:g} ({len(own)} of 40 runs)" in found.measured
    few = table[(table["scale"] < 1000) | (table["seed"] < runs["seed"].unique()[3])]
    assert verdicts(few)["modes-descent"].verdict == "undecided"


def test_what_is_not_there_is_undecided(table):
    found = verdicts(table[table["loss"] == "none"])
    assert {finding.verdict for finding in found.values()} == {"undecided"}
