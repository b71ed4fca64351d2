import copy

import pytest
import yaml
from support import ROOT, make_config

from gdexp.errors import ConfigError
from gdexp.grid import Grid, load


def experiment(config):
    return config["experiments"]["tiny"]


def model(config):
    return experiment(config)["models"]["conv2-perceptron"]


MISTAKES = [
    (lambda c: c.update(extra=1), ["unknown key 'extra'", "allowed: results"]),
    (lambda c: c.update({1: 2}), ["unknown key '1'"]),
    (
        lambda c: experiment(c).update(sedes=1),
        ["unknown key 'sedes' in experiments.tiny", "seeds"],
    ),
    (lambda c: model(c).update(stepp=1), ["'stepp'", "conv2-perceptron", "step"]),
    (lambda c: c.pop("experiments"), ["missing key 'experiments'"]),
    (lambda c: experiment(c).pop("dims"), ["missing key 'dims' in experiments.tiny"]),
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
    (lambda c: c.update(statistic="mode"), ['"mode"', "mean, median, q90, q95"]),
    (
        lambda c: c.update(tracking={"mode": "on"}),
        ["tracking.mode", "inline, deferred, none"],
    ),
    (lambda c: c.update(results="a b"), ["results", "letters"]),
    (
        lambda c: c["experiments"].update({"a/b": experiment(c)}),
        ['"a/b"', "letters"],
    ),
    (lambda c: c["experiments"].update({3: experiment(c)}), ["3", "string"]),
    (lambda c: model(c).update(model="cnn"), ["conv2-perceptron", "cnn", "linear"]),
    (lambda c: model(c).update(kernel=9), ["kernel 9", "8 features", "1 to 8"]),
    (lambda c: model(c).update(step="1/("), ["step '1/('", "parse"]),
    (lambda c: model(c).update(step="8-d"), ["step '8-d'", "d=8", "positive"]),
    (lambda c: model(c).update(step=True), ["step: true", "number or string"]),
    (lambda c: experiment(c).update(dataset="c9"), ["c9", "c1, c2"]),
    (lambda c: experiment(c).update(samples=5), ["samples 5"]),
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
    "name", ["config.yaml", "workflow/smoke.yaml", "workflow/long.yaml"]
)
def test_shipped_configurations_are_valid(name):
    grid = load(ROOT / name)
    paths = [job.path for job in grid.jobs()]
    assert len(paths) == len(set(paths)) > 50


def test_paper_grid():
    grid = load(ROOT / "config.yaml")
    two_sample = grid.experiments["two-sample"]
    assert two_sample.dataset == "c1"
    assert two_sample.dims[0] == 2**4
    assert two_sample.dims[-1] >= 2**14
    kinds = {(s.model, s.kernel, s.algorithm) for s in two_sample.specs.values()}
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
    job = grid.job("tiny", "linear-gd", 8, "0-1")
    assert [cell.seed for cell in grid.cells(job)] == [0, 1]
    for where, word in [
        (("big", "linear-gd", 8, "0"), "big"),
        (("tiny", "linear", 8, "0"), "linear-gd, conv2"),
        (("tiny", "linear-gd", 9, "0"), "dim 9"),
        (("tiny", "linear-gd", 8, "2"), "0 to 1"),
        (("tiny", "linear-gd", 8, "1-0"), "0 to 1"),
        (("tiny", "linear-gd", 8, "-1"), "0 to 1"),
        (("tiny", "linear-gd", 8, "x"), "'x'"),
    ]:
        with pytest.raises(ConfigError, match=word):
            grid.job(*where)


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
