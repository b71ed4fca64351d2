"""A grid of networks, one of one's own among them, from records to MLflow."""

import json
import shutil

import pandas as pd
import pytest
from support import ROOT, make_config, runs

EXAMPLE = ROOT / "docs" / "examples" / "network.py"


@pytest.mark.slow  # a minute
def test_a_grid_of_networks(copied_workflow):
    flow = copied_workflow
    lines = EXAMPLE.read_text("utf-8").partition("class Gated")[2].splitlines()
    assert sum(map(bool, lines)) <= 10
    own = flow.snakefile.parent / "own"
    own.mkdir()
    shutil.copy(EXAMPLE, own / "network.py")
    entry = {"model": "two_layer", "algorithm": "gd", "step": 0.1}
    experiment = {
        "dataset": "gaussian",
        "samples": 8,
        "dims": [12, 16],
        "seeds": 4,
        "max_iterations": 500,
        "models": {
            "two": entry | {"width": [4, 8], "activation": "relu"},
            "mine": entry | {"model": "gated", "width": 3},
            "linear": entry | {"model": "linear", "start": "gaussian"},
        },
    }
    config = make_config(cells_per_job=3) | {"experiments": {"nets": experiment}}
    flow.configure(config)
    flow.run("collect")
    assert len(flow.records()) == 16  # of three seeds and of one
    for path, text in flow.records().items():
        for record in map(json.loads, text.splitlines()):
            assert ("jax" in record["made_by"]) == ("/linear/" not in path)
            kind = "computed" if "/mine/" in path else "bound"
            separated = record["outcome"]["outcome"] == "separated"
            assert record["outcome"]["certificate"] == (kind if separated else None)
            assert separated or record["cell"]["width"] == 4  # may rest elsewhere
    table = pd.read_csv(flow.results / "tables" / "cells.csv", dtype=str)
    assert sorted({*table["model"]}) == ["linear", "mine", "two-width=4", "two-width=8"]
    assert {*table["family"]} == {"linear", "gated", "two_layer"}
    tracked = [
        run.data
        for run in runs(flow, "nets")
        if run.data.params.get("model") in ("two_layer", "gated")
    ]
    assert len(tracked) == 24
    assert {run.params["width"] for run in tracked} == {"3", "4", "8"}
    assert all(run.metrics["iterations"] <= 500 for run in tracked)
    # nothing is left to do
    assert "Nothing to be done" in flow.run("collect").stderr
