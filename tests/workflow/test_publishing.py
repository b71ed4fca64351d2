"""What a finished grid is given away as: a crate by its profiles, tables in LaTeX."""

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import resources
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from support import ROOT, make_config

from gdexp.cli.main import main
from gdexp.grid import own
from gdexp.grid.grid import Grid
from gdexp.work.description import Description, place_of


@pytest.fixture
def crate(finished, monkeypatch):
    """A crate of a finished grid, as a folder; and what it says, by id."""
    monkeypatch.chdir(finished.folder)
    assert main(["crate", "-o", "given"]) == 0
    folder = finished.folder / "given"
    said = json.loads((folder / "ro-crate-metadata.json").read_text())
    return folder, {each["@id"]: each for each in said["@graph"]}


def refers_to(entity):
    for name, value in entity.items():
        if name not in ("hasPart", "mentions", "exampleOfWork"):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    yield each["@id"]


def within(graph, start, steps):
    """What is reached in so many steps."""
    found = {start}
    for _ in range(steps):
        found |= {at for each in found for at in refers_to(graph.get(each, {}))}
    return found


def test_from_any_figure_in_three_steps(crate, finished):
    folder, graph = crate
    figures = [at for at in graph if at.startswith("figures/")]
    assert len(figures) == 4 * 3  # png, pdf, csv and txt of three
    records = set(finished.records())
    for at in figures:
        found = within(graph, at, 2)
        cells = {each for each in found if each.startswith("cells/")}
        parts = {
            part["@id"] for each in cells for part in graph[each].get("hasPart", [])
        }
        shown = {each for each in cells | parts if each.endswith(".jsonl")}
        assert shown <= {f"cells/{each}" for each in records}
        assert len(shown) == (4 if "trajectories" in at else 12)
        assert "config.json" in found
        module = f"code/src/gdexp/figures/{Path(at).stem}.py"
        assert module in found
        assert (folder / module).read_bytes() == (ROOT / module[5:]).read_bytes()


def test_all_that_is_named_is_there_as_it_was(crate, finished):
    folder, graph = crate
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("ro-crate-")
    }
    files = {at for at, each in graph.items() if "File" in each["@type"]}
    assert files == there
    for name in there:
        if not name.startswith("code/"):
            assert (folder / name).read_bytes() == (
                finished.results / name
            ).read_bytes()
    assert not [
        name for name in there if "__pycache__" in name or name.startswith("tracking")
    ]
    named = {at for each in graph.values() for at in refers_to(each)}
    assert all("://" in at for at in named - {*graph})


def test_its_first_page_links_to_what_is_in_it(finished, monkeypatch, capsys):
    """To the report too, which is made beside the workflow, but to no older one."""
    monkeypatch.chdir(finished.folder)
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/bin/false")
        assert main(["report"]) == 1
    assert "no results/report.html was written" in capsys.readouterr().err
    assert main(["report"]) == 0
    assert main(["latex"]) == 0
    assert main(["crate", "-o", "given"]) == 0
    page = Path("given/index.html").read_text("utf-8")
    links = re.findall(r'href="([^"#:]+)"', page)
    assert "report.html" in links
    assert [link for link in links if not Path("given", link).exists()] == []
    assert "Nothing to be done" in finished.run().stderr
    config = make_config(tracking={"mode": "none"})
    config["experiments"]["tiny"]["models"]["linear-gd"]["step"] = 5
    finished.configure(config)
    finished.run()
    page = (finished.results / "index.html").read_text("utf-8")
    assert "report.html" not in re.findall(r'href="([^"#:]+)"', page)
    assert "<code>make report</code>" in page
    capsys.readouterr()
    assert main(["crate", "-o", "other"]) == 1
    assert "tables/exponents.tex is of other" in capsys.readouterr().err


