"""Every command of docs/compare.md, on a small grid with the names that it has."""

import json
import re
import shlex
import shutil
import zipfile
from pathlib import Path

import pytest
from support import ROOT, make_config

from gdexp.cli.main import main

TEXT = (ROOT / "docs" / "compare.md").read_text("utf-8")


def commands():
    blocks = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return "".join(blocks).replace("\\\n", " ").splitlines()


def grid():
    config = make_config(tracking={"mode": "none"})
    tiny = config["experiments"].pop("tiny")
    conv = tiny["models"].pop("conv2-perceptron")
    tiny["models"]["conv2-gd"] = conv | {"algorithm": "gd", "step": "0.5/sqrt(d)"}
    tiny |= {"dims": [16, 64, 4096], "seeds": 10}
    config["experiments"]["two-sample"] = tiny
    return config


@pytest.mark.slow
def test_every_command(workflow, monkeypatch, capfd):
    workflow.configure(grid())
    workflow.run()
    monkeypatch.chdir(workflow.folder)
    shutil.copytree("results", "laptop/results")
    listed = commands()
    assert len(listed) == 9
    said = {}
    for line in listed:
        program, *words = shlex.split(line)
        assert program == ".venv/bin/gdexp"
        status = main(words)
        said[line], err = capfd.readouterr()
        assert status in ((0, 1) if words[0] == "diff" else (0,)), f"{line}\n{err}"
    entries, cells, one, folders, programs, fork, end, crate, latex = said.values()
    shown = re.search(r"^```text\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)[1]
    assert shown in entries
    assert "the trajectories part at iteration 0" in cells
    assert one.endswith("they are the same\n")
    assert folders.endswith("they are the same\n")
    assert [row["dim"] for row in json.loads(programs)["dims"]] == [16, 64, 4096]
    answer = json.loads(fork)
    assert answer["from"]["at"] == 100
    assert answer["iterations_in_all"] == 100 + answer["iterations"] < 2500
    answer = json.loads(end)
    assert (answer["iterations"], answer["updates"]) == (0, 1000)
    assert answer["cell"]["stop"] == "cap"
    assert "two-sample.zip" in crate
    assert "ro-crate-preview.html" in zipfile.ZipFile("two-sample.zip").namelist()
    assert latex.split() == ["paper/tables/exponents.tex", "paper/tables/claims.tex"]
    assert all(Path(name).stat().st_size > 1000 for name in latex.split())


def test_its_options_are_there(capsys):
    named = set(re.findall(r"`(--[a-z-]+)", TEXT)) - {"--config"}
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    known = capsys.readouterr().out
    for command in ("diff", "crate"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        known += capsys.readouterr().out
    assert all(name in known for name in named)
