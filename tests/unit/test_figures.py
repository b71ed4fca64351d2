import numpy as np
import pandas as pd
import pytest
from support import STUDY_SIZES, make_config, some

from gdexp.figures import About, cards, places
from gdexp.figures.style import colours, hue
from gdexp.grid.grid import Grid
from gdexp.records.record import Record
from gdexp.records.tables import cells_table, trajectories_table
from gdexp.stats.exponents import Scaling
from gdexp.studies import STUDIES, settings

PLOTS = {name: card.load() for name, card in cards().items()}
MODELS = {"linear-gd": "linear", "conv2-perceptron": "conv"}


def tables(**changes):
    config = make_config()
    config["experiments"]["tiny"].update(seeds=20, **changes)
    grid = Grid.of(config)
    records = [
        Record.of(cell, cell.spec.run(cell.dim, cell.seed))
        for job in grid.jobs()
        for cell in grid.cells(job)
    ]
    return records, cells_table(records)


def draw_all(records, cells, names=("scaling", "trajectories", "iterations")):
    scaling, exponents, _ = Scaling(repetitions=50)(cells)
    one_dim = [record for record in records if record.cell["dim"] == 16]
    data = {
        "scaling": (cells, scaling, exponents),
        "trajectories": (trajectories_table(one_dim),),
        "iterations": (cells,),
    }
    about = About(note="Data c1.", models=MODELS)
    return {name: PLOTS[name].draw(*data[name], about=about) for name in names}


@pytest.mark.parametrize("name", ["scaling", "trajectories", "iterations"])
def test_same_bytes_again(name, tmp_path):
    made = []
    for attempt in ("a", "b"):
        paths = [
            tmp_path / attempt / f"f.{suffix}"
            for suffix in ("png", "pdf", "csv", "txt")
        ]
        draw_all(*tables(), [name])[name].save(paths)
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
    assert "20 seeds" in drawing.caption
    kinds = drawing.table["statistic"].value_counts()
    assert kinds.to_dict() == {
        "mean": 2 * 3,
        "single run": 2 * 3 * 20,
        "fit": 2 * 2,
        "slope 1": 2,
        "slope 1/2": 2,
    }
    single = drawing.table[drawing.table["statistic"] == "single run"]
    assert single["value"].tolist() == cells["iterations"].tolist()
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
    """No line goes through one d: no slope, no guide, and all points are there."""
    drawings = draw_all(*tables(dims=[16]))
    scaling = drawings["scaling"]
    kinds = scaling.table["statistic"].value_counts().to_dict()
    assert kinds == {"mean": 2, "single run": 40}
    said = text_of(scaling.figure)
    assert all(f"{model}: no slope (20 cells)" in said for model in MODELS)
    assert "slope 1" not in said
    assert [tick.get_text() for tick in scaling.figure.axes[0].get_xticklabels()] == [
        "$2^{4}$"
    ]
    assert set(drawings["iterations"].table["dim"]) == {16}
    ends = drawings["iterations"].table.groupby("model")["share"].max()
    assert ends.to_dict() == dict.fromkeys(MODELS, 1.0)
    assert drawings["trajectories"].table["seed"].nunique() == 10


def test_an_experiment_at_one_d_has_no_figure_against_d():
    config = make_config()
    config["experiments"]["tiny"]["dims"] = [16]
    assert set(places(Grid.of(config))) == {"tiny/trajectories", "tiny/iterations"}
    config["experiments"]["tiny"]["dims"] = [16, 17]
    assert "tiny/scaling" in places(Grid.of(config))


@pytest.mark.parametrize(
    ("least", "bottom"), [(0.3, (0.2, 0.3)), (1e-9, (5e-5, 5e-5))], ids=["high", "low"]
)
def test_the_axis_of_the_loss_goes_as_far_as_the_loss(least, bottom):
    records, _ = tables(dims=[16])
    runs = trajectories_table(records)
    runs["loss"] = np.maximum(runs["loss"], 0.5)
    runs.loc[runs.index[runs["seed"] == 0][-1], "loss"] = least
    about = About(note="Data c1.", models=MODELS)
    figure = PLOTS["trajectories"].draw(runs, about=about).figure
    assert bottom[0] <= figure.axes[0].get_ylim()[0] <= bottom[1]
    assert ("a triangle one" in figure.get_suptitle()) == (least < 1e-4)


def test_tables_without_rows_have_their_columns():
    records, cells = tables()
    measured = {*records[0].cell, *records[0].outcome, "family", "code", "entry"}
    measured = measured - {"name"} | {"test_samples", "labels"}  # of some data sets
    assert set(cells) == measured
    assert list(cells_table([])) == list(cells)
    fit = Scaling(repetitions=50)
    wide = cells.assign(dim=cells["dim"].replace({16: 32, 32: 128}))  # one window
    for empty, table in zip(fit(cells_table([])), fit(wide), strict=True):
        assert list(empty) == list(table)
        assert table.notna().any().drop(["beyond", "note"], errors="ignore").all()


