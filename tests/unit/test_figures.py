import numpy as np
import pytest
from support import make_config

from gdexp.figures import draw_iterations, draw_scaling, draw_trajectories
from gdexp.figures.style import colours, hue
from gdexp.grid import Grid
from gdexp.records import Record
from gdexp.scaling import Scaling
from gdexp.tables import cells_table, trajectories_table

MODELS = {"linear-gd": "linear", "conv2-perceptron": "conv"}


def tables(**changes):
    config = make_config()
    config["experiments"]["tiny"].update(seeds=6, **changes)
    grid = Grid.of(config)
    records = [
        Record.of(cell, cell.spec.run(cell.dim, cell.seed))
        for job in grid.jobs()
        for cell in grid.cells(job)
    ]
    return records, cells_table(records)


def draw_all(records, cells):
    scaling, exponents = Scaling(repetitions=50)(cells)
    one_dim = [record for record in records if record.cell["dim"] == 16]
    note = "Data c1."
    return {
        "scaling": draw_scaling(cells, scaling, exponents, models=MODELS, note=note),
        "trajectories": draw_trajectories(
            trajectories_table(one_dim), models=MODELS, note=note
        ),
        "iterations": draw_iterations(cells, models=MODELS, note=note),
    }


@pytest.mark.parametrize("name", ["scaling", "trajectories", "iterations"])
def test_same_bytes_again(name, tmp_path):
    made = []
    for attempt in ("a", "b"):
        paths = [
            tmp_path / attempt / f"f.{suffix}"
            for suffix in ("png", "pdf", "csv", "txt")
        ]
        draw_all(*tables())[name].save(paths)
        made.append([path.read_bytes() for path in paths])
    assert made[0] == made[1]
    assert made[0][0].startswith(b"\x89PNG")
    assert made[0][1].startswith(b"%PDF")
    assert all(len(data) > 5000 for data in made[0][:2])
    assert b"model" in made[0][2]
    assert made[0][3].endswith(b"Data c1.\n")


def text_of(figure):
    axes = figure.axes[0]
    legend = axes.get_legend()
    return " ".join(
        [
            axes.get_xlabel(),
            axes.get_ylabel(),
            figure.get_supxlabel(),
            *(text.get_text() for text in axes.texts),
            *(text.get_text() for text in legend.get_texts()),
        ]
    )


def test_scaling_says_what_it_shows():
    records, cells = tables()
    drawing = draw_all(records, cells)["scaling"]
    said = text_of(drawing.figure)
    assert "6 seeds" in drawing.caption
    assert len(drawing.table) == 2 * 3
    for words in ("dimension", "iterations", "slope 1", "slope 1/2", "Data c1."):
        assert words in said
    exponent = Scaling(repetitions=50)(cells)[1].set_index(["model", "statistic"])
    for model in MODELS:
        value = exponent.loc[(model, "mean"), "exponent"]
        assert f"{model}: {value:.2f} [" in said


@pytest.mark.parametrize("cap", [1, 6])
def test_capped_cells_are_drawn_and_counted(cap):
    records, cells = tables(max_iterations=cap)
    figures = draw_all(records, cells)
    capped = cells[cells["outcome"] == "capped"].groupby("model").size()
    assert capped["linear-gd"] > 0
    said = text_of(figures["scaling"].figure)
    assert f"{capped['linear-gd']} not separated" in said
    # the curve of the distribution ends below 1
    curve = figures["iterations"].figure.axes[0].lines[-1].get_ydata()
    assert np.max(curve) < 1


def test_a_family_has_one_hue_whatever_else_is_drawn():
    few = colours({"b": "conv"})
    many = colours({"a": "linear", "b": "conv", "c": "conv", "e": "other"})
    assert few["b"] == many["b"] == hue("conv")
    assert len(set(many.values())) == 4


def test_one_dim():
    draw_all(*tables(dims=[16]))


def test_tables_without_rows_have_their_columns():
    records, cells = tables()
    measured = {*records[0].cell, *records[0].outcome, "family", "code"} - {"name"}
    assert set(cells) == measured
    assert list(cells_table([])) == list(cells)
    fit = Scaling(repetitions=50)
    for empty, table in zip(fit(cells_table([])), fit(cells), strict=True):
        assert list(empty) == list(table)
        assert table.notna().any().drop(["beyond", "note"], errors="ignore").all()
