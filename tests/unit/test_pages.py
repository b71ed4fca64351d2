"""What the pages for a browser hold is what records and tables say."""

import json
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import make_config

from gdexp.claims.page import VERDICTS
from gdexp.cli import main
from gdexp.figures import TABLES, experiment_table, headlines
from gdexp.figures.style import MARKERS
from gdexp.grid.command import command_of
from gdexp.grid.grid import Grid, load
from gdexp.pages.contents import (
    CURVES,
    DARK,
    contents,
    contrast,
    on_dark,
    seeds_shown,
    shape,
)
from gdexp.pages.curves import BAND, POINTS, bands, curve
from gdexp.pages.explorer import POLICY, unpacked, write_explorer
from gdexp.pages.index import write_index
from gdexp.pages.result import Told, exponents, result
from gdexp.records.checked import checked
from gdexp.records.tables import CELLS
from gdexp.stats.exponents import EXPONENTS
from gdexp.stats.exponents import POINTS as STATISTICS
from gdexp.studies import STUDIES
from gdexp.util.errors import ConfigError
from gdexp.util.tables import read_table, table_of, write_table
from gdexp.work.finished import finished
from gdexp.work.jobs import run_job
from gdexp.work.notes import Notes, outdated
from gdexp.work.products import products
from gdexp.work.tasks import Context, drawings, tables

LOST = {  # by a cap of five iterations, and by a step too long
    "capped": {"model": "linear", "algorithm": "gd", "step": 1, "start": "zero"},
    "steep": {
        **{"model": "conv", "kernel": 2, "algorithm": "gd"},
        **{"step": 1e160, "start": "gaussian"},
    },
}


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    """A finished grid: records, tables and the figures that the first page shows."""
    folder = tmp_path_factory.mktemp("pages")
    config = make_config(results=str(folder), tracking={"mode": "none"})
    config["cells_per_job"] = 2
    config["experiments"]["tiny"]["seeds"] = 3
    lost = config["experiments"]["tiny"] | {"models": LOST, "max_iterations": 5}
    config["experiments"]["lost"] = lost | {"dims": [64]}
    grid = Grid.of(config)
    (folder / "config.json").write_text(json.dumps(config))
    context = Context(grid)
    for job in grid.jobs():
        run_job(grid, job, folder / "cells" / job.path)
    parts = {}
    for name in grid.experiments:
        files = [str(folder / experiment_table(name, table)) for table in TABLES]
        records = [str(folder / "cells" / job.path) for job in grid.jobs(name)]
        tables.table(context, name, files[0], records)
        tables.exponents(context, *files)
        for table, file in zip(TABLES, files, strict=True):
            parts.setdefault(table, []).append(file)
    outputs = {name: str(folder / "tables" / f"{name}.csv") for name in TABLES}
    tables.collect(context, parts, outputs)
    claim = dict.fromkeys(VERDICTS, "text <b>") | {"verdict": "holds"}
    rows = [claim, claim | {"verdict": "fails", "reason": "0.7 is not 0.5"}]
    write_table(table_of(rows, VERDICTS), folder / "tables" / "claims.csv")
    for place in headlines(grid):
        inputs = {
            read: [str(folder / each) for each in files]
            for read, files in place.inputs(grid).items()
        }
        outputs = [str(folder / file) for file in place.files]
        drawings.figure(context, place.path, inputs, outputs)
    return grid


@pytest.fixture(scope="module")
def told(grid):
    folder = Path(grid.results)
    return contents(
        grid,
        lambda name: checked(grid, (job.path for job in grid.jobs(name))),
        read_table(folder / "tables/scaling.csv", STATISTICS),
        read_table(folder / "tables/exponents.csv", EXPONENTS),
    )


def points(told):
    for experiment in told["experiments"]:
        for entry in experiment["entries"]:
            for point in entry["points"]:
                yield experiment["name"], entry, point


def test_every_cell_is_in_it_capped_and_diverged_ones_too(grid, told):
    table = read_table(Path(grid.results, "tables/cells.csv"), CELLS)
    there = [
        (name, entry["name"], point["dim"], seed, *end)
        for name, entry, point in points(told)
        for seed, end in enumerate(
            zip(point["iterations"], point["outcomes"], strict=True)
        )
    ]
    columns = ["experiment", "model", "dim", "seed", "iterations", "outcome"]
    assert sorted(there) == sorted(table[columns].itertuples(index=False, name=None))
    assert {each[-1] for each in there} == {"separated", "capped", "diverged"}


