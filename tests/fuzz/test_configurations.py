"""Any change of a configuration is a grid, or one line that names the key."""

import random
import shutil

import pytest
import yaml
from mutations import SEED, damaged, grown, limited, one_line, seeds
from support import ROOT

from gdexp.grid.config import read
from gdexp.grid.grid import Grid, configured
from gdexp.grid.plain import values
from gdexp.util.errors import ConfigError, GdexpError

FILES = ("workflow/smoke.yaml", "docs/examples/fruit.yaml", "config.yaml")
WEIGHTS = (20, 10, 1)  # the last one has a hundred entries


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("configurations")
    shutil.copy(ROOT / "docs" / "examples" / "fruit.csv", folder)
    return folder


def answer(path):
    """Return what a file is refused with, "" if it is a grid."""
    with limited():
        try:
            grid = Grid.of(configured(path))
        except GdexpError as error:
            return str(error)
    assert grid.digest
    for job, _ in zip(grid.jobs(), range(100), strict=False):
        assert job.path.count("/") == 3
        assert ".." not in job.path.split("/")
        assert grid.job(job.path) == job
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_values_and_keys(folder, part):
    count(folder, seeds(400), part)


def test_some_values_and_keys(folder):
    count(folder, range(30), "short")


def count(folder, numbers, part):
    kept = [values((ROOT / name).read_text()) for name in FILES]
    told = 0
    for number in numbers:
        rng = random.Random(f"{SEED} {part} {number}")
        (tree,) = rng.choices(kept, WEIGHTS)
        tree, path = grown(tree, rng)
        file = folder / "config.yaml"
        file.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))
        said = answer(file)
        if said:
            told += 1
            assert one_line(said), (number, said)
            keys = ["null" if key is None else str(key) for key in path]
            # of dims each is a dim, and a list has its place behind its key
            named = (key[:40].removesuffix("s") for key in keys[-3:])
            assert any(name and name in said for name in named), (path, said)
    assert told > len(numbers) / 4


@pytest.mark.slow
def test_texts(folder):
    some_texts(folder, seeds(800))


def test_some_texts(folder):
    some_texts(folder, range(30))


def some_texts(folder, numbers):
    texts = [(ROOT / name).read_bytes() for name in FILES]
    for number in numbers:
        rng = random.Random(f"{SEED} text {number}")
        (text,) = rng.choices(texts, WEIGHTS)
        file = folder / "config.yaml"
        file.write_bytes(damaged(text, rng, rng.choice(texts)))
        said = answer(file)
        assert not said or one_line(said), (number, said)


def tenfold(line):
    """Ten levels, of ten of the one below each."""
    lines = ["a0: &a0 {k: 1}"]
    for i in range(1, 11):
        of = ", ".join([f"*a{i - 1}"] * 10)
        lines.append(line.format(i=i, of=of))
    return "\n".join(lines)


HUGE = {
    "merged": tenfold("a{i}: &a{i} {{<<: [{of}]}}"),
    "in lists": tenfold("a{i}: &a{i} [{of}]"),
    "deep": "a: " + "[" * 100_000,
    "deep keys": "{a: " * 20_000,
    "a million bytes": "a: " + "x" * 2**20,
    "itself": "&a {<<: *a, b: [*a]}",
    "long number": f"seed: {'9' * 10_000}",
}


@pytest.mark.parametrize("name", HUGE)
def test_texts_that_grow(tmp_path, name):
    path = tmp_path / "config.yaml"
    path.write_text(HUGE[name])
    with limited(5, 1), pytest.raises(ConfigError) as caught:
        Grid.of(read(path))
    assert one_line(str(caught.value))


def with_entry(**changes):
    tree = values((ROOT / "workflow" / "smoke.yaml").read_text())
    experiment = tree["experiments"]["two-sample"]
    for key in [*changes]:
        if key in experiment:
            experiment[key] = changes.pop(key)
    experiment["models"] = {"one": experiment["models"]["conv2-gd"] | changes}
    return tree


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": "x"}, "one: settings 'x' is no setting"),
        ({"dims": [*range(2, 10_000), "a"]}, "dims"),
        ({"dims": [16, 16.0]}, "no repetitions"),
        (
            {"kernel": [*range(1, 200)], "step": [*range(1, 200)]},
            "the lists of kernel, step make 39601 entries; allowed: at most 10000",
        ),
        (
            {"dims": [*range(10, 20_100)]},
            "more than 0 entries at 20090 dims; allowed: fewer",
        ),
        ({"start": ["zero", "x\ny"]}, "'one-start=x\\ny': start"),
        (
            {"step": ["1", "+".join(["0.1"] * 100)]},
            "a name of 408 characters; allowed",
        ),
        (
            {"seeds": 10**6, "dims": [16, 32]},
            "two-sample: dims and seeds make 2000000 jobs; allowed: at most",
        ),
    ],
)
def test_more_than_is_sensible(changes, words):
    with limited(), pytest.raises(ConfigError) as caught:
        Grid.of(with_entry(**changes))
    assert words in str(caught.value)
    assert one_line(str(caught.value))


def test_a_file_without_end():
    with limited(5, 1), pytest.raises(ConfigError, match="more than 1048576 bytes"):
        read("/dev/zero")
    with pytest.raises(ConfigError, match="no name of a file"):
        read("a\0b")


@pytest.mark.parametrize(
    "last",
    ["", "[]", "3", '{"cells_per_job": []}', '{"cells_per_job": 1e999}', "[" * 10**5]
    + [f'{{"cells_per_job": {x}}}' for x in ("0", "-3", '"2"', "null", "0.5", "NaN")],
)
def test_what_the_last_run_left_is_damaged(tmp_path, monkeypatch, last):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(with_entry() | {"results": "results"}))
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "config.json").write_text(last)
    assert Grid.of(configured(path)).cells_per_job == 1
    (tmp_path / "results" / "config.json").write_text('{"cells_per_job": 5.0}')
    assert Grid.of(configured(path)).cells_per_job == 5
