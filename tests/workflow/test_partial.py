"""Tables and figures of a grid with missing and damaged cells."""

import pandas as pd
import pytest
from support import make_config

from gdexp.cli import main


@pytest.fixture
def torn(workflow, monkeypatch, capsys):
    """A grid that lost three of twelve cells, and one more to damage."""
    workflow.configure(make_config(tracking={"mode": "none"}))
    workflow.run()
    cells = workflow.results / "cells" / "tiny"
    for path in ("linear-gd/d8/s0", "linear-gd/d32/s0", "linear-gd/d32/s1"):
        (cells / f"{path}.jsonl").unlink()
    (cells / "conv2-perceptron" / "d16" / "s1.jsonl").write_text("{}\n")
    monkeypatch.chdir(workflow.folder)
    return workflow


def test_what_is_there_is_shown_and_marked(torn, capsys):
    assert main(["collect"]) == 1
    said = capsys.readouterr().err
    assert "8 cells, 3 missing, 1 record files refused; run the workflow" in said
    assert main(["collect", "--partial"]) == 0
    said = capsys.readouterr()
    assert "8 cells, 3 missing, 1 record files refused; see results/partial" in said.out
    assert "d16/s1.jsonl" in said.err
    folder = torn.results / "partial"
    assert len(pd.read_csv(folder / "tables" / "cells.csv")) == 8
    for figure in ("scaling", "iterations", "trajectories"):
        file = folder / "figures" / "tiny" / f"{figure}.txt"
        assert "PARTIAL: 8 cells, 3 missing" in file.read_text()
        assert file.with_suffix(".png").stat().st_size > 5000
    # the whole is left as it was
    assert len(pd.read_csv(torn.results / "tables" / "cells.csv")) == 12


def test_a_model_without_any_cell(torn, capsys):
    for path in (torn.results / "cells" / "tiny" / "linear-gd").rglob("*.jsonl"):
        path.unlink()
    assert main(["collect", "--partial"]) == 0
    table = pd.read_csv(torn.results / "partial" / "tables" / "exponents.csv")
    assert set(table["model"]) == {"conv2-perceptron"}


def test_nothing_at_all(torn, capsys):
    for path in torn.results.rglob("*.jsonl"):
        path.unlink()
    assert main(["collect", "--partial"]) == 1
    assert "no good record" in capsys.readouterr().err
