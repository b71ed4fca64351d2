"""Tables say what was written into them, whatever it looks like."""

import math
from pathlib import Path

import pandas as pd
import pytest
from support import STRANGE_NAMES, STUDY_SIZES, make_config

from gdexp.claims import Evidence
from gdexp.claims.page import VERDICTS
from gdexp.figures import TABLES
from gdexp.grid.grid import Grid
from gdexp.records.record import Record
from gdexp.records.tables import CELLS, cells_table, read_cells
from gdexp.stats.exponents import EXPONENTS, POINTS
from gdexp.stats.slopes import LOCAL
from gdexp.studies import STUDIES
from gdexp.util.errors import RecordError
from gdexp.util.tables import read_table, table_of, write_table
from gdexp.work.jobs import run_job
from gdexp.work.tasks import Context, tables


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """A grid whose names a reader may take for something else, and its records."""
    folder = tmp_path_factory.mktemp("strange")
    config = make_config(results=str(folder), tracking={"mode": "none"})
    entry = {"model": "linear", "algorithm": "gd", "step": "1", "start": "gaussian"}
    models = {name: entry for name in STRANGE_NAMES}
    models["steps"] = entry | {"step": "2e-1"}
    tiny = config["experiments"]["tiny"] | {"models": models, "dims": [8, 32, 128]}
    config["experiments"] = {"NA": tiny, "2025": tiny | {"dims": [8]}}
    config["studies"] = {"checks": STUDY_SIZES["checks"]}
    grid = Grid.of(config)
    for job in grid.jobs():
        run_job(grid, job, Path(grid.results, "cells", job.path))
    return grid


def test_settings_are_columns(tmp_path):
    """Behind the others, typed, with gaps where an entry has none such."""
    config = make_config()
    models = config["experiments"]["tiny"]["models"]
    models |= {
        "nag": {"model": "linear", "algorithm": "nag", "step": 1, "momentum": 0.5},
        "deep": {"model": "diagonal", "algorithm": "gd", "step": 0.01, "depth": 3},
        "sgd": {"model": "linear", "algorithm": "sgd", "step": 1, "order": "random"},
    }
    grid = Grid.of(config)
    records = []
    for name in ("linear-gd", "nag", "deep", "sgd"):
        cell = grid.experiments["tiny"].cell(name, 8, 0)
        records.append(Record.of(cell, cell.spec.run(8, 0)))
    table = cells_table(records).set_index("model")
    own = list(table)[len(CELLS) - 1 :]
    assert own == sorted(own)
    assert {"alpha", "depth", "momentum", "order"} <= set(own)
    assert table.loc["deep", "depth"] == 3
    assert table.loc["nag", "momentum"] == 0.5
    assert table.loc["sgd", "order"] == "random"
    assert table.loc["linear-gd", ["depth", "momentum"]].isna().all()
    write_table(table.reset_index(), tmp_path / "cells.csv")
    assert "0.5" in (tmp_path / "cells.csv").read_text()
    again = read_table(tmp_path / "cells.csv", CELLS)
    assert set(again["model"]) == set(table.index)

    # as claims read them, of a table for each experiment
    paths = [tmp_path / f"{place}.csv" for place in "ab"]
    for path, some in zip(paths, (records[:2], records[2:]), strict=True):
        write_table(cells_table(some), path)
    read = read_cells(paths).set_index("model")
    assert list(read) == list(table)
    assert read.loc["nag", "momentum"] == 0.5
    assert math.isnan(read.loc["sgd", "momentum"])
    assert read["order"].to_dict() == dict.fromkeys(read.index, "") | {"sgd": "random"}
    assert list(read_cells([])) == list(CELLS)


