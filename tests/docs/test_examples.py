"""Each file of docs/examples in a grid, against the same written down once more."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from support import ROOT, make_config, make_spec

from gdexp.claims.page import VERDICTS
from gdexp.core.seeds import streams
from gdexp.core.starts import draw_start
from gdexp.util.tables import read_table

EXAMPLES = ROOT / "docs" / "examples"
COMMON = {"model": "linear", "algorithm": "gd", "start": "gaussian", "step": 0.1}
ENTRIES = {
    "method": COMMON | {"algorithm": "rmsprop", "decay": 0.8},
    "loss": COMMON | {"loss": "squared_hinge", "target": 2},
    "model": COMMON | {"model": "difference"},
    "observable": COMMON | {"observe": ["distance"]},
}
LISTED = {
    "method": "rmsprop",
    "loss": "squared_hinge",
    "model": "difference",
    "observable": "distance",
    "dataset": "clouds",
}
CAP = 2000


def by_hand(name, b, y, start):
    """The iterations of an example and how far it went."""
    w, q = start, 0.0
    for t in range(CAP + 1):
        # f of the linear model, or of the difference, and its gradient by w
        f, gradients = b @ w[: b.shape[1]], b
        if name == "model":
            u, v = b @ w[: b.shape[1]], b @ w[b.shape[1] :]
            f = np.log((1 + np.exp(u)) / (1 + np.exp(v)))
            left, right = 1 / (1 + np.exp(-u)), 1 / (1 + np.exp(-v))
            gradients = np.hstack([left[:, None] * b, -right[:, None] * b])
        margins = y * f
        if (margins > 0).all() or t == CAP:
            return t, float(np.linalg.norm(w - start))
        weights = 1 / (1 + np.exp(margins))
        if name == "loss":
            weights = np.maximum(2 - margins, 0)
        g = (weights * y) @ gradients / len(y)
        if name == "method":
            q = 0.8 * q + 0.2 * g**2
            g = g / (np.sqrt(q) + 1e-8)
        w = w + 0.1 * g
    raise AssertionError


@pytest.fixture
def own(copied_workflow):
    folder = copied_workflow.snakefile.parent / "own"
    folder.mkdir()
    for name in LISTED:
        shutil.copy(EXAMPLES / f"{name}.py", folder)
    return copied_workflow


@pytest.mark.slow
def test_examples_of_members(own):
    experiment = {"dataset": "gaussian", "samples": 8, "dims": [8, 12], "seeds": 3}
    experiment |= {"max_iterations": CAP, "models": ENTRIES}
    clouds = {"dataset": "clouds", "distance": 3, "samples": 4, "dims": [5]}
    clouds |= {"seeds": 1, "max_iterations": 9, "models": {"linear": COMMON}}
    config = make_config(tracking={"mode": "none"})
    shutil.copy(EXAMPLES / "study.py", own.snakefile.parent / "own")
    config |= {"experiments": {"own": experiment, "clouds": clouds}}
    own.configure(config | {"studies": {"momentum": {}}})
    own.run()
    verdicts = read_table(own.results / "tables" / "claims.csv", VERDICTS)
    verdict = verdicts.set_index("claim").loc["momentum"]
    table = read_table(
        own.results / "tables" / "studies" / "momentum.csv", {"iterations": "int64"}
    )
    slow, *_, fast = table["iterations"]
    assert verdict["verdict"] == ("holds" if fast < slow else "fails")
    assert f"T = {slow} at 0.1, {fast} at 0.9" in verdict["measured"]
    records = list(map(json.loads, own.records().values()))
    (cloud,) = (each for each in records if each["cell"]["experiment"] == "clouds")
    assert cloud["cell"]["distance"] == 3
    assert cloud["outcome"]["final_min_margin"] == pytest.approx(
        margin_of_clouds(cloud)
    )
    records.remove(cloud)
    assert len(records) == 2 * 3 * len(ENTRIES)
    spec = make_spec(dataset="gaussian", samples=8, start="gaussian", root_seed=7)
    ends = set()
    for record in records:
        cell, end = record["cell"], record["outcome"]
        name, dim, seed = cell["name"], cell["dim"], cell["seed"]
        problem = spec.problem(dim, seed)
        start = problem.start
        if name == "model":
            start = draw_start("gaussian", dim, dim, streams(7, dim, seed).start)
        iterations, far = by_hand(name, problem.data.b, problem.data.labels, start)
        assert end["iterations"] == iterations, record["key"]
        ends.add((name, iterations))
        if name == "observable":
            assert record["trajectory"]["distance"][-1] == pytest.approx(far, rel=1e-9)
        if name == "model":
            assert end["certificate"] in ("computed", None)
    assert len(ends) > 2 * len(ENTRIES)
    command = [sys.executable, "-m", "gdexp", "--own", "own", "list"]
    listed = subprocess.run(
        command, cwd=own.snakefile.parent, capture_output=True, text=True, check=True
    ).stdout
    for name in LISTED.values():
        assert f"\n  {name} " in listed


def margin_of_clouds(record):
    rng = streams(7, 5, 0)
    b = rng.data.standard_normal((4, 5))
    y = np.array([-1.0, -1.0, 1.0, 1.0])
    b[:, 0] += 3 * y
    v = draw_start("gaussian", 5, 0, rng.start)
    for _ in range(record["outcome"]["iterations"]):
        v = v + 0.1 / 4 * (y / (1 + np.exp(y * (b @ v)))) @ b
    return (y * (b @ v)).min()


def test_a_typo_in_a_name_of_ones_own_gets_a_hint(own):
    config = make_config(tracking={"mode": "none"})
    models = {"a": COMMON | {"algorithm": "rmsprob"}}
    config["experiments"]["tiny"]["models"] = models
    own.configure(config)
    done = own.run(check=False)
    assert done.returncode != 0
    assert "rmsprop" in done.stderr
    assert "Traceback" not in done.stderr
