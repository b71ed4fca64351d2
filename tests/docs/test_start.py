"""Every command and every example of docs/start.md, run in a copy of the repository."""

import re
import subprocess
import sys

import pytest
from pages import blocks, commands, run
from support import ROOT

PAGE = (ROOT / "docs" / "start.md").read_text("utf-8")


def test_its_grid_is_the_file_that_it_names():
    (block,) = blocks(PAGE, "yaml")
    comment, _, rest = (
        (ROOT / "docs" / "examples" / "start.yaml").read_text().partition("\n")
    )
    assert rest == block
    assert comment.startswith("#")


@pytest.mark.slow
def test_every_command_and_every_example(clone):
    listed = commands(PAGE)
    assert len(listed) == 3
    for command in listed:
        done = run(command, clone)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "done            180" in done.stdout
    assert (clone / "run.png").stat().st_size > 10_000
    shown = [block for block in blocks(PAGE, "python") if "print(" in block]
    assert len(shown) == 3
    for block in shown:
        expected = re.findall(r"print\(.*# (.+)", block)
        done = subprocess.run(
            [sys.executable, "-c", block],
            cwd=clone,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines() == expected
        assert done.stderr == ""
