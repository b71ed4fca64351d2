"""The outputs that examples/tour.ipynb is kept with are those that it gives."""

import base64
import subprocess
import sys

import nbformat
import pytest
from notebooks import kept
from support import ROOT

TOUR = ROOT / "examples" / "tour.ipynb"


@pytest.mark.slow
def test_the_outputs_that_are_kept(clone, tmp_path):
    here, made = clone / "examples" / "tour.ipynb", tmp_path / "tour.ipynb"
    program = ROOT / "tests" / "notebooks.py"
    done = subprocess.run(
        [sys.executable, str(program), str(here), str(made)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert kept(made) == kept(TOUR)


def test_it_is_whole_and_small():
    notebook = nbformat.read(TOUR, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    images = [x.data["image/png"] for x in outputs if "image/png" in x.get("data", {})]
    assert len(images) >= 2
    assert all(len(base64.b64decode(image)) < 200_000 for image in images)
    assert all(x.output_type != "error" for x in outputs)
    assert not [word for word in (str(ROOT), "/tmp/", "/home/") if word in str(outputs)]
