"""What is made of records is stale once anything changes that it follows from."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support import make_config

from gdexp.grid.grid import Grid
from gdexp.util.digests import PACKAGE, closure, code_of, module_of
from gdexp.work.notes import Notes, leftover, outdated, shown
from gdexp.work.products import products

STUDIES = {"phases": {"dim": 16}}


def grid_in(folder, **changes):
    return Grid.of(make_config(results=str(folder), studies=STUDIES, **changes))


@pytest.fixture
def made(tmp_path):
    """A results folder with all files, each of its own content, and their notes."""
    folder = tmp_path / "results"
    grid = grid_in(folder, tracking={"mode": "none"})
    for product in products(grid):
        for file in product.reads:
            path = folder / file
            if not path.exists():  # a record
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file)
        with Notes(str(folder)).making(product):
            for file in product.outputs:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_text(f"made {file}")
    return folder


def stale(folder, **changes):
    grid = grid_in(folder, **{"tracking": {"mode": "none"}} | changes)
    return {f"{each.rule} {each.name}".strip() for each in outdated(grid, {})}


def left(grid):
    return leftover(grid, shown(grid))


def test_nothing_is_stale_wherever_it_is_and_however_old(made, tmp_path):
    assert stale(made) == set()
    copy = shutil.copytree(made, tmp_path / "copy", copy_function=shutil.copyfile)
    for file in copy.rglob("*.csv"):
        os.utime(file, (0, 0))
    assert stale(copy) == set()


def test_a_file_of_another_content(made):
    scaling = made / "tables/experiments/tiny/scaling.csv"
    scaling.write_text("another")
    found = stale(made)
    # who made it, who reads it, and who links to that
    reading = {"collect", "figure tiny/scaling", "explorer", "index"}
    assert found == {"exponents tiny", *reading}
    record = next((made / "cells").rglob("*.jsonl"))
    record.write_text("another")
    assert stale(made) - found >= {"table tiny"}


def test_settings_and_seeds(made):
    everything = {"statistic": "q90"}
    assert {"pages", "figure tiny/scaling"} <= stale(made, **everything)
    assert "table tiny" not in stale(made, **everything)
    assert "exponents tiny" in stale(made, seed=8)
    fewer = make_config()["experiments"]
    fewer["tiny"]["dims"] = [8, 16]
    assert "table tiny" in stale(made, experiments=fewer)


def test_a_setting_of_a_study(made):
    grid = grid_in(made, tracking={"mode": "none"})
    other = replace(grid, studies={"phases": replace(grid.studies["phases"], dim=32)})
    assert [each.rule for each in outdated(other, {})] == ["study", "pages"]


def test_where_images_are_is_no_setting_of_a_study(made):
    """As where the folder was moved, or is read from elsewhere."""

    def follows(data):
        config = make_config(studies={"reduction": {}}, data=data)
        return [x.follows for x in products(Grid.of(config)) if x.rule == "study"]

    assert follows("data") == follows(str(made / "elsewhere"))


def test_whether_there_are_studies(made):
    """The first page links to their tables."""
    grid = grid_in(made, tracking={"mode": "none"})
    assert "index" in {each.rule for each in outdated(replace(grid, studies={}), {})}


def test_another_program(made, monkeypatch):
    monkeypatch.setattr("gdexp.work.products.code_of", lambda *of: "0" * 12)
    assert {"table tiny", "exponents tiny", "claims", "pages"} <= stale(made)
    assert "figure tiny/scaling" not in stale(made)


JUDGES = sorted(Path(PACKAGE, "claims", "neighbours").glob("[!_]*.py"))


@pytest.mark.parametrize("file", JUDGES, ids=lambda file: file.stem)
def test_an_edited_judge(made, monkeypatch, file):
    """As if this module of claims had been edited."""

    def code_now(*things):
        names = (each if isinstance(each, str) else module_of(each) for each in things)
        edited = module_of(file) in closure(tuple(names))
        return code_of(*things) + "'" * edited

    monkeypatch.setattr("gdexp.work.products.code_of", code_now)
    assert stale(made) >= {"claims"}


def test_without_a_note_or_with_half_of_one(made):
    notes = sorted((made / ".made").rglob("*.json"))
    assert len(notes) == len(list(products(grid_in(made, tracking={"mode": "none"}))))
    (made / ".made/table/tiny.json").unlink()
    assert stale(made) == {"table tiny"}
    for text in ("", "[]", '{"made_of": null}', "{}", "\0"):
        (made / ".made/table/tiny.json").write_text(text)
        assert stale(made) == {"table tiny"}


def test_what_is_not_there_is_not_stale_but_missing(made):
    (made / "claims.md").unlink()
    (made / "tables/claims.csv").unlink()
    assert "claims" not in stale(made)
    # what was made of it is
    assert stale(made) == {"pages", "latex", "report", "index"}
    (made / "tables/experiments/tiny/cells.csv").unlink()
    assert {"exponents tiny"} <= stale(made)


def test_without_one_of_its_files_the_others_are_stale(made):
    """Nothing says any more that they were made together."""
    (made / "figures/tiny/scaling.pdf").unlink()
    assert "figure tiny/scaling" in stale(made)


def test_the_first_page_links_to_what_is_of_the_same(made):
    def linked(**changes):
        grid = grid_in(made, **{"tracking": {"mode": "none"}} | changes)
        (index,) = (each for each in products(grid) if each.rule == "index")
        return Notes(str(made)).linked(index)

    asked = ["explorer.html", "report.html"]
    assert linked() == asked
    assert linked(seed=8) == []
    assert {"explorer", "report", "latex"} <= stale(made, seed=8)
    (made / "figures/studies/phases.png").write_text("another")
    assert linked() == asked[:1]
    assert stale(made) == {"figure studies/phases", "report", "index"}
    (made / "report.html").unlink()
    assert "report" not in stale(made)
    (made / "report.html").write_text("by whom?")
    assert "report" in stale(made)


def test_what_nothing_makes_is_left_over(made):
    grid = grid_in(made, tracking={"mode": "none"})
    assert left(grid) == []
    (made / "figures/mine.png").touch()
    (made / "figures/.mine.png.swp").touch()
    (made / "mine.md").touch()
    assert left(grid) == ["figures/mine.png"]
    (made / "partial/tables").mkdir(parents=True)
    (made / "partial/tables/cells.csv").touch()
    (made / "partial/claims.md").touch()  # there are no images to wait for
    fewer = left(replace(grid, studies={}))
    kinds = ("csv", "pdf", "png", "txt")
    study = {f"figures/studies/phases.{kind}" for kind in kinds}
    study.add("tables/studies/phases.csv")
    assert {*fewer} == {"figures/mine.png", "partial/claims.md", *study}
    other = make_config(results=str(made), tracking={"mode": "none"})
    other["experiments"]["other"] = other["experiments"].pop("tiny")
    assert "tables/experiments/tiny/cells.csv" in left(Grid.of(other))


def test_verdicts_so_far_are_of_what_is_quick(made):
    config = make_config(results=str(made), tracking={"mode": "none"})
    tiny = config["experiments"]["tiny"]
    models = {"a": tiny["models"]["linear-gd"]}
    more = {"dataset": "cifar10", "samples": 10, "seeds": 1, "max_iterations": 5}
    config["experiments"]["cifar"] = more | {"models": models}
    found = {each.rule: each for each in products(Grid.of(config))}
    cifar = {"tables/experiments/cifar/cells.csv"}
    assert cifar <= {*found["claims"].reads}
    assert not cifar & {*found["claims_so_far"].reads}
    del config["experiments"]["tiny"]
    assert "claims_so_far" not in {x.rule for x in products(Grid.of(config))}


def test_cut_short_it_leaves_no_note(made):
    grid = grid_in(made, tracking={"mode": "none"})
    product = next(products(grid))
    notes = Notes(str(made))
    with pytest.raises(KeyboardInterrupt), notes.making(product):
        raise KeyboardInterrupt
    assert notes.stale(product)


def test_what_changes_while_it_is_made_is_stale(made):
    grid = grid_in(made, tracking={"mode": "none"})
    product = next(products(grid))
    notes = Notes(str(made))
    with notes.making(product):
        Path(made, product.reads[0]).write_text("meanwhile")
    assert notes.stale(product)


def test_each_reads_what_is_made_before(made):
    there = {path for path in products(grid_in(made)) for path in path.reads}
    there = {path for path in there if path.startswith("cells/")}
    for product in products(grid_in(made)):
        assert set(product.reads) <= there, product
        there |= set(product.outputs)
