"""Every command and every example of the README and of what it leads to, run.

Some commands take hours, a Slurm or another environment; of these snakemake and make
say what they would do, and the real thing is done elsewhere (`tests/cluster`,
`tests/browser/test_site.py`, `benchmarks`). ``make test`` collects the tests instead of
running them in themselves.
"""

import contextlib
import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from pages import blocks, commands, run
from support import ROOT, Workflow, runs, started, wait_for

from gdexp.cli.main import main
from gdexp.grid.grid import load
from gdexp.records.tables import CELLS
from gdexp.stats.exponents import EXPONENTS
from gdexp.util.tables import read_table

# start.md and cluster.md have tests of their own
PAGES = ["README.md"] + [
    f"docs/{name}.md"
    for name in (
        *("results", "neighbours", "mlflow", "grids", "members"),
        "troubleshooting",
    )
]
README = "".join((ROOT / page).read_text("utf-8") for page in PAGES)
PLAN_ONLY = {
    ".venv/bin/snakemake --cores 2 --configfile workflow/neighbours.yaml": " --dry-run",
    ".venv/bin/snakemake --cores 2 --configfile workflow/images.yaml": " --dry-run",
    ".venv/bin/snakemake --cores 2"
    " results/long/cells/cifar10-conv2/conv2-step.3d1.2f32/d3072/s0.jsonl"
    " results/long/cells/cifar10-linear/linear-step.3d0.2e01/d3072/s0.jsonl"
    " --configfile workflow/long.yaml": " --dry-run",
    ".venv/bin/snakemake --workflow-profile profiles/slurm": " --dry-run",
    **dict.fromkeys(("make bench", "make docs", "make test-all"), " --dry-run"),
}


def listening(port):
    """Addresses that anyone listens at on a port, as the kernel writes them."""
    tables = (Path(f"/proc/net/{name}").read_text() for name in ("tcp", "tcp6"))
    lines = [line.split() for table in tables for line in table.splitlines()[1:]]
    at = (line[1].split(":") for line in lines if line[3] == "0A")
    return {address for address, number in at if int(number, 16) == port}


def serve(command, clone):
    """Start a server, look at its page, stop it."""

    def answers():
        address = "http://127.0.0.1:5000/health"
        with contextlib.suppress(OSError), urllib.request.urlopen(address) as answer:
            return answer.status == 200
        return False

    streams = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
    with started(command, shell=True, cwd=clone, **streams) as server:
        wait_for(answers, of=server)
        assert listening(5000) == {"0100007F"}, "not on the loopback device alone"


def smoke(command, clone):
    """From cells to figures, once."""
    assert "cell jobs: 126 of 126 (100 %)" in run(command, clone).stderr
    workflow = Workflow(clone)
    workflow.results = clone / "results" / "smoke"

    cells = read_table(workflow.results / "tables" / "cells.csv", CELLS)
    assert len(cells) == 126
    assert set(cells["outcome"]) == {"separated", "capped"}
    path = workflow.results / "tables" / "exponents.csv"
    exponents = read_table(path, EXPONENTS)
    linear = exponents.set_index(["model", "statistic"]).loc[("linear-gd", "q90")]
    assert 0.9 < linear["ci_low"] <= linear["exponent"] <= linear["ci_high"] < 1.2
    drawn = ["two-sample/scaling"]  # the worst case has one d
    for experiment in ("two-sample", "worst-case"):
        drawn += [f"{experiment}/trajectories", f"{experiment}/iterations"]
    for figure in drawn:
        for suffix in ("png", "pdf", "csv", "txt"):
            file = workflow.results / "figures" / f"{figure}.{suffix}"
            assert file.stat().st_size > (5000 if suffix in {"png", "pdf"} else 100)

    tracked = runs(workflow, "two-sample")
    assert len(tracked) == 120 + 1
    assert {run.info.status for run in tracked} == {"FINISHED"}
    keys = {run.data.tags.get("gdexp.cell") for run in tracked}
    assert len(keys) == 121
    synced = json.loads((workflow.results / "tracking" / "synced.json").read_text())
    assert synced == {"kept": 126, "added": 0, "removed": 0}

    assert "Nothing to be done" in run(command, clone).stderr


@pytest.mark.slow
def test_every_command(clone):
    if listening(5000):
        pytest.skip("another program listens at the port of make ui, 5000")
    listed = list(dict.fromkeys(commands(README)))
    assert listed[0] == "make"
    assert len(listed) >= 12
    for command in listed:
        if command == "make ui":
            serve(command, clone)
            continue
        if command == "make smoke":
            smoke(command, clone)
            continue
        collect = {"PYTEST_ADDOPTS": "--collect-only -q -n0"}
        done = run(
            command + PLAN_ONLY.get(command, ""),
            clone,
            **(collect if command == "make test" else {}),
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
    for made in (
        "results/claims.md",
        "results/figures/tiny/scaling.pdf",
        "results/report.html",
        "results/smoke/claims.md",
        "results/mine/tables/exponents.csv",
    ):
        assert (clone / made).stat().st_size > 1000


@pytest.mark.slow
def test_commands_in_the_text(clone):
    text = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`(?:\.venv/bin/)?(gdexp [a-z]+|make [a-z]+)[ `]", text))
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert named
    for name in named:
        program, word = name.split()
        if program == "make":
            assert word in targets
        else:
            assert run(f".venv/bin/gdexp {word} --help", clone).returncode == 0


def test_examples_in_python():
    shown = [block for block in blocks(README, "python") if "print(" in block]
    assert len(shown) == 1
    for block in shown:
        expected = re.findall(r"print\(.*# (.+)", block)
        done = subprocess.run(
            [sys.executable, "-c", block], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines() == expected


@pytest.mark.parametrize(
    ("words", "page", "least"), [(["first"], "README.md", 6), ([], "docs/speed.md", 40)]
)
def test_the_table_of_speed_is_that_of_the_benchmarks(words, page, least):
    command = [sys.executable, "-m", "benchmarks.table", *words]
    made = subprocess.check_output(command, cwd=ROOT, text=True)
    assert made.count("\n") >= least
    assert made in (ROOT / page).read_text("utf-8")


def test_it_is_read_in_two_screens():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 170


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        file = (ROOT / page).parent / name if name else ROOT / page
        assert file.exists(), link
        assert not anchor or anchor in anchors(file), link
    for name in re.findall(r"`((?:src|docs|workflow|tests|profiles)/[\w./]+)`", text):
        assert (ROOT / name).exists(), name


def anchors(file):
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_example_of_a_table(capsys):
    (words,) = [
        words for words in map(str.split, commands(README)) if "--bias" in words
    ]
    at = words.index("--dataset") + 1
    words[at] = words[at].replace("docs", str(ROOT / "docs"))
    assert main(words[1:]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["outcome"] == "separated"
    assert answer["cell"]["labels"] == "apple = -1, banana = +1"
    experiment = load(ROOT / "docs" / "examples" / "fruit.yaml").experiments["fruit"]
    assert experiment.dims == (4,)
    for name in experiment.specs:
        cell = experiment.cell(name, 4, 0)
        assert cell.spec.run(4, 0).status == "separated", name
