"""Datasets are members; what they build is checked; test samples change nothing."""

from dataclasses import dataclass

import numpy as np
import pytest
from pictures import cifar_file, idx_bytes
from support import make_config, make_spec

from gdexp import DATASETS, Dataset, DatasetFamily, Spec
from gdexp.cli.main import main
from gdexp.core.datasets import dataset_family
from gdexp.core.seeds import streams
from gdexp.grid import own
from gdexp.grid.grid import Grid
from gdexp.util.errors import ConfigError, DataError

DIMS = {name: each.fixed_dim or 16 for name, each in DATASETS.items()}


@pytest.mark.parametrize("name", sorted(set(DATASETS) - {"table"}))
def test_every_dataset_is_a_member(name):
    family = dataset_family(name)
    assert family.label == family.name == name
    assert family.formula
    assert family.source
    assert family.note.startswith(f"Data {name}: ")
    family.check_dim(DIMS[name])
    if not family.files:
        n = family.n(None if family.default_samples else 6)
        data = family.draw(DIMS[name], n, np.random.default_rng(0))
        assert data.samples.shape == (n, family.features(DIMS[name]))


@dataclass(frozen=True)
class Odd(DatasetFamily):
    name, formula, source = "odd", "", ""
    default_samples = None
    built: object = None

    def build(self, dim, n, rng):
        return self.built() if callable(self.built) else self.built


ONES, SIGNS = np.ones((3, 4)), np.array([1.0, -1.0, 1.0])
MASKED = np.ma.masked_array


@pytest.mark.parametrize(
    ("built", "words"),
    [
        (lambda: (ONES, SIGNS), "a tuple; allowed: a Dataset"),
        (lambda: Dataset(ONES.tolist(), SIGNS), "samples of type list"),
        (lambda: Dataset(ONES, [1.0, -1.0, 1.0]), "labels of type list"),
        (lambda: Dataset(MASKED(ONES), SIGNS), "samples of type MaskedArray;"),
        (lambda: Dataset(ONES.view(np.matrix), SIGNS), "samples of type matrix;"),
        (lambda: Dataset(ONES, MASKED(SIGNS)), "labels of type MaskedArray;"),
        (lambda: Dataset(ONES, SIGNS, MASKED(SIGNS**2)), "units of type MaskedArray"),
        (lambda: Dataset(ONES.astype(np.float32), SIGNS), "samples of type float32"),
        (lambda: Dataset(ONES.astype(int), SIGNS), "samples of type int64"),
        (lambda: Dataset(ONES.astype(object), SIGNS), "samples of type object"),
        (lambda: Dataset(ONES, SIGNS.astype(int)), "labels of type int64"),
        (lambda: Dataset(ONES[0], SIGNS), "samples of shape (4,); allowed: (n, d)"),
        (lambda: Dataset(ONES, SIGNS[:2]), "labels of shape (2,) for samples of"),
        (lambda: Dataset(ONES, SIGNS[:, None]), "labels of shape (3, 1) for samples"),
        (lambda: Dataset(ONES, SIGNS * 0.5), "labels with a 0.5 at 0; allowed: -1"),
        (lambda: Dataset(ONES, SIGNS * np.nan), "labels with a nan at 0"),
        (lambda: Dataset(ONES * np.inf, SIGNS), "samples with a inf at (0, 0)"),
        (lambda: Dataset(ONES, SIGNS, SIGNS), "a unit that is no positive number"),
        (lambda: Dataset(ONES, SIGNS, np.nan), "a unit that is no positive number"),
        (lambda: Dataset(ONES, SIGNS, SIGNS[:2]), "units of shape (2,)"),
        (lambda: Dataset(ONES[:2], SIGNS[:2]), "samples of shape (2, 4); allowed: (3,"),
        (lambda: Dataset(ONES[:, :3], SIGNS), "samples of shape (3, 3); allowed: (3,"),
        (lambda: Dataset(ONES, SIGNS, 1.0, ONES, SIGNS * 2), "test labels with a 2.0"),
    ],
)
def test_what_is_built_is_checked(built, words):
    with pytest.raises(DataError) as error:
        Odd(built=built, label="odd").draw(4, 3, np.random.default_rng(0))
    assert f"dataset 'odd' has built {words}" in str(error.value)
    assert "\n" not in str(error.value)


