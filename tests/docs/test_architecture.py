"""The map of docs/architecture.md names what is there, and all of it."""

import re
from pathlib import Path

import pytest
from support import ROOT

from gdexp.work.snake import INTERNALS

TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
SOURCE = ROOT / "src" / "gdexp"


def mapped():
    """What the map names below src/gdexp: paths of rooms and modules."""
    lines = TEXT.partition("src/gdexp/\n")[2].partition("```")[0].splitlines()
    room = ""
    for line in lines:
        indent = len(line) - len(line.lstrip())
        # names come first, two or more blanks before what is said of them
        names = re.match(r" +((?:[a-z_]+/?(?:, |  )?)+)(?:  |$)", line + "  ")
        assert names, line
        found = re.findall(r"[a-z_]+/?", names[1])
        if indent == 2:
            (room,) = found
            yield room
        else:
            yield from (f"{room}{name}" for name in found)


MAPPED = sorted(mapped())


@pytest.mark.parametrize("name", MAPPED)
def test_what_the_map_names_is_there(name):
    path = SOURCE / name
    assert path.is_dir() if name.endswith("/") else path.with_suffix(".py").exists()


def test_every_room_is_in_the_map():
    rooms = {
        f"{path.parent.relative_to(SOURCE).as_posix()}/"
        for path in SOURCE.rglob("__init__.py")
        if path.parent != SOURCE
    }
    assert rooms == {name for name in MAPPED if name.endswith("/")}


def test_links_to_modules_are_of_modules():
    named = re.findall(r"`([a-z_]+/[a-z_]+\.py)`", TEXT)
    assert len(named) > 10
    for name in named:
        assert (SOURCE / name).exists() or (SOURCE / "core" / name).exists(), name


def test_the_table_of_internals_is_that_of_the_program():
    table = TEXT.partition("from inside of Snakemake")[2]
    for path in INTERNALS:
        assert path in table or f"`.{Path(path).suffix[1:]}`" in table, path