def test_statistics_and_slopes_are_those_of_the_tables(grid, told):
    scaling = read_table(Path(grid.results, "tables/scaling.csv"), STATISTICS)
    exponents = read_table(Path(grid.results, "tables/exponents.csv"), EXPONENTS)
    seen = 0
    for name, entry, point in points(told):
        own = scaling[
            (scaling["experiment"] == name)
            & (scaling["model"] == entry["name"])
            & (scaling["dim"] == point["dim"])
        ].set_index("statistic")
        for statistic, (value, *_) in point["statistics"].items():
            expected = own.loc[statistic, "value"]
            if value is None:
                assert not np.isfinite(expected)
                continue
            assert value == pytest.approx(expected, rel=1e-4)
            seen += 1
    assert seen > 20
    fit = exponents[
        (exponents["experiment"] == "tiny")
        & (exponents["model"] == "linear-gd")
        & (exponents["statistic"] == "mean")
    ].iloc[0]
    (entry,) = (
        each
        for each in told["experiments"][0]["entries"]
        if each["name"] == "linear-gd"
    )
    assert entry["fits"]["mean"][0] == pytest.approx(fit["exponent"], rel=1e-4)


def test_curves_are_those_of_the_records(grid, told):
    records = {
        record.key: record
        for name in grid.experiments
        for record in checked(grid, (job.path for job in grid.jobs(name)))
    }
    for _, entry, point in points(told):
        assert len(point["runs"]) == 3
        for seed, run in enumerate(point["runs"]):
            key = f"{entry['folder']}/d{point['dim']}/s{seed}"
            trajectory = records[key].trajectory
            assert list(run) == list(trajectory)
            at = [trajectory["iteration"].index(t) for t in run["iteration"]]
            assert {0, len(trajectory["iteration"]) - 1} <= {*at}
            for name in ("loss", "min_margin", "norm"):
                for i, short in zip(at, run[name], strict=True):
                    long = trajectory[name][i]
                    assert (short is None) == (long is None)
                    assert short is None or short == pytest.approx(long, rel=1e-4)


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    long = {
        "iteration": list(range(100_000)),
        "loss": [1 / (1 + t) for t in range(10**5)],
    }
    short = curve(long)
    assert len(short["iteration"]) <= POINTS + 2
    assert (short["iteration"][0], short["iteration"][-1]) == (0, 99_999)
    # log-spaced: half of them below the root of the last
    half = sum(t < 330 for t in short["iteration"])
    assert abs(half - POINTS / 2) < 5


def test_bands_are_quantiles_and_a_run_keeps_its_last_value():
    runs = [
        {
            "iteration": [0, 1, 2],
            "loss": [3.0, 2.0, 1.0],
            "min_margin": [-1.0, -1.0, None],
        },
        {"iteration": [0, 4], "loss": [5.0, 4.0], "min_margin": [-2.0, 1.0]},
        {"iteration": [0, 8], "loss": [9.0, None], "min_margin": [-3.0, 2.0]},
    ]
    found = bands(runs)
    assert found["iteration"] == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    low, middle, high = found["loss"]
    assert middle == [5, 5, 5, 5, 4, 4, 4, 4, 4]  # of 1 to 3, 4 or 5, 9 or infinite
    assert low == [3, 2, 1, 1, 1, 1, 1, 1, 1]
    assert high == [9] * 8 + [None]
    assert found["min_margin"][0][2:] == [None] * 7
    names = ("min_margin", "normalized_margin", "accuracy")  # more of it is better
    some = [
        {"iteration": [0], **{name: [x] for name in (*names, "sharpness")}}
        for x in (1.0, None)
    ]
    assert all(bands(some)[name] == [[None], [None], [1]] for name in names)
    assert bands(some)["sharpness"] == [[1], [1], [None]]
    rng = np.random.default_rng(0)
    many = [{"iteration": [0], "loss": [x]} for x in rng.normal(size=101).tolist()]
    expected = np.quantile([x["loss"][0] for x in many], BAND, method="inverted_cdf")
    assert [x[0] for x in bands(many)["loss"]] == pytest.approx(expected, rel=1e-4)


