import copy
import math
import re
import subprocess
import sys
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT, make_config

from gdexp.cli.main import main
from gdexp.grid.config import read
from gdexp.grid.grid import Grid, load
from gdexp.grid.names import slug, unslug
from gdexp.util.errors import ConfigError


def experiment(config):
    return config["experiments"]["tiny"]


def model(config):
    return experiment(config)["models"]["conv2-perceptron"]


CYCLE: list = []
CYCLE.append(CYCLE)
BOMB: list = [1]
for _ in range(15):
    BOMB = [BOMB] * 10

MISTAKES = [
    (lambda c: c.update(extra=1), ["unknown key 'extra'", "allowed: results"]),
    (lambda c: c.update({1: 2}), ["unknown key '1'"]),
    (
        lambda c: experiment(c).update(sedes=1),
        ["unknown key 'sedes' in experiments.tiny", "seeds"],
    ),
    (lambda c: model(c).update(stepp=1), ["stepp 1", "conv2-perceptron", "kernel"]),
    (lambda c: c.pop("experiments"), ["missing key 'experiments'"]),
    (
        lambda c: experiment(c).pop("dims"),
        ["experiments.tiny: missing key 'dims'", "'c1'"],
    ),
    (lambda c: c.update(experiments={}), ["experiments: {}", "one entry or more"]),
    (lambda c: experiment(c).update(models={}), ["models: {}"]),
    (lambda c: experiment(c).update(dims=[]), ["dims: []", "one entry or more"]),
    (lambda c: experiment(c).update(dims=[8, 8]), ["[8, 8]", "no repetitions"]),
    (lambda c: experiment(c).update(dims=["8"]), ["dims.0", "integer"]),
    (lambda c: experiment(c).update(dims=8), ["dims: 8", "array"]),
    (lambda c: experiment(c).update(seeds=0), ["seeds: 0", "1 or more"]),
    (lambda c: experiment(c).update(seeds=True), ["seeds: true", "integer"]),
    (lambda c: experiment(c).update(max_iterations=1.5), ["1.5", "integer"]),
    (lambda c: c.update(seed=-1), ["seed: -1", "0 or more"]),
    (lambda c: c.update(cells_per_job=0), ["cells_per_job: 0"]),
    (lambda c: c.update(statistic="mode"), ["'mode'", "mean, median, q90, q95"]),
    (
        lambda c: c.update(tracking={"mode": "on"}),
        ["tracking.mode", "inline, deferred, none"],
    ),
    (lambda c: c.update(results="a b"), ["results", "letters"]),
    (lambda c: c.update(tables="a\0"), ["tables", "a path, without a null"]),
    (
        lambda c: c["experiments"].update({"a/b": experiment(c)}),
        ['"a/b"', "letters"],
    ),
    (lambda c: c["experiments"].update({"t\n": experiment(c)}), ["letters"]),
    (lambda c: experiment(c)["models"].update({"t\n": model(c)}), ["letters"]),
    (lambda c: c.update(results="r\n"), ["results", "letters"]),
    (lambda c: c["experiments"].update({"a\nb": {}}), ['"a\\nb"']),
    (lambda c: c.update(results="r" * 5000), ["results: 5000 characters", "1000"]),
    (lambda c: c["experiments"].update({"t" * 101: experiment(c)}), ["100 char"]),
    (lambda c: model(c).update(start="s" * 900), ["start 'sss", "gaussian:s"]),
    (lambda c: experiment(c).update(dataset="mnist:" + "s" * 900), ["mnist:A-B"]),
    (lambda c: c.update(seed=10**5000), ["seed: a number of 16610 bits", "64"]),
    (lambda c: c.update(seed=2**63), ["seed: 9223372036854775808", "or less"]),
    (lambda c: experiment(c).update(samples=10**12), ["samples", "or less"]),
    (lambda c: experiment(c).update(dims=[10**10]), ["dims.0", "or less"]),
    (lambda c: experiment(c).update(dims={date(2020, 1, 1): 1}), ["dims", "array"]),
    (lambda c: experiment(c).update(dims=CYCLE), ["experiments.tiny.dims", "deep"]),
    (lambda c: c.update(studies={"tail": {"dims": BOMB}}), ["studies", "100000"]),
    (
        lambda c: c.update(studies={"tail": {"starts": int("9" * 400)}}),
        ["studies.tail.starts: a number of 1329 bits"],
    ),
    (
        lambda c: c.update(studies={"tail": {"starts": 10**10}}),
        ["studies.tail.starts: 10000000000", "or less"],
    ),
    (lambda c: c["experiments"].update({3: experiment(c)}), ["3", "string"]),
    (lambda c: model(c).update(model="cnn"), ["conv2-perceptron", "cnn", "linear"]),
    (lambda c: model(c).update(kernel=9), ["kernel 9", "8 features", "1 to 8"]),
    (lambda c: model(c).update(step="1/("), ["step '1/('", "parse"]),
    (lambda c: model(c).update(step="8-d"), ["step '8-d'", "d=8", "positive"]),
    (lambda c: model(c).update(step=True), ["step: true", "number or string"]),
    (lambda c: experiment(c).update(dataset="c9"), ["c9", "c1, c1f, c2"]),
    (lambda c: experiment(c).update(samples=5), ["samples 5"]),
    (lambda c: experiment(c).update(seeds=math.nan), ["seeds: NaN", "integer"]),
    (lambda c: experiment(c).update(dims=[math.inf]), ["dims.0: Infinity", "integer"]),
    (lambda c: experiment(c).update(max_iterations=1e400), ["Infinity", "integer"]),
    (lambda c: experiment(c).update(dims=[8, 8.0]), ["[8, 8.0]", "no repetitions"]),
    (lambda c: model(c).update(kernel=math.nan), ["kernel nan", "a whole number"]),
    (lambda c: model(c).update(step=math.nan), ["step 'nan'"]),
    (lambda c: model(c).update(step=-math.inf), ["step '-inf'"]),
    (lambda c: model(c).update(step="1_000"), ["step '1_000'", "a number or"]),
    (lambda c: model(c).update(start="gaussian:1_0"), ["'gaussian:1_0'", "number s"]),
    (lambda c: c.update(cells_per_job=2.5), ["cells_per_job: 2.5", "integer"]),
    (lambda c: c.update(seed=1e19), ["seed: 1e+19", "or less"]),
    *(
        (
            lambda c, value=value: c.update(studies={"tail": {"starts": value}}),
            ["studies.tail", "starts", "allowed: "],
        )
        for value in (math.nan, math.inf, 1.5, "1_0", True)
    ),
    (
        lambda c: c.update(studies={"tail": {"dims": [math.nan]}}),
        ["studies.tail: dims"],
    ),
    *(
        (
            lambda c, name=name: c["experiments"].update({name: experiment(c)}),
            [f'experiments: "{name}"', "a letter or digit first"],
        )
        for name in ("..", ".", "-x", "_x", "", "~", "a.b")
    ),
    *(
        (
            lambda c, name=name: experiment(c)["models"].update({name: model(c)}),
            ["models", "a letter or digit first"],
        )
        for name in ("..", "-x", "a b", "{model}")
    ),
    *(
        (
            lambda c, name=name: c["experiments"].update({name: experiment(c)}),
            [f"experiments: '{name}'", "allowed: other names than images, studies"],
        )
        for name in ("studies", "images", "Studies", "IMAGES", "Default")
    ),
    (
        lambda c: c["experiments"].update({"Tiny": experiment(c)}),
        ["experiments: 'Tiny' and 'tiny' differ in case only"],
    ),
    (
        lambda c: experiment(c)["models"].update({"LINEAR-gd": model(c)}),
        ["experiments.tiny.models: 'LINEAR-gd' and 'linear-gd' differ in case only"],
    ),
    (  # what an entry with a list stands for
        lambda c: experiment(c)["models"].update(
            {"a": model(c) | {"step": ["1e-3", "1E-3"]}}
        ),
        ["models: 'a-step=1E-3' and 'a-step=1e-3' differ in case only"],
    ),
]


