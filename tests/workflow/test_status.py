"""How far a grid is, told from its files alone."""

import subprocess
import sys

import pytest
from support import make_config, started, wait_for

from gdexp.cli.main import main
from gdexp.grid.grid import Grid
from gdexp.records.status import Status
from gdexp.util.files import kept


def status(workflow, **changes):
    config = make_config(results=str(workflow.results), **changes)
    return Status.of(Grid.of(config))


def log_of(workflow, record):
    return (workflow.results / "logs" / "cells" / record).with_suffix(".log")


def test_a_grid_not_begun(workflow):
    assert status(workflow).cells == {"waiting": 12}
    assert status(workflow).seconds > 12 * 0.03


def test_every_state(finished):
    workflow = finished
    whole = status(workflow)
    assert whole.cells == {"separated": 12}
    assert (whole.done, whole.seconds) == (12, 0.0)
    assert len(whole.untracked) == 12  # their logs name no run
    assert status(workflow, tracking={"mode": "none"}).untracked == []

    first, second, third, fourth, *_ = workflow.records()
    cells = workflow.results / "cells"
    (cells / first).unlink()  # has a log: its job did not end well
    (cells / second).unlink()
    log_of(workflow, second).unlink()  # never begun
    (cells / third).write_bytes((cells / third).read_bytes()[:-40])
    (cells / fourth).unlink()
    # as a worker does while it computes
    with log_of(workflow, fourth).open("r+b") as log, kept(log):
        now = status(workflow)
    assert now.cells == {
        "separated": 8,
        "failed": 1,
        "waiting": 1,
        "stale": 1,
        "running": 1,
    }
    assert now.failed == [log_of(workflow, first)]
    assert 0 < now.seconds < 1
    assert status(workflow, seed=8).cells["stale"] == 9


def test_a_cell_that_runs(workflow):
    config = make_config(tracking={"mode": "none"})
    models = config["experiments"]["tiny"]["models"]
    del models["conv2-perceptron"]
    models["linear-gd"]["step"] = 1e-9
    config["experiments"]["tiny"] |= {"dims": [16], "seeds": 1}
    config["experiments"]["tiny"]["max_iterations"] = 10**12
    workflow.configure(config)
    one = Grid.of(config | {"results": str(workflow.results)})
    with started(workflow.command("collect"), stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: Status.of(one).cells == {"running": 1}, of=process)
        assert Status.of(one).seconds > 3600  # by its cap
        process.kill()
    wait_for(lambda: Status.of(one).cells == {"failed": 1})


def test_cells_per_job_of_the_last_run(workflow):
    workflow.configure(make_config(tracking={"mode": "none"}))
    workflow.run("collect", "--config", "cells_per_job=2", cores=1)
    assert len(workflow.records()) == 6
    command = [sys.executable, "-m", "gdexp", "status"]
    said = subprocess.check_output(command, cwd=workflow.folder, text=True)
    assert said.split()[:2] == ["done", "12"]
    (workflow.results / "config.json").write_text("[]")
    said = subprocess.check_output(command, cwd=workflow.folder, text=True)
    assert said.split()[:2] == ["done", "0"]


def test_untracked_until_the_next_sync(workflow):
    deferred = {"tracking": {"mode": "deferred"}}
    workflow.configure(make_config(**deferred))
    workflow.run("collect", cores=1)
    assert len(status(workflow, **deferred).untracked) == 12
    command = [sys.executable, "-m", "gdexp", "sync"]
    subprocess.run(command, cwd=workflow.folder, check=True, capture_output=True)
    assert status(workflow, **deferred).untracked == []


def test_what_is_shown_of_something_else_is_named(finished, monkeypatch, capsys):
    """Also what is made by a command only, and what nothing makes any more."""
    monkeypatch.chdir(finished.folder)

    def line(name):
        assert main(["status"]) == 0
        said = capsys.readouterr().out.splitlines()
        (found,) = (each for each in said if each.startswith(name))
        return found

    assert main(["latex"]) == 0
    assert line("outdated").split() == ["outdated", "0"]
    assert line("leftover").split() == ["leftover", "0"]
    text = (finished.results / "tables/exponents.tex").read_text()
    (finished.results / "tables/exponents.tex").write_text(f"{text}%")
    assert "call 'gdexp latex'; such as tables/exponents.tex" in line("outdated")
    (finished.results / "report.html").write_text("an older one")
    assert line("outdated").split()[1] == "3"  # and the first page, that looks at it
    for number in range(7):
        (finished.results / "figures" / f"old{number}.png").touch()
    said = line("leftover")
    assert said.split()[1] == "7"
    assert "figures/old0.png, figures/old1.png, " in said
    assert said.endswith("figures/old4.png and 2 more")
    assert (finished.results / "figures" / "old6.png").exists()


@pytest.mark.parametrize("name", ["nothing.yaml", "config.yaml"])
def test_command(workflow, name):
    done = subprocess.run(
        [sys.executable, "-m", "gdexp", "status", "--config", name],
        cwd=workflow.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if name == "nothing.yaml":
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
    else:
        names = [line.split()[0] for line in done.stdout.splitlines()]
        assert names[:3] == ["done", "running", "failed"]
        assert done.stdout.splitlines()[-1].endswith("core-hours, estimated")