def test_strange_names_are_in_every_table_and_page(strange, tmp_path):
    names = {*STRANGE_NAMES, "steps"}
    context = Context(strange)
    cells_of = Path(strange.results, "cells")
    paths = [cells_of / job.path for job in strange.jobs()]
    files = [str(tmp_path / f"{name}.csv") for name in TABLES]
    parts = {name: [] for name in TABLES}
    for name in sorted(strange.experiments):
        own = [str(tmp_path / f"{table}-{name}.csv") for table in TABLES]
        records = [path for path in paths if path.is_relative_to(cells_of / name)]
        tables.table(context, name, own[0], records)
        tables.exponents(context, *own)
        for table, file in zip(TABLES, own, strict=True):
            parts[table].append(file)
    tables.collect(context, parts, dict(zip(TABLES, files, strict=True)))
    cells = read_table(files[0], CELLS)
    assert len(cells) == len(names) * 2 * (3 + 1)
    assert set(cells["step"]) == {"1", "0.2"}
    for path, types in zip(files, (CELLS, POINTS, EXPONENTS, LOCAL), strict=True):
        table = read_table(path, types)
        # one d has no slope
        assert set(table["experiment"]) == (
            {"NA"} if types is LOCAL else {"NA", "2025"}
        )
        for _, own in table.groupby("experiment"):
            assert set(own["model"]) == names
    Path(strange.results, "config.json").write_text("{}")
    verdicts, page = str(tmp_path / "claims.csv"), str(tmp_path / "claims.md")
    checks = str(tmp_path / "checks.csv")
    tables.study(context, "checks", checks)
    tables.claims(context, [files[0]], [files[2]], [files[3]], [checks], verdicts, page)
    assert set(read_table(verdicts, VERDICTS)["verdict"]) > {"undecided"}
    fits = read_table(files[2], EXPONENTS)
    found = Evidence(cells, fits, read_table(files[3], LOCAL), {}).exponents_of(
        "linear", "gd", "q90"
    )
    judged = [row["model"] for row in found if row["experiment"] == "NA"]
    assert sorted(judged) == sorted(names)
    outputs = {
        name: str(tmp_path / f"{name}.html")
        for name in ("exponents", "claims", "setup")
    }
    tables.pages(context, [files[2], verdicts], outputs)
    shown = (tmp_path / "exponents.html").read_text()
    for name in STRANGE_NAMES:
        assert f'<td class="">{name}</td>' in shown
    assert '<td class="">NA</td>' in shown
    assert ">nan<" not in (tmp_path / "claims.html").read_text()


def test_a_table_is_read_as_it_was_written(strange, tmp_path):
    cells = [cell for job in strange.jobs() for cell in strange.cells(job)]
    table = cells_table(
        Record.of(cell, cell.spec.run(cell.dim, cell.seed)) for cell in cells[:5]
    )
    # a digest may look like a number, a loss may overflow
    table["code"] = ["1234567890e1", "000000000012", "inf", "NULL", "1_000"]
    table.loc[0, ["final_loss", "final_norm"]] = [0.1 + 0.2, math.nan]
    table.loc[1, ["final_loss", "kernel"]] = [math.inf, 2]
    write_table(table, tmp_path / "cells.csv")
    again = read_table(tmp_path / "cells.csv", CELLS)
    pd.testing.assert_frame_equal(again, table, check_exact=True)
    none = table_of([], EXPONENTS)
    write_table(none, tmp_path / "none.csv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "none.csv", EXPONENTS), none)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "No columns"),
        ("model,dim\n", "expected but not found: \\['seed'\\]"),
        ("model,dim,seed\na,8\n", ""),
        ("model,dim,seed\na,8,x\n", "x"),
        ("model,dim,seed\na,8.5,0\n", ""),
        ('model,dim,seed\n"a,8,0\n', "unexpected end"),
    ],
)
def test_a_damaged_table_is_named(tmp_path, text, words):
    path = tmp_path / "t.csv"
    path.write_text(text)
    types = {"model": "str", "dim": "int64", "seed": "int64"}
    with pytest.raises(
        RecordError, match=rf"t\.csv is damaged.*{words}.*delete"
    ) as caught:
        read_table(path, types)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # a slope of one d
@pytest.mark.parametrize("name", STUDIES)
def test_the_columns_of_a_study(name, tmp_path):
    config = make_config(results=str(tmp_path), studies={name: STUDY_SIZES[name]})
    grid = Grid.of(config | {"data": "nowhere"})
    tables.study(Context(grid), name, str(tmp_path / "t.csv"))
    study = grid.studies[name]
    made = study.table().reset_index(drop=True)
    assert set(made) == set(study.columns)
    read = read_table(tmp_path / "t.csv", study.columns)
    made = made[list(study.columns)].astype(dict(study.columns))
    pd.testing.assert_frame_equal(read, made, check_exact=True)