# how many starts or seeds, which statistic, which interval
CAPTIONS = {
    "reduction": ["One start per case, no statistic, no interval", "c1 n=2 (conv)"],
    "oscillation": ["One start per column, no statistic, no interval", "c1 linear"],
    "phases": ["One start, no statistic, no interval"],
    "edge": ["5 Gaussian starts", "the median of T", "95 % intervals of the share"],
    "tail": ["50 Gaussian starts", "Quantiles", "95 % interval from order statistics"],
    "homogeneity": ["Median over 1 data sets", "no interval"],
    "momentum_rates": ["2 seeds", "median, bars from the smallest", "no interval"],
    "bilinear": ["median over 2", "no interval", "the others have no randomness"],
    "mean_field": ["Medians over 2 seeds", "no interval"],
    "conservation": ["Median over 2 data sets", "no interval"],
    "products": ["Root mean square over 2 draws", "no interval"],
    "modes": ["6 Gaussian starts", "their median (line), no interval"],
    "large_steps": ["Medians over 2 starts", "no interval", "1/T and 1/T^2"],
    "averaged_risk": ["One run each, no statistic, no interval"],
    "best_step": ["over 5 Gaussian starts", "90 % quantile", "d, no interval: too few"],
    "implicit": ["samples with m < 1", "no interval", "evaluations of the loss"],
    "flow_limit": ["starts that do not separate", "no interval", "at d = 16"],
    "poisson": ["median over 2 starts", "smallest to the largest, no interval"],
    "time_scales": [
        "at width 8",
        "2 data sets and starts",
        "no interval: too few runs",
    ],
    "frozen": ["3 draws of 8 Gaussian samples", "95 % interval after Wilson"],
}


def study_drawing(name):
    given = STUDY_SIZES[name]
    study = settings(STUDIES[name], given, {"data": "nowhere", "root_seed": 7})
    note = f"{study.title}. Source: {study.source}."
    return PLOTS[name].draw(study.table(), about=About(note=note)), study


@pytest.mark.parametrize(
    "name", some(sorted(set(STUDIES) - {"checks"}), "phases", "tail")
)
def test_studies_say_what_they_show(name, tmp_path):
    drawing, study = study_drawing(name)
    for words in CAPTIONS[name]:
        assert words in drawing.caption
    mark = f"Source: {study.source}."
    for text in (drawing.caption, drawing.figure.get_supxlabel()):
        assert mark in " ".join(text.split())
    paths = [tmp_path / f"f.{suffix}" for suffix in ("png", "pdf", "csv", "txt")]
    drawing.save(paths)
    assert all(path.stat().st_size > 100 for path in paths)
    labels = [a.get_xlabel() + a.get_ylabel() for a in drawing.figure.axes]
    assert any(labels)


def test_the_oscillation_says_what_was_measured():
    drawing, study = study_drawing("oscillation")
    table = study.table()
    run = table[(table["data"] == "c1") & (table["model"] == "linear")]
    last = run[run["step"] == 0.01].iloc[-1]
    none = "none in " if pd.isna(last["separated"]) else ""
    share = last["rising"] / last["iteration"]
    said = f"c1 linear {none}{last['iteration']} ({share:.0%}) at 0.01"
    assert said in drawing.caption
    assert "first" not in drawing.caption


def test_the_reduction_shows_mismatch_and_distance_against_r():
    drawing, _ = study_drawing("reduction")
    labels = [axes.get_ylabel() for axes in drawing.figure.axes]
    assert "first differing\nsign: step" in labels
    assert "relative distance\nat the end" in labels
    assert "linear model has no c1" in drawing.caption
    assert "a tie" in drawing.caption


def test_a_figure_is_drawn_of_what_it_is_about():
    """By the name of an experiment, the ratio of its d, and what is observed."""
    config = make_config()
    tiny = config["experiments"]["tiny"]
    wide = tiny | {"dims": [4, 16, 64]}
    seen = {"gd": tiny["models"]["linear-gd"] | {"observe": "sharpness"}}
    config["experiments"] |= {
        "explicit-a": wide,
        "explicit-b": tiny,
        "seen": tiny | {"models": seen},
    }
    found = places(Grid.of(config))
    assert {path for path in found if path.endswith("/local")} == {"explicit-a/local"}
    assert {path for path in found if path.endswith("/sharpness")} == {"seen/sharpness"}
    assert found["explicit"].experiments == ("explicit-a", "explicit-b")
    assert "explicit" not in places(Grid.of(make_config()))
