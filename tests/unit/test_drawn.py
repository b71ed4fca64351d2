"""Every figure against the numbers beside it, and what it must not do to its data."""

import io
import json
import os
import subprocess
import sys
from functools import cache
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from drawn import bars_of, compare, legends_of, panels_of, table_of
from matplotlib.figure import Figure
from support import STUDY_SIZES, some

from gdexp.figures import About, cards
from gdexp.figures.scales import beside, value_ticks
from gdexp.figures.style import Drawing, styled
from gdexp.stats.exponents import Scaling
from gdexp.studies import STUDIES, settings

PLOTS = {name: card.load() for name, card in cards().items()}
OF_STUDIES = [name for name, card in cards().items() if card.where[:8] == "studies/"]
TWO = {"linear-gd": "linear", "conv2-perceptron": "conv"}
ODD = {"NA": "linear", "None": "conv", "2e-1": "conv", "2025": "mlp", "a$b$": "linear"}
MANY = {
    f"{family}-momentum=0.{k}": family
    for family in ("linear", "conv")
    for k in range(12)
}


def cells_of(models, dims, seeds, cap=10**9, least=1):
    """T about d or its root, capped, as in a table of cells."""
    rng = np.random.default_rng(3)
    rows = []
    for place, (model, family) in enumerate(models.items()):
        for dim in dims:
            scale = 0.2 * (1 + place % 5) * dim ** (1 if family == "linear" else 0.5)
            for seed in range(seeds):
                time = int(scale * abs(rng.standard_normal())) + least
                ended = ("separated", time) if time < cap else ("capped", cap)
                rows.append(("e", model, dim, seed, *ended))
    names = ["experiment", "model", "dim", "seed", "outcome", "iterations"]
    return pd.DataFrame(rows, columns=names)


def scaling_of(models, cells, statistic="mean"):
    points, exponents, _ = Scaling(repetitions=60)(cells)
    about = About(models=models, statistic=statistic)
    return PLOTS["scaling"].draw(cells, points, exponents, about=about)


def local_of(models, cells, statistic="mean"):
    local = Scaling(repetitions=60)(cells).local
    return PLOTS["local"].draw(local, about=About(models=models, statistic=statistic))


def explicit_of(sets, models, seeds):
    dims = [4**k for k in range(2, 6)]
    tables = [
        cells_of(models, dims, count, cap=300).assign(dataset=name, experiment=f"e-{i}")
        for i, (name, count) in enumerate(zip(sets, seeds, strict=True))
    ]
    cells = pd.concat(tables, ignore_index=True)
    cells["gradients"] = 2.5 * cells["iterations"]
    points, _, local = Scaling(repetitions=60)(cells)
    return PLOTS["explicit"].draw(cells, points, local, about=About(models=models))


def iterations_of(models, cells):
    return PLOTS["iterations"].draw(cells, about=About(models=models))


def trajectories_of(models, seeds=12):
    rng = np.random.default_rng(5)
    frames = []
    for model in models:
        for seed in range(seeds):
            steps = np.arange(int(rng.integers(1, 40)))
            loss = 2 * np.exp(-steps * rng.uniform(0.1, 1))
            # runs that diverged
            loss[0] = {0: np.inf, 1: 1e299}.get(seed, loss[0])
            run = pd.DataFrame({"iteration": steps, "loss": loss})
            accuracy = rng.integers(0, 2, len(steps))
            run = run.assign(accuracy=accuracy, model=model, dim=16, seed=seed)
            frames.append(run)
    table = pd.concat(frames, ignore_index=True)
    return PLOTS["trajectories"].draw(table, about=About(models=models))