@pytest.mark.slow
def test_the_profiles(crate):
    """Process, Workflow and Provenance Run Crate, and RO-Crate itself."""
    make = ["make", ".venv-crate/installed"]
    made = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no roc-validator: {made.stderr[-200:]}")
    folder, graph = crate
    context = resources.files("rocrate") / "data" / "ro-crate.jsonld"

    def validated():
        python = ROOT / ".venv-crate" / "bin" / "python"
        command = [python, ROOT / "tests" / "profiles.py", folder, context]
        done = subprocess.run(
            [*map(str, command), "provenance-run-crate"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": ""},
        )
        return done.returncode, done.stdout + done.stderr

    assert validated() == (0, "valid\n")
    # and it does look: an action without what did it is none
    del graph["#figure-tiny-scaling"]["instrument"]
    said = {"@context": "https://w3id.org/ro/crate/1.1/context"}
    said["@graph"] = list(graph.values())
    (folder / "ro-crate-metadata.json").write_text(json.dumps(said))
    status, told = validated()
    assert status == 1
    assert "MUST have an instrument" in told


def test_a_zip_and_what_cannot_be(finished, monkeypatch, capsys):
    monkeypatch.chdir(finished.folder)
    assert main(["crate"]) == 0
    with zipfile.ZipFile("results.crate.zip") as archive:
        assert archive.testzip() is None
        assert "ro-crate-metadata.json" in archive.namelist()
    assert main(["crate", "-o", "results"]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["crate", "-o", "no/folder.zip"]) == 1
    assert "no such folder" in capsys.readouterr().err
    (finished.results / "figures/tiny/scaling.pdf").unlink()
    assert main(["crate", "-o", "other.zip"]) == 1
    assert "figures/tiny/scaling.pdf is missing" in capsys.readouterr().err
    next((finished.results / "cells").rglob("*.jsonl")).unlink()
    assert main(["crate", "-o", "other.zip"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "not finished: 1 record files" in line
    assert not Path("other.zip").exists()
    monkeypatch.setitem(sys.modules, "rocrate.rocrate", None)
    assert main(["crate", "-o", "other.zip"]) == 1
    assert "gdexp[crate]" in capsys.readouterr().err


def test_each_module_of_ones_own_is_in_it(tmp_path, monkeypatch):
    """Of two packages too, whose files have one name; beside a file in own."""
    rocrate = pytest.importorskip("rocrate.rocrate")
    monkeypatch.setattr("gdexp.grid.own._loaded", {})
    monkeypatch.setattr("gdexp.grid.own.entry_points", lambda group: entries)
    entries = [EntryPoint(name, f"own_{name}", "gdexp") for name in ("first", "second")]
    for entry in entries:
        path = tmp_path / entry.value / "__init__.py"
        path.parent.mkdir()
        path.write_text(f"def made():\n    return {entry.name!r}\n")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "own_first.py").write_text("pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    own.load(tmp_path / "own")
    grid = Grid.of(make_config(results=str(tmp_path)))
    crate = Description(grid, rocrate.ROCrate(version="1.1"), ROOT)
    crate._code()
    for _, file in own.sources():
        assert crate.files[place_of(file)].source == file
    assert {x for x in crate.files if "own_" in x} == {
        "code/own/own_first.py",
        "code/packages/own_first/__init__.py",
        "code/packages/own_second/__init__.py",
    }
    monkeypatch.delitem(sys.modules, "gdexp_own.own_first")
    for entry in entries:
        monkeypatch.delitem(sys.modules, entry.value)


def test_tables_in_latex(finished, monkeypatch, capsys):
    monkeypatch.chdir(finished.folder)
    assert main(["latex", "-o", "paper/tables"]) == 0
    text = Path("paper/tables/exponents.tex").read_text()
    assert r"\emph{tiny}: Data c1: b\_1 = 1 + e\_1" in text
    assert "0.25/sqrt(d)" in text
    assert "reconstruction" in Path("paper/tables/claims.tex").read_text()
    finished.configure(make_config(tracking={"mode": "none"}, seed=8))
    assert main(["latex"]) == 1
    assert "run the workflow" in capsys.readouterr().err
    (finished.results / "tables/claims.csv").unlink()
    assert main(["latex"]) == 1
    assert "run the workflow" in capsys.readouterr().err


def test_nothing_else_imports_it():
    code = (
        "import sys, gdexp.cli.main, gdexp.work.crate; print('rocrate' in sys.modules)"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said == "False\n"