def test_large_grids_have_the_curves_of_fewer_seeds(grid):
    class Large:
        specs, dims = range(100), range(CURVES // 300)

    assert seeds_shown(grid.experiments.values()) == 10
    assert seeds_shown([Large]) == 3
    assert seeds_shown([Large] * 50) == 1


def test_colours_can_be_told_from_a_dark_page():
    for colour in ((0, 0.2, 0.3), (0.0, 0.0, 0.0), (0.9, 0.6, 0.0)):
        assert contrast(on_dark(colour), DARK) >= 3
    assert on_dark((0.9, 0.6, 0.0)) == (0.9, 0.6, 0.0)


def test_every_command_computes_its_cell(grid, capsys):
    for experiment in grid.experiments.values():
        for name in experiment.specs:
            cell = experiment.cell(name, experiment.dims[0], 1)
            program, *arguments = shlex.split(command_of(cell))
            assert program == "gdexp"
            assert main(arguments) == 0
            answer = json.loads(capsys.readouterr().out)
            records = checked(grid, (job.path for job in grid.jobs(experiment.name)))
            (record,) = (each for each in records if each.key == cell.key)
            assert answer["iterations"] == record.outcome["iterations"]
            assert answer["outcome"] == record.outcome["outcome"]
            del answer["cell"]["experiment"], answer["cell"]["name"]
            assert answer["cell"].items() <= record.cell.items()


@pytest.mark.parametrize(
    ("changes", "entry"),
    [
        ({}, {"algorithm": "nag", "momentum": 0.5, "step": "1/d", "loss": "huber"}),
        ({}, {"algorithm": "perceptron", "stop": "cap", "observe": "gradient_norm"}),
        (
            {"dataset": "gaussian", "samples": 6},
            {"algorithm": "sgd", "order": "random"},
        ),
        ({"dataset": "c1:rotated"}, {"algorithm": "smooth_perceptron", "step": None}),
        ({"dataset": "worst_case", "samples": 9, "dims": [2]}, {"form": "direct"}),
        ({"dataset": "table:own.csv", "unit": True, "dims": None}, {}),
    ],
)
def test_commands_say_all_that_was_asked_for(
    changes, entry, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    Path("own.csv").write_text("a,b,label\n0,1,no\n1,0.5,yes\n")
    config = make_config()
    common = {"model": "linear", "algorithm": "gd", "step": 1} | entry
    models = {"one": {key: x for key, x in common.items() if x is not None}}
    tiny = config["experiments"]["tiny"] | {"models": models} | changes
    tiny = {key: x for key, x in tiny.items() if x is not None}
    config["experiments"]["tiny"] = tiny | {"max_iterations": 20}
    experiment = Grid.of(config).experiments["tiny"]
    cell = experiment.cell("one", experiment.dims[0], 1)
    assert main(shlex.split(command_of(cell))[1:]) == 0
    answer = json.loads(capsys.readouterr().out)["cell"]
    aside = {"experiment": "tiny", "name": "one"}
    assert answer == cell.parameters() | {key: answer[key] for key in aside}


def test_the_page_asks_for_nothing_and_holds_all(grid, told, tmp_path):
    path = tmp_path / "explorer.html"
    write_explorer(told, path)
    text = path.read_text("utf-8")
    assert POLICY in text
    assert "default-src 'none'" in POLICY
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=.?https?:", text)
    assert text.count("</script>") == 3
    (data,) = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)
    assert unpacked(data) == json.loads(json.dumps(told))
    write_explorer(told, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == path.read_bytes()


def note(grid):
    """Note of what is there that it was made of what there is now."""
    folder = Path(grid.results)
    for product in products(grid):
        if all((folder / file).exists() for file in product.outputs):
            with Notes(grid.results).making(product):
                pass


@pytest.fixture
def config(grid, tmp_path):
    """The configuration of a copy of it, as if a workflow had made it."""
    folder = shutil.copytree(grid.results, tmp_path / "results")
    path = folder / "config.json"
    told = json.loads(path.read_text()) | {"results": str(folder)}
    path.write_text(json.dumps(told))
    (folder / "claims.md").write_text("# Claims\n")
    note(load(str(path)))
    return path


def test_explore_keeps_up_with_the_grid(config, capsys):
    folder = config.parent
    assert main(["explore", "--config", str(config)]) == 0
    path = folder / "explorer.html"
    grid = load(str(config))  # as the command has it
    assert capsys.readouterr().out == f"see {path}\n"
    index = (folder / "index.html").read_text("utf-8")
    assert '<a href="explorer.html">' in index
    stale = {each.rule for each in outdated(grid, {})}
    assert not stale & {"explorer", "index"}
    record = next(folder.glob("cells/tiny/*/d8/s0-1.jsonl"))
    before = record.read_bytes()
    record.write_bytes(before + b"\n")
    stale = {each.rule for each in outdated(grid, {})}
    record.write_bytes(before)
    assert "explorer" in stale
    path.unlink()
    assert "index" in {each.rule for each in outdated(grid, {})}


def test_no_new_cells_with_old_statistics(config, capsys):
    """Cells of more seeds are there, and the tables are of those before."""
    told = json.loads(config.read_text())
    told["experiments"]["tiny"]["seeds"] = 4
    config.write_text(json.dumps(told))
    grid = load(str(config))
    for job in grid.jobs():
        run_job(grid, job, config.parent / "cells" / job.path)
    assert main(["explore", "--config", str(config)]) == 1
    said = capsys.readouterr().err
    assert "tables/experiments/tiny/cells.csv is of other records" in said
    assert said.endswith("; run the workflow\n")
    assert not (config.parent / "explorer.html").exists()


def test_an_outdated_explorer_says_what_makes_it_and_is_in_nobodys_way(config, capsys):
    assert main(["explore", "--config", str(config)]) == 0
    (config.parent / "explorer.html").write_text("an older one")
    capsys.readouterr()
    assert main(["status", "--config", str(config)]) == 0
    (line,) = (x for x in capsys.readouterr().out.splitlines() if "outdated" in x)
    assert line.split()[1] == "2"  # and the first page, that links to it
    assert "call 'gdexp explore'; such as explorer.html" in line
    with pytest.raises(
        ConfigError, match=r"explorer\.html is of .*call 'gdexp explore'"
    ):
        finished(load(str(config)), ["explorer.html"])
    assert main(["latex", "--config", str(config)]) == 0


def test_the_first_page_is_not_made_of_what_is_outdated(config):
    (config.parent / "tables/claims.csv").write_text("an older one\n")
    assert main(["explore", "--config", str(config)]) == 0
    assert not (config.parent / "index.html").exists()


def test_a_grid_that_is_not_finished_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(json.dumps(make_config()))
    assert main(["explore"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "run the workflow" in said
    assert not Path("results").exists()


def results_of(grid):
    folder = Path(grid.results, "tables")
    return Told(
        grid,
        read_table(folder / "cells.csv", CELLS),
        read_table(folder / "exponents.csv", EXPONENTS),
        read_table(folder / "claims.csv", VERDICTS),
    )


def test_the_first_page_says_what_came_out_and_what_was_left_out(grid):
    path = Path(grid.results, "first.html")
    found = results_of(grid)
    write_index(found, ["cifar10-linear"], path)
    text = path.read_text("utf-8")
    ends = found.cells["outcome"].value_counts()
    assert f"{len(found.cells)} cells: {ends['separated']} separated" in text
    assert "Of 2 claims 1 holds, 1 fails." in text
    assert "0.7 is not 0.5" in text
    assert "text &lt;b&gt;" in text
    assert '<td class="fails">fails' in text
    assert "cifar10-linear" in text
    assert "runs that are tracked" in text  # whether any is may change
    assert "Source: reconstruction of the paper" in text
    for name in re.findall(r'(?:href|src)="([^"#:,]+)"', text):
        made = ("tables/local", "report/", "claims.md", "explorer")
        assert name.startswith(made) or (path.parent / name).exists(), name
    phases = {"phases": STUDIES["phases"](dim=16)}
    write_index(replace(found, grid=replace(grid, studies=phases)), [], path)
    text = path.read_text("utf-8")
    assert "Left out" not in text
    assert '<a href="tables/studies/">' in text


def test_a_slope_of_some_of_the_d_says_so(grid):
    found = results_of(grid)
    part = replace(found, exponents=found.exponents.assign(dims_used=2))
    table = exponents(part, ["tiny"], ["mean"])
    assert table.count(" (2 of 3 d)</td>") == 2
    assert " of 3 d" not in exponents(found, ["tiny"], ["mean"])


def test_no_entry_looks_like_the_cells_that_were_given_up():
    assert "^" not in MARKERS  # those, in every figure
    assert len({shape(marker) for marker in MARKERS}) == len(MARKERS)
    assert shape("s") == "M-1 1L1 1L1 -1L-1 -1Z"


def test_the_report_begins_with_the_result(grid):
    text = result(results_of(grid), grid.results)
    assert text.partition("</style>")[2].startswith("<p><strong>Of 2 claims")
    assert "linear-gd" in text
    assert 'src="data:image/png;base64,' in text
    assert "href" not in text