def sharpness_of(models, seeds=2):
    rng = np.random.default_rng(5)
    frames = [
        pd.DataFrame(
            {"iteration": [0, 1, 5, 9], "sharpness": rng.uniform(0, 9, 4)}
        ).assign(model=model, dim=16, seed=seed, step_size=0.1 + 0.1 * i)
        for i, model in enumerate(models)
        for seed in range(seeds)
    ]
    frames[0].loc[3, "sharpness"] = 0.0  # flat, as far as numbers go
    table = pd.concat(frames, ignore_index=True)
    bare = frames[0].assign(model="bare", sharpness=np.nan)  # an entry not observed
    table = pd.concat([table, bare], ignore_index=True)
    about = About(models=dict(models) | {"bare": "linear"})
    return PLOTS["sharpness"].draw(table, about=about)


def accuracy_of(experiments=2, steps=(0.01, 0.2, 3), seeds=2):
    rng = np.random.default_rng(5)
    ends = ("separated", "capped", "diverged")
    frames = [
        pd.DataFrame({"iteration": [0, 1, 5, 9], "accuracy": rng.uniform(0.2, 1, 4)})
        .assign(experiment=f"e{e}", model=f"step-{step}", family="linear", kernel=pd.NA)
        .assign(start="zero", step=str(step), step_size=float(step), samples=20)
        .assign(
            seed=seed, outcome=ends[i % 3], iterations=9, rising_steps=(i + seed) % 9
        )
        .assign(max_iterations=9)
        for e in range(experiments)
        for i, step in enumerate(steps)
        for seed in range(seeds)
    ]
    table = pd.concat(frames, ignore_index=True)
    about = About(experiments=[f"e{e}" for e in range(experiments)])
    return PLOTS["accuracy"].draw(table, about=about)


def run_of():
    steps = [0, 1, 2, 3]
    trajectory = {
        "iteration": steps,
        "loss": [1.0, np.inf, 0.1, 1e-20],
        "accuracy": [0, 0.5, 0.5, 1],
        "misclassified": [2, 1, 1, 0],
        "min_margin": [-1, -1, -1, 1],
        "norm": [0.0, 1.0, 2.0, np.inf],
    }
    about = About(models={"conv": "conv"}, title="a $ b")
    return PLOTS["run"].draw(trajectory, about=about)


@cache
def study_table(name, changes):
    sizes = STUDY_SIZES[name] | json.loads(changes)
    study = settings(STUDIES[name], sizes, {"data": "nowhere", "root_seed": 7})
    return study.table().to_csv(index=False)


def study_of(name, **changes):
    text = study_table(name, json.dumps(changes))
    return PLOTS[name].draw(pd.read_csv(io.StringIO(text)), about=About())


CELLS = {
    "plain": cells_of(TWO, [16, 32, 64], 20),
    "few": cells_of(TWO, [100, 300, 1000, 3000], 5),
    "zero": cells_of(TWO, [16, 32, 64], 20, cap=12, least=0),
    "none": cells_of(TWO, [16, 32, 64], 20, cap=1),
    "names": cells_of(ODD, [16, 32, 64], 15),
    "many": cells_of(MANY, [16, 64, 256], 12, cap=60),
}

LOCAL = {
    "plain": cells_of(TWO, [2**k for k in range(4, 12)], 20),
    "few": cells_of(TWO, [4**k for k in range(2, 6)], 1),
    "names": cells_of(ODD, [2**k for k in range(4, 10)], 15),
    "many": cells_of(MANY, [4**k for k in range(2, 6)], 15),
}
MODELS = {"names": ODD, "many": MANY}