@pytest.mark.parametrize(("change", "words"), MISTAKES)
def test_mistakes_are_named_in_one_line(change, words):
    config = copy.deepcopy(make_config())
    change(config)
    with pytest.raises(ConfigError) as caught:
        Grid.of(config)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "config.yaml",
        "workflow/smoke.yaml",
        "workflow/images.yaml",
        "workflow/long.yaml",
    ],
)
def test_shipped_configurations_are_valid(name):
    grid = load(ROOT / name)
    paths = [job.path for job in grid.jobs()]
    assert len(paths) == len(set(paths)) > 30


def test_paper_grid():
    grid = load(ROOT / "config.yaml")
    two_sample = grid.experiments["two-sample"]
    assert two_sample.dataset == "c1"
    assert two_sample.dims[0] == 2**4
    assert two_sample.dims[-1] >= 2**14
    kinds = {
        (s.model, s.parameters()["kernel"], s.algorithm)
        for s in two_sample.specs.values()
    }
    assert kinds == {
        ("linear", None, "gd"),
        ("linear", None, "perceptron"),
        ("conv", 2, "gd"),
        ("conv", 2, "perceptron"),
    }
    assert grid.cells_per_job == 1


def test_jobs_cover_the_grid_whatever_their_size():
    def keys(grid):
        return {cell.key for job in grid.jobs() for cell in grid.cells(job)}

    single, chunked = (Grid.of(make_config(cells_per_job=size)) for size in (1, 2))
    config = make_config(cells_per_job=2)
    experiment(config)["seeds"] = 5
    assert len(list(single.jobs())) == 12
    assert len(list(chunked.jobs())) == 6
    assert keys(single) == keys(chunked)
    assert len(keys(Grid.of(config))) == 30
    assert sorted(job.path for job in Grid.of(config).jobs("tiny", 8))[:3] == [
        "tiny/conv2-perceptron/d8/s0-1.jsonl",
        "tiny/conv2-perceptron/d8/s2-3.jsonl",
        "tiny/conv2-perceptron/d8/s4.jsonl",
    ]