OWN = """
from dataclasses import dataclass
import numpy as np
from gdexp import Dataset, DatasetFamily

@dataclass(frozen=True)
class Hot(DatasetFamily):
    name, formula, source = "hot", "unit vectors", "ours"
    default_samples = None
    size: float = 1.0
    shifted: bool = False

    def build(self, dim, n, rng):
        samples = self.size * np.eye(n, dim) + self.shifted
        return Dataset(samples, rng.choice([-1.0, 1.0], size=n))
"""


def test_a_dataset_of_ones_own_with_settings(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("gdexp.grid.own._loaded", {})
    before = dict(DATASETS)
    try:
        (tmp_path / "hot.py").write_text(OWN)
        own.load(tmp_path)
        words = "run --dataset hot --dim 5 --samples 3 --model linear --algorithm gd"
        words += " --step 1"
        assert main([*words.split(), "--size", "2", "--shifted"]) == 0
        said = capsys.readouterr().out
        assert '"size": 2.0' in said
        assert '"shifted": true' in said
        assert main([*words.split(), "--test-samples=2"]) == 1
        assert "test_samples 2 for dataset 'hot'" in capsys.readouterr().err
        config = make_config()
        tiny = config["experiments"]["tiny"]
        tiny |= {"dataset": "hot", "samples": 4, "size": 3}
        (spec, _) = Grid.of(config).experiments["tiny"].specs.values()
        assert dict(spec.settings)["size"] == 3.0
        assert spec.problem(5, 0).data.samples[0, 0] == 3.0
        tiny["sized"] = 3
        with pytest.raises(ConfigError, match=r"unknown key 'sized'"):
            Grid.of(config)
        (tmp_path / "hot2.py").write_text(OWN)
        with pytest.raises(ConfigError, match="dataset 'hot' is there already"):
            own.load(tmp_path)
    finally:
        DATASETS.clear()
        DATASETS.update(before)


@pytest.mark.parametrize("whole", [True, False])
def test_a_dataset_keeps_its_numbers_whatever_becomes_of_those_given(whole):
    """A family may fill one buffer at every seed, and seeds are run together."""
    many, signs, units = np.ones((2, 6, 4)), np.ones((2, 6)), np.ones(6)
    given = (many[0], signs[0], units, many[1], signs[1])
    if not whole:
        given = tuple(each[::2] for each in given)
    data = Dataset(*given)
    kept = (data.samples, data.labels, data.unit, data.test_samples, data.test_labels)
    for each in given:
        each[:] = 7
    assert all((np.asarray(each) == 1).all() for each in kept)
    assert data.samples.flags.c_contiguous


def test_test_samples_of_random_data_come_after_the_others():
    plain = make_spec(dataset="gaussian", samples=7)
    spec = plain.but(test_samples=5)
    one, other = plain.problem(12, 3), spec.problem(12, 3)
    np.testing.assert_array_equal(one.data.samples, other.data.samples)
    np.testing.assert_array_equal(one.data.labels, other.data.labels)
    np.testing.assert_array_equal(one.start, other.start)
    assert (one.data.test_samples, one.data.test_labels) == (None, None)
    rng = streams(0, 12, 3).data
    rng.standard_normal((7, 12))
    rng.choice([-1.0, 1.0], size=7)
    drawn = rng.standard_normal((5, 12))
    np.testing.assert_array_equal(other.data.test_samples, drawn)
    assert set(other.data.test_labels) <= {-1.0, 1.0}
    assert plain.run(12, 3).iterations == spec.run(12, 3).iterations
    assert "test_samples" not in plain.parameters()
    assert spec.parameters()["test_samples"] == 5
    assert plain != spec


@pytest.fixture
def images(tmp_path):
    """A small CIFAR-10 of two classes and a small MNIST."""
    for i in range(1, 6):
        path = tmp_path / f"cifar-10-batches-bin/data_batch_{i}.bin"
        cifar_file(path, [0, 1, 1, 0], seed=i)
    rng = np.random.default_rng(0)
    arrays = rng.integers(1, 256, (60, 28, 28)), np.arange(60) % 10
    (tmp_path / "mnist").mkdir()
    for kind, array in zip(("images-idx3", "labels-idx1"), arrays, strict=True):
        (tmp_path / f"mnist/t10k-{kind}-ubyte.gz").write_bytes(idx_bytes(array))
    return str(tmp_path)


@pytest.mark.parametrize(
    ("name", "dim"), [("cifar10", 3072), ("cifar10:unit", 3072), ("mnist:3-8", 784)]
)
def test_test_images_are_none_of_the_others(images, name, dim):
    plain = make_spec(dataset=name, samples=4, data=images)
    one = plain.problem(dim, 0).data
    other = plain.but(test_samples=6).problem(dim, 0).data
    assert one.samples.tobytes() == other.samples.tobytes()
    assert other.samples.dtype == np.uint8
    np.testing.assert_array_equal(one.unit, other.unit)
    assert other.test_samples.shape == (6, dim)
    assert other.test_labels.tolist() == [-1.0] * 3 + [1.0] * 3
    rows = {tuple(row) for row in np.vstack([other.b, other.test_samples])}
    assert len(rows) == 10
    again = plain.but(test_samples=6).problem(dim, 5).data
    np.testing.assert_array_equal(again.test_samples, other.test_samples)


def test_test_images_that_cannot_be(images):
    spec = make_spec(dataset="cifar10", samples=12, data=images)
    with pytest.raises(DataError, match="samples 12 and test_samples 10 needs 11"):
        spec.but(test_samples=10).problem(3072, 0)
    with pytest.raises(ConfigError, match=r"test_samples 3 .*; allowed: even, 2 or"):
        spec.but(test_samples=3).check(3072)


@pytest.mark.parametrize("name", ["c1", "c2", "c1f", "two_point"])
def test_datasets_without_more_samples_refuse_them(name):
    with pytest.raises(ConfigError) as error:
        make_spec(dataset=name, test_samples=2).check(16)
    assert f"test_samples 2 for dataset '{name}', which has no more" in str(error.value)


TWO = ["c1", "c2", "c1f", "two_point"]


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("dim", [2, 16, 2**18])
def test_a_random_frame_keeps_inner_products(name, dim):
    rng = np.random.default_rng(0)
    plain = dataset_family(name).draw(dim, 2, rng)
    first, second = (
        dataset_family(f"{name}:rotated").draw(dim, 2, rng) for _ in range(2)
    )
    gram = plain.b @ plain.b.T
    for turned in (first, second):
        assert (turned.labels == plain.labels).all()
        assert np.abs(turned.b @ turned.b.T - gram).max() <= 1e-14 * gram.max()
    assert np.abs(first.b - second.b).max() > 1e-3
    # no axis is its own: what is largest in one frame is not in another
    assert np.abs(first.b).max() < 2 * np.abs(gram).max() ** 0.5


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize(
    ("algorithm", "settings"),
    [
        ("gd", {"step": "1/d"}),
        ("nag", {"step": "1/d"}),
        ("smooth_perceptron", {}),
        ("dual_acceleration", {}),
    ],
)
def test_what_sees_inner_products_alone_sees_no_frame(name, algorithm, settings):
    ends = []
    for dataset in (name, f"{name}:rotated"):
        spec = Spec(
            dataset=dataset,
            model="linear",
            algorithm=algorithm,
            start="zero",
            max_iterations=10_000,
            **settings,
        )
        ends.append([spec.run(64, seed).iterations for seed in range(3)])
    assert ends[0] == ends[1]


@pytest.mark.parametrize("option", ["unit", "3-8", "rotated:unit", "Rotated", ""])
def test_two_samples_have_one_option(option):
    with pytest.raises(ConfigError, match="allowed: c1, c1:rotated"):
        dataset_family(f"c1:{option}")


def test_the_note_says_that_they_are_rotated():
    assert "random orthonormal frame" in dataset_family("c2:rotated").note
    assert "frame" not in dataset_family("c2").note