# name of the figure, what is special, how to draw it
CASES = [
    *(
        (
            "scaling",
            f"{case}-{statistic}",
            lambda c=case, s=statistic: scaling_of(MODELS.get(c, TWO), CELLS[c], s),
        )
        for case in CELLS
        for statistic in ("mean", "q90")
        if statistic == "mean" or case in ("zero", "many")
    ),
    *(
        ("local", case, lambda c=case: local_of(MODELS.get(c, TWO), LOCAL[c]))
        for case in LOCAL
    ),
    *(
        (
            "iterations",
            case,
            lambda c=case: iterations_of(MODELS.get(c, TWO), CELLS[c]),
        )
        for case in CELLS
    ),
    ("explicit", "one", lambda: explicit_of(["c1"], TWO, [20])),
    (
        "explicit",
        "four",
        lambda: explicit_of(["c1", "c1:rotated", "c2", "own"], ODD, [1, 20, 1, 20]),
    ),
    ("trajectories", "two", lambda: trajectories_of(TWO)),
    ("trajectories", "names", lambda: trajectories_of(ODD)),
    ("trajectories", "many", lambda: trajectories_of(MANY, seeds=2)),
    ("accuracy", "two", accuracy_of),
    ("accuracy", "many", lambda: accuracy_of(4, np.geomspace(0.01, 9, 24).round(4), 1)),
    ("run", "", run_of),
    ("sharpness", "two", lambda: sharpness_of(TWO)),
    ("sharpness", "many", lambda: sharpness_of(MANY)),
    *((name, "", lambda n=name: study_of(n)) for name in OF_STUDIES),
    ("best_step", "intervals", lambda: study_of("best_step", starts=12)),
    (
        "best_step",
        "cap",
        lambda: study_of("best_step", dims=[16, 32, 64], starts=12, halvings=1),
    ),
    ("tail", "many", lambda: study_of("tail", dims=[2**k for k in range(3, 12)])),
    (
        "oscillation",
        "many",
        lambda: study_of("oscillation", linear_steps=[0.1 * k for k in range(1, 25)]),
    ),
    (
        "reduction",
        "many",
        lambda: study_of("reduction", scales=[float(k) for k in range(1, 25)]),
    ),
    ("edge", "many", lambda: study_of("edge", dims=list(range(16, 28)), starts=2)),
]
NAMED = {"-".join(filter(None, case[:2])): case for case in CASES}
# many lines or panels take long to draw: two of these in the short suite
SHORT = {"scaling-many-mean", "edge-many", *(x for x in NAMED if "many" not in x)}
FIGURES = {name: draw for name, _, draw in CASES[::-1]}


def test_no_window_is_said():
    drawing = local_of(TWO, cells_of(TWO, [16, 512], 20))
    (axes,) = drawing.figure.axes
    assert "no window" in axes.get_title()
    assert drawing.table.empty


def test_every_figure_is_among_the_cases():
    assert set(FIGURES) == set(cards()), "a figure that no case draws, or none any more"


@pytest.mark.parametrize("case", some(NAMED, *SHORT))
def test_a_figure_shows_its_numbers_and_hides_none(case):
    name, _, draw = NAMED[case]
    drawing = draw()
    compare(drawing, name)
    readable(drawing.figure)
    assert legends_of(drawing.figure) or name in (
        *("iterations", "trajectories", "run", "sharpness"),
    )


def shift(drawing):
    """Move a point of a line, or of a scatter if there is no line."""
    for axes in panels_of(drawing.figure):
        for line in axes.lines:
            if np.isfinite(line.get_ydata()).any():
                line.set_ydata(np.asarray(line.get_ydata(), float) * 1.001 + 1e-3)
                return


