"""Tables of one's own in whole workflows."""

import json

import pytest
from support import make_config, runs

from gdexp.records.tables import CELLS
from gdexp.stats.exponents import EXPONENTS
from gdexp.util.tables import read_table

ROWS = [
    *("height,width,label", "1.5,0.2,cat", "1.0,0.4,cat", "0.4,1.1,dog"),
    *("0.1,1.6,dog", "-0.5,2,dog"),
]


@pytest.fixture
def own(workflow):
    """A grid of tables alone, its configuration and table in another folder."""
    there = workflow.folder / "my data"
    there.mkdir()
    (there / "pets.csv").write_text("\n".join(ROWS))
    (there / "xor.csv").write_text("a,b,label\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    linear = {"model": "linear", "algorithm": "perceptron", "step": 1}
    conv = linear | {"model": "conv", "kernel": 2, "start": "gaussian"}
    common = {"seeds": 2, "max_iterations": 200}
    pets = common | {"dataset": "table:pets.csv", "models": {"line": linear}}
    config = {
        "experiments": {
            "pets": pets | {"models": {"linear": linear, "conv": conv}, "unit": True},
            "held": pets | {"test_samples": 2},
            "xor": pets | {"dataset": "table:xor.csv", "bias": True},
        }
    }
    (workflow.folder / "config.yaml").unlink()
    (there / "own.yaml").write_text(json.dumps(config))
    words = [
        str(there / "own.yaml") if word.endswith("config.yaml") else word
        for word in workflow.command()
    ]
    workflow.command = lambda *_, **__: words
    return there


@pytest.mark.slow
def test_a_grid_of_tables(workflow, own):
    said = workflow.run().stderr
    assert "Traceback" not in said
    assert "left out" not in said
    cells = read_table(workflow.results / "tables" / "cells.csv", CELLS)
    assert len(cells) == 8
    ends = cells.groupby("experiment")["outcome"].agg(set).to_dict()
    assert (ends["xor"], ends["held"]) == ({"capped"}, {"separated"})
    assert set(cells["certificate"]) <= {"bound", "exact", ""}
    assert set(cells["labels"]) == {"cat = -1, dog = +1", "0 = -1, 1 = +1"}
    held = cells[cells["experiment"] == "held"]
    assert held["test_samples"].tolist() == [2, 2]
    assert held["samples"].tolist() == [3, 3]
    fits = read_table(workflow.results / "tables" / "exponents.csv", EXPONENTS)
    assert fits["exponent"].isna().all()
    for name in ("pets", "held", "xor"):
        figures = {
            file.stem for file in (workflow.results / "figures" / name).iterdir()
        }
        assert figures == {"trajectories", "iterations"}
        assert len(runs(workflow, name)) == (4 if name == "pets" else 2) + 1
    caption = (workflow.results / "figures" / "pets" / "iterations.txt").read_text()
    assert "table:pets.csv: 5 rows, 2 features, labels cat = -1, dog = +1" in caption
    before = workflow.records()
    assert len(before) == 8
    for line in before.values():
        record = json.loads(line)
        assert record["cell"]["dataset"] in {"table:pets.csv", "table:xor.csv"}
        assert str(workflow.folder) not in line.decode()
        assert len(record["made_by"]["data"]) == 12
    assert str(workflow.folder) not in (workflow.results / "config.json").read_text()
    assert "Nothing to be done" in workflow.run().stderr

    # a value is edited: the cells of this table are computed again, and no others
    changed = [*ROWS[:1], "1.5,0.25,cat", *ROWS[2:]]
    (own / "pets.csv").write_text("\n".join(changed))
    assert "cell jobs: 6 of 6" in workflow.run().stderr
    after = workflow.records()
    for name, line in after.items():
        assert (line == before[name]) == name.startswith("xor/")


@pytest.mark.parametrize("name", ["my{x}.csv", "{lab}/{{x}.csv"])
def test_braces_in_the_path_of_a_table(workflow, name):
    """They stand for something in the file names of Snakemake."""
    path = workflow.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(ROWS))
    config = make_config(tracking={"mode": "none"})
    tiny = config["experiments"]["tiny"] | {"dataset": f"table:{name}", "seeds": 1}
    del tiny["dims"]
    workflow.configure(config | {"experiments": {"tiny": tiny}})
    workflow.run("collect", cores=1)
    assert len(workflow.records()) == 2


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*ROWS, "1,nan,cat"], "pets.csv, line 7, column 'width': 'nan'"),
        (None, "cannot read table my data/pets.csv: No such file"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_line(workflow, own, rows, words):
    (own / "pets.csv").unlink()
    if rows:
        (own / "pets.csv").write_text("\n".join(rows))
    done = workflow.run(check=False)
    assert done.returncode == 1
    (line,) = [each for each in done.stderr.splitlines() if "gdexp:" in each]
    assert line.startswith("gdexp: configuration: ")
    assert words in line
    assert "Traceback" not in done.stderr