def test_job_by_the_names_in_its_path():
    grid = Grid.of(make_config())
    job = grid.job("tiny/linear-gd/d8/s0-1")
    assert [cell.seed for cell in grid.cells(job)] == [0, 1]
    for where, word in [
        ("big/linear-gd/d8/s0", "big"),
        ("tiny/linear/d8/s0", "linear-gd, conv2"),
        ("tiny/linear-gd/d9/s0", "dim 9"),
        ("tiny/linear-gd/d8/s2", "0 to 1"),
        ("tiny/linear-gd/d8/s1-0", "0 to 1"),
        ("tiny/linear-gd/d8/s-1", "first-last"),
        ("tiny/linear-gd/d8/sx", "sx"),
        ("tiny/linear-gd/d8/s0-1x", "first-last"),
        ("d8/s0", "EXPERIMENT/ENTRY"),
    ]:
        with pytest.raises(ConfigError, match=word):
            grid.job(where)


def test_files(tmp_path):
    path = tmp_path / "c.yaml"
    with pytest.raises(ConfigError, match=r"c\.yaml.*No such file"):
        load(path)
    for text in ("a: [", "- 1", "", "!!python/object/apply:os.system ['true']"):
        path.write_text(text)
        with pytest.raises(ConfigError, match=r"c\.yaml") as caught:
            load(path)
        assert "\n" not in str(caught.value)
    path.write_text(yaml.safe_dump(make_config()))
    assert load(path) == Grid.of(make_config())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 10_000, ["nested"]),
        ("seed: " + "9" * 5001, ["line 1", "no 'int'"]),
        ("a: 1\nb: !!int 0x_", ["line 2", "no 'int'"]),
        ("a: !!int 1_0", ["line 1", "no 'int'"]),
        ("a: !!bool yes", ["line 1", "no 'bool'"]),
        ("a: !!int abc", ["line 1", "no 'int'"]),
        ('a: !!int ""', ["no 'int'"]),
        ("a: !!bool x", ["line 1", "no 'bool'"]),
        ("a: !!float x", ["line 1", "no 'float'"]),
        ("a: !!timestamp x", ["line 1", "no 'timestamp'"]),
        ("experiments: {2025: 1, '2025': 3}", ["'2025' is there twice", "line 1"]),
        ("a: !" + "x" * 5000, ["no valid YAML"]),
        ("experiments: {a: 1, b: 2, a: 3}", ["'a' is there twice", "line 1"]),
        ("seed: 1\nresults: r\n'seed': 2", ["'seed' is there twice", "line 3"]),
        ("__use_yte__: true\nexperiments: {}", ["'__use_yte__'", "templates"]),
        ("__definitions__: [a]\nexperiments: {}", ["'__definitions__'"]),
    ],
)
def test_files_that_are_refused(tmp_path, text, words, capsys):
    path = tmp_path / "c.yaml"
    path.write_text(text)
    assert main(["status", f"--config={path}"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"gdexp: {path}: ")
    assert said.count("\n") == 1
    assert len(said) < 500
    for word in words:
        assert word in said


def test_a_file_that_is_no_text(tmp_path, capsys):
    path = tmp_path / "c.yaml"
    path.write_bytes(b"seed: \xff\xfe")
    assert main(["status", f"--config={path}"]) == 1
    assert "no valid YAML" in capsys.readouterr().err


WRITTEN = """
experiments:
  2025:
    dataset: gaussian
    samples: 10.0
    dims: [1.6e1, 010]
    seeds: 3.0
    max_iterations: 1e5
    models:
      2e-1: {model: conv, kernel: 2.0, algorithm: gd, step: 2e-1, start: zero}
      007: {model: linear, algorithm: gd, step: 1.0, start: zero}
      null: {model: linear, algorithm: gd, step: 0.25/sqrt(d), start: zero}
"""


def test_names_and_steps_are_as_written_and_numbers_as_yaml_1_2_reads_them(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(WRITTEN)
    experiment = load(path).experiments["2025"]
    assert experiment.dims == (16, 10)
    assert experiment.seeds == 3
    assert list(experiment.specs) == ["2e-1", "007", "null"]
    assert [s.step for s in experiment.specs.values()] == [
        "0.2",
        "1",
        "0.25/sqrt(d)",
    ]
    assert repr(experiment.specs["2e-1"].max_iterations) == "100000"
    # what YAML 1.1 takes for numbers and truths
    for old, new in (
        ("seeds: 3.0", "seeds: 1_000"),
        ("seeds: 3.0", "seeds: 0b1"),
        ("seeds: 3.0", "seeds: 3.5"),
        ("seeds: 3.0", "seeds: .inf"),
        ("010", "1:30"),
        ("010", "2025-01-01"),
        ("step: 2e-1", "step: 1:30"),
        ("step: 2e-1", "step: 1_000"),
        ("step: 2e-1", "step: .nan"),
        ("step: 2e-1", "step: yes"),
        ("seeds: 3.0", "seeds: 3.0\n    full_trajectory: yes"),
    ):
        assert old in WRITTEN
        path.write_text(WRITTEN.replace(old, new))
        with pytest.raises(ConfigError, match="allowed: ") as caught:
            load(path)
        assert "\n" not in str(caught.value)


def test_whole_floats_are_the_same_numbers():
    config = make_config(cells_per_job=2, studies={"tail": {"starts": 5, "kappa": 1}})
    experiment(config).update(dataset="gaussian", samples=10)
    same = copy.deepcopy(config)
    same.update(seed=7.0, cells_per_job=2.0)
    same["studies"] = {"tail": {"starts": 5.0, "kappa": 1.0}}
    experiment(same).update(
        samples=10.0, seeds=2.0, dims=[8.0, 16, 3.2e1], max_iterations=1e4
    )
    model(same)["kernel"] = 2.0
    one, other = Grid.of(config), Grid.of(same)
    assert one == other
    assert repr(one) == repr(other)  # 10 == 10.0, and the texts differ
    assert one.digest == other.digest
    jobs = list(other.jobs())
    assert [job.path for job in jobs] == [job.path for job in one.jobs()]
    assert one.expected(jobs[0]) == other.expected(jobs[0])
    assert repr(one.expected(jobs[0])) == repr(other.expected(jobs[0]))
    cell = other.cells(jobs[-1])[0]
    assert cell.spec.run(cell.dim, cell.seed).status == "separated"


def test_anchors_and_merged_keys_are_plain_values(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "a: &x {<<: &y {s: 1, t: 2}, t: 3}\nb: {<<: *x, s: 4}\nc: {<<: [*y, *x]}"
    )
    assert read(path) == {
        "a": {"s": 1, "t": 3},
        "b": {"s": 4, "t": 3},
        "c": {"s": 1, "t": 2},
    }


def dry_run(folder, *arguments):
    command = f"-m snakemake -s {ROOT}/Snakefile --cores 1 --dry-run".split()
    return subprocess.run(
        [sys.executable, *command, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_workflow_executes_nothing_of_its_configuration(tmp_path):
    path = tmp_path / "config.yaml"
    good = yaml.safe_dump(make_config(cells_per_job=1))
    path.write_text(
        "__use_yte__: true\n"
        "__definitions__: ['import os; os.system(\"touch PWNED\")']\n" + good
    )
    done = dry_run(tmp_path)
    assert done.returncode != 0
    assert "gdexp: configuration: config.yaml: unknown key '__use_yte__'" in done.stderr
    assert "Traceback" not in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["config.yaml"]
    # and the same without them is a configuration, which the command line may change
    path.write_text(good)
    for arguments, jobs in [((), 12), (("--config", "cells_per_job=2"), 6)]:
        said = dry_run(tmp_path, *arguments)
        assert said.returncode == 0, said.stderr
        assert said.stdout.count("rule cell:") == jobs
    other = tmp_path / "other.yaml"
    path.rename(other)
    assert dry_run(tmp_path, "--configfile=other.yaml").returncode == 0
    # Snakemake has read the file too, and the values after --config
    other.write_text(good.replace("tiny:", "2e-1:").replace("seeds: 2", "seeds: 010"))
    for arguments, words in [
        ((), ["2e-1"] * 60),
        (("--config", "cells_per_job=1e1", "tracking={mode: none}"), ["2e-1"] * 6),
        (("--config", "cells_per_job=1_0"), []),
    ]:
        said = dry_run(tmp_path, "--configfile=other.yaml", *arguments)
        found = re.findall(r"output: results/cells/(\S+?)/", said.stdout)
        assert found == words, said.stderr
    assert 'cells_per_job: "1_0"; allowed: a value of type integer' in said.stderr
    said = dry_run(
        tmp_path, "--configfile=other.yaml", "--config", "tracking={uri: [x}"
    )
    assert "gdexp: configuration: --config tracking: no valid YAML: " in said.stderr
    assert "gdexp: configuration: --config tracking={" not in said.stderr
    said = dry_run(tmp_path, "--configfile=other.yaml", "--config", "seed=1", "seed=2")
    assert "gdexp: configuration: --config: key 'seed' is there twice" in said.stderr
    other.write_text(f"{good}seed: 1\n")
    done = dry_run(tmp_path, "--configfile=other.yaml")
    assert done.returncode != 0
    assert "other.yaml: key 'seed' is there twice" in done.stderr


def test_a_list_stands_for_as_many_entries():
    """Keys in file order, values as written; what is run is the same as one by one."""
    config = make_config()
    entry = {"model": "linear", "algorithm": "gd", "start": "gaussian"}
    experiment = config["experiments"]["tiny"]
    experiment["models"] = {"a": entry | {"step": ["0.5/sqrt(d)", "1"], "loss": LOSS}}
    specs = Grid.of(config).experiments["tiny"].specs
    assert list(specs) == [
        f"a-step={step}-loss={loss}" for step in ("0.5/sqrt(d)", "1") for loss in LOSS
    ]
    experiment["models"] = {"a": entry | {"step": "1", "loss": "huber"}}
    (alone,) = Grid.of(config).experiments["tiny"].specs.values()
    assert alone == specs["a-step=1-loss=huber"]


LOSS = ["logistic", "huber"]


def test_entries_of_one_name_are_refused():
    config = make_config()
    entry = {"model": "linear", "algorithm": "gd", "step": [1, "1"]}
    config["experiments"]["tiny"]["models"] = {"a": entry}
    with pytest.raises(ConfigError, match=r"two are named 'a-step=1'"):
        Grid.of(config)


@given(st.text(min_size=1))
def test_a_slug_is_part_of_a_path_and_can_be_read_back(name):
    if name.isprintable():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", slug(name))
        assert unslug(slug(name)) == name