@pytest.mark.parametrize("name", some(FIGURES, "scaling", "run", "edge"))
def test_the_comparison_can_fail(name):
    drawing = FIGURES[name]()
    compare(drawing, name)
    table = table_of(drawing)
    with pytest.raises(AssertionError, match="not in the CSV"):
        compare(drawing, name, table.iloc[: len(table) // 2])
    more = table.copy()
    more.loc[len(more)] = more.iloc[-1]
    more.loc[len(more) - 1, more.select_dtypes("number").columns] = 0.123
    with pytest.raises(AssertionError, match="not drawn"):
        compare(drawing, name, more)
    shift(drawing)
    with pytest.raises(AssertionError, match="not in the CSV"):
        compare(drawing, name)


def readable(figure):
    """No legend covers an axes or leaves the figure; panels and ticks have room."""
    legends = legends_of(figure)
    panels = panels_of(figure)
    boxes = [axes.get_window_extent() for axes in panels]
    edge = figure.bbox
    for legend in legends:
        box = legend.get_window_extent()
        assert not any(box.overlaps(other) for other in boxes)
        assert box.x0 >= edge.x0
        assert box.x1 <= edge.x1 + 1
        assert box.y0 >= edge.y0
        assert box.y1 <= edge.y1 + 1
    inches = [(box.width / figure.dpi, box.height / figure.dpi) for box in boxes]
    assert min(width for width, _ in inches) > 0.85
    assert min(height for _, height in inches) > 0.6
    for axes in panels:
        for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
            seen = [x.get_window_extent() for x in labels if x.get_text()]
            near = pairwise(seen)
            inside = [
                pair
                for pair in near
                if all(axes.bbox.padded(9).overlaps(x) for x in pair)
            ]
            assert not any(a.overlaps(b) for a, b in inside)


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("scaling", lambda: scaling_of(TWO, CELLS["few"])),
        ("best_step", lambda: study_of("best_step")),
    ],
)
def test_no_interval_is_drawn_or_spoken_of_where_there_is_none(name, draw):
    drawing = draw()
    assert not bars_of(drawing.figure)
    assert drawing.table["ci_low"].isna().all()
    assert "no interval: too few runs" in drawing.caption
    assert "bootstrap" not in drawing.caption
    for legend in legends_of(drawing.figure):
        said = legend.get_title().get_text()
        assert "interval" not in said
        for text in legend.get_texts():
            assert "nan" not in text.get_text()
            assert "[" not in text.get_text()
    assert any(
        "no interval" in t.get_text()
        for g in legends_of(drawing.figure)
        for t in g.get_texts()
    )


def test_an_interval_beyond_the_cap_ends_there_with_an_arrow():
    cells = cells_of({"m": "linear"}, [16, 32, 64], 20)
    late = cells.sort_values("iterations").groupby("dim").tail(2).index
    cells.loc[late, ["outcome", "iterations"]] = "capped", 500
    drawing = scaling_of({"m": "linear"}, cells, "q90")
    rows = drawing.table[drawing.table["statistic"] == "q90"]
    assert rows["open"].all()
    assert (rows["ci_high"] == 500).all()
    assert sorted(bar[:, 1].max() for bar in bars_of(drawing.figure)) == [500] * 3
    assert "an arrow where it goes on beyond the cap" in drawing.caption
    means = scaling_of({"m": "linear"}, cells)
    assert "mean" not in set(means.table["statistic"])  # infinite: not drawn
    assert not bars_of(means.figure)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([100, 300, 1000, 3000], ["100", "300", "1000", "3000"]),
        ([16, 64, 1024], ["$2^{4}$", "$2^{6}$", "$2^{10}$"]),
        ([10, 100, 10000], ["$10^{1}$", "$10^{2}$", "$10^{4}$"]),
        ([0.1 * 3, 0.5], ["0.3", "0.5"]),
        ([1234567], ["1234567"]),
        ([*range(100, 2000, 7)], None),
        ([2**k for k in range(60)], None),
    ],
)
def test_ticks_are_at_values_that_are_there(values, labels):
    with styled():
        axes = Figure(figsize=(6, 3), layout="constrained").add_subplot()
        axes.set_xscale("log")
        axes.plot(values, np.ones(len(values)), "o")
        value_ticks(axes.xaxis, values, room=5)
        axes.figure.draw_without_rendering()
    assert set(axes.get_xticks()) <= set(map(float, values))
    assert len(axes.get_xticks(minor=True)) == 0
    shown = axes.get_xticklabels()
    if labels is None:
        assert 4 < len(shown) < 30
    else:
        assert [label.get_text() for label in shown] == labels
    boxes = [label.get_window_extent() for label in shown]
    assert not any(a.overlaps(b) for a, b in pairwise(boxes))


@pytest.mark.parametrize("count", [1, 2, 4, 24])
def test_series_beside_each_other_stay_nearest_to_their_own_d(count):
    dims = [100, 110, 3000]
    factors = beside(count, dims)
    assert len(set(factors)) == count
    assert factors.max() / factors.min() < 1.1
    np.testing.assert_allclose(factors.prod(), 1)


@pytest.mark.parametrize("names", [ODD])
def test_names_of_entries_are_text(names):
    for drawing in (
        scaling_of(names, CELLS["names"]),
        iterations_of(names, CELLS["names"]),
        trajectories_of(names),
    ):
        told = pd.read_csv(
            io.StringIO(drawing.table.to_csv()), dtype=str, keep_default_na=False
        )["model"]
        assert set(told) - {""} == set(names)
        texts = [axes.title for axes in drawing.figure.axes]
        texts += [
            t for legend in legends_of(drawing.figure) for t in legend.get_texts()
        ]
        shown = {str(t._preprocess_math(t.get_text())[0]).split(":")[0] for t in texts}
        assert set(names) <= shown


SCRIPT = """
import sys
from gdexp.figures import About, cards
plot = cards()["run"].load()
import matplotlib as mpl
steps = {"iteration": [0, 1, 2], "loss": [1, .5, .1], "accuracy": [0, .5, 1]}
about = About(models={"conv": "conv"}, title="t")
plot.draw(steps | {"norm": [1, 2, 3]}, about=about).save(sys.argv[1:])
"""
# what a process has set before, and finds again
SET = "mpl.rcParams.update({'text.usetex': True, 'font.size': 30})\nsteps ="
FOUND = "assert mpl.rcParams['text.usetex'] and mpl.rcParams['font.size'] == 30"
RC = """
text.usetex: True
font.family: serif
font.sans-serif: Liberation Sans
font.size: 30
mathtext.fontset: stix
savefig.dpi: 31
savefig.bbox: tight
pdf.fonttype: 3
pdf.compression: 0
axes.facecolor: red
axes.formatter.use_locale: True
lines.linewidth: 9
path.sketch: 9, 9, 9
xtick.major.size: 30
backend: module://nonsense
"""


def drawn_by(folder, script=SCRIPT, **environment):
    ours = {
        k: v for k, v in os.environ.items() if not k.startswith(("MPLB", "MATPLOT"))
    }
    names = ("run.png", "run.pdf")
    subprocess.run(
        [sys.executable, "-c", script, *names],
        cwd=folder,
        env=ours | environment,
        check=True,
    )
    return [(folder / name).read_bytes() for name in names]


@pytest.mark.slow
def test_the_surroundings_do_not_alter_a_byte(tmp_path):
    expected = drawn_by(tmp_path)
    assert expected[0].startswith(b"\x89PNG")
    late = SCRIPT.replace("steps =", SET, 1) + FOUND
    assert drawn_by(tmp_path, late) == expected
    (tmp_path / "matplotlibrc").write_text(RC)
    for backend in ("module://nonsense", "nonsense", "tkagg"):
        assert drawn_by(tmp_path, MPLBACKEND=backend) == expected


def test_no_figure_is_left_in_pyplot_and_no_setting_in_the_process():
    before = dict(mpl.rcParams)
    drawing = run_of()
    assert isinstance(drawing, Drawing)
    assert dict(mpl.rcParams) == before
    assert not sys.modules["matplotlib.pyplot"].get_fignums()


def test_a_start_at_zero_does_not_take_half_of_the_panel():
    rows = {"iteration": [0, 1, 5], "accuracy": [0.0, 0.5, 0.9], "rising_steps": 0}
    told = {"experiment": "e0", "model": "m", "family": "linear", "kernel": pd.NA}
    told |= {"start": "zero", "step": "1", "step_size": 1.0, "samples": 20, "seed": 0}
    told |= {"outcome": "capped", "iterations": 5, "max_iterations": 5}
    about = About(experiments=("e0",))
    drawing = PLOTS["accuracy"].draw(pd.DataFrame(rows | told), about=about)
    compare(drawing, "accuracy")
    assert drawing.figure.axes[0].get_ylim()[0] > 0.4
    assert drawing.table["iteration"].tolist() == [1, 5]
