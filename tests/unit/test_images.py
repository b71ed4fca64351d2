"""Readers, pairs and downloads of images, on real files where they are at hand."""

import gc
import gzip
import hashlib
import http.server
import io
import itertools
import tarfile
import threading

import numpy as np
import pytest
from pictures import cifar_file, idx_bytes
from support import IMAGES, make_spec, needs_images

from gdexp.core.datasets import dataset_family
from gdexp.core.datasets.download import Archive, archives_of, download, reachable
from gdexp.core.datasets.images import chosen, pair
from gdexp.core.datasets.readers import read_cifar10, read_idx
from gdexp.core.forms import direct
from gdexp.core.forms.rows import Rows
from gdexp.util.digests import files_digest
from gdexp.util.errors import ConfigError, DataError


def idx_files(folder, n=20, compress=True):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (n, 28, 28)), np.arange(n) % 10
    paths = [folder / "images", folder / "labels"]
    for path, array in zip(paths, (images, labels), strict=True):
        raw = idx_bytes(array)
        path.write_bytes(gzip.compress(raw) if compress else raw)
    return paths, images, labels


def test_cifar_records_are_a_label_and_three_planes(tmp_path):
    pixels = cifar_file(tmp_path / "a.bin", [0, 1, 9])
    images, labels = read_cifar10([tmp_path / "a.bin"])
    assert labels.tolist() == [0, 1, 9]
    np.testing.assert_array_equal(images, pixels)


@pytest.mark.parametrize("compress", [True, False])
def test_idx_files(tmp_path, compress):
    paths, images, labels = idx_files(tmp_path, compress=compress)
    read, found = read_idx(paths)
    np.testing.assert_array_equal(read, images.reshape(20, 784))
    np.testing.assert_array_equal(found, labels)


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: b"",
        lambda raw: raw[:10],
        lambda raw: b"\x00\x00\x0d\x03" + raw[4:],
    ],
)
def test_damaged_idx_files(tmp_path, damage):
    paths, *_ = idx_files(tmp_path, compress=False)
    paths[0].write_bytes(damage(paths[0].read_bytes()))
    with pytest.raises(DataError, match="images"):
        read_idx(paths)


def test_a_file_without_images(tmp_path):
    paths, _, _ = idx_files(tmp_path, n=0)
    with pytest.raises(DataError, match=r"damaged.*no images"):
        read_idx(paths)


def test_images_of_another_size_than_declared(tmp_path):
    files = dataset_family("mnist", tmp_path).files
    files[0].parent.mkdir()
    rng = np.random.default_rng(0)
    files[0].write_bytes(idx_bytes(rng.integers(0, 256, (20, 5, 4))))
    files[1].write_bytes(idx_bytes(np.arange(20) % 10))
    with pytest.raises(DataError, match=r"20 numbers per image.*mnist: 784"):
        make_spec(dataset="mnist", samples=4, data=str(tmp_path)).run(784, 0)


def test_a_truncated_gzip_file(tmp_path):
    paths, *_ = idx_files(tmp_path)
    paths[0].write_bytes(paths[0].read_bytes()[:-100])
    with pytest.raises(DataError, match="end early"):
        read_idx(paths)


def test_damaged_cifar_files(tmp_path):
    path = tmp_path / "a.bin"
    with pytest.raises(DataError, match=r"a\.bin: No such file"):
        read_cifar10([path])
    cifar_file(path, [0, 1])
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(DataError, match="no multiple of 3073"):
        read_cifar10([path])
    cifar_file(path, [0, 11])
    with pytest.raises(DataError, match="above 9"):
        read_cifar10([path])


def test_a_pair_is_drawn_as_the_paper_reproduction_draws_it():
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (40, 5), np.uint8)
    labels = np.arange(40, dtype=np.uint8) % 4
    (taken, _) = chosen(labels, (2, 0), 10)
    data = pair(images[taken])
    assert data.labels.tolist() == [-1] * 5 + [1] * 5
    one = np.random.default_rng(0)
    for label, rows in ((2, data.samples[:5]), (0, data.samples[5:])):
        there = np.flatnonzero(labels == label)
        np.testing.assert_array_equal(rows, images[one.choice(there, 5, replace=False)])
    assert np.abs(data.z).max() <= 1
    unit = pair(images[taken], unit_norm=True)
    np.testing.assert_allclose(np.linalg.norm(unit.z, axis=1), 1)


def test_pairs_that_cannot_be():
    images, labels = np.zeros((6, 4), np.uint8), np.array([0, 0, 0, 1, 1, 1], np.uint8)
    with pytest.raises(DataError, match="0 images of class 7"):
        chosen(labels, (0, 7), 2)
    with pytest.raises(DataError, match="black"):
        pair(images, unit_norm=True)


@pytest.mark.parametrize(
    "name",
    ["cifar", "cifar10:", "cifar10:1-1", "mnist:3", "mnist:a-b", "mnist:unit:1-2"],
)
def test_names_that_are_no_dataset(name):
    with pytest.raises(ConfigError, match="is unknown; allowed"):
        dataset_family(name)


def test_names_of_pairs():
    assert "class 3 (label -1) against class 8" in dataset_family("mnist:3-8").about
    assert "unit norm" in dataset_family("cifar10:unit").about
    with pytest.raises(ConfigError, match="even"):
        make_spec(dataset="cifar10", samples=5).check(3072)
    with pytest.raises(ConfigError, match="dim 16"):
        make_spec(dataset="mnist", samples=4).check(16)


@needs_images
@pytest.mark.parametrize(
    ("name", "dim", "samples"),
    [("cifar10", 3072, 5000), ("cifar10:unit", 3072, 100), ("mnist:3-8", 784, 1800)],
)
def test_real_images(name, dim, samples):
    spec = make_spec(
        dataset=name, samples=samples, data=str(IMAGES), max_iterations=3, step=1e-3
    )
    data = spec.problem(dim, 0).data
    assert data.samples.shape == (samples, dim)
    assert data.samples.dtype == np.uint8
    assert data.labels.sum() == 0
    outcome = spec.run(dim, 0)
    assert (outcome.status, outcome.trajectory.rising) == ("capped", 0)


def test_the_digest_of_the_files(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    first = files_digest([path])
    path.write_bytes(b"two, longer")
    assert files_digest([path]) != first
    with pytest.raises(DataError, match="No such file"):
        files_digest([tmp_path / "b"])


@pytest.fixture
def server(tmp_path):
    """A real web server on the files of a folder."""
    folder = tmp_path / "www"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{web.server_port}"
        web.shutdown()
        thread.join()


def tarball(path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return hashlib.md5(path.read_bytes()).hexdigest()


NAMES = ["set/one.bin", "set/two.bin"]


def test_an_archive_is_downloaded_verified_and_kept(server, tmp_path, capfd):
    www, url = server
    members = {NAMES[0]: b"one", NAMES[1]: b"two", "../evil": b"evil"}
    md5 = tarball(www / "set.tar.gz", members)
    archive = Archive(f"{url}/set.tar.gz", md5, tuple((n, n) for n in NAMES))
    assert reachable([archive]) == [archive]
    data = tmp_path / "data"
    download(archive, data, NAMES)
    assert (data / "set/one.bin").read_bytes() == b"one"
    assert "100%" in capfd.readouterr().err  # the progress bar
    assert sorted(p.name for p in data.rglob("*")) == [
        *("one.bin", "set", "set.tar.gz", "two.bin")
    ]
    assert not (tmp_path / "evil").exists()
    (www / "set.tar.gz").unlink()  # a second time from the archive that was kept
    (data / "set/one.bin").unlink()
    download(archive, data, NAMES)
    assert (data / "set/one.bin").read_bytes() == b"one"


def test_a_single_file(server, tmp_path):
    www, url = server
    (www / "x.gz").write_bytes(b"x" * 1000)
    md5 = hashlib.md5(b"x" * 1000).hexdigest()
    download(Archive(f"{url}/x.gz", md5, (("m/x.gz", ""),)), tmp_path, ["m/x.gz"])
    assert (tmp_path / "m/x.gz").stat().st_size == 1000


# pooch leaves the answer of a server open that says no
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("fault", ["checksum", "missing", "gone", "no member"])
def test_downloads_that_fail_leave_nothing(server, tmp_path, fault):
    www, url = server
    md5 = tarball(www / "set.tar.gz", {"other": b""} if fault == "no member" else {})
    if fault == "checksum":
        md5 = "0" * 32
    if fault == "missing":
        (www / "set.tar.gz").unlink()
    if fault == "gone":
        url = "http://127.0.0.1:9"
    archive = Archive(f"{url}/set.tar.gz", md5, tuple((n, n) for n in NAMES))
    assert bool(reachable([archive])) == (fault in {"checksum", "no member"})
    with pytest.raises(DataError) as error:
        download(archive, tmp_path / "data", NAMES)
    assert "\n" not in str(error.value)
    del error
    gc.collect()
    left = [p.name for p in (tmp_path / "data").rglob("*") if p.is_file()]
    assert left == (["set.tar.gz"] if fault == "no member" else [])


def test_the_archives_of_files():
    names = [f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)]
    assert [a.url.rpartition("/")[2] for a in archives_of(names)] == [
        "cifar-10-binary.tar.gz"
    ]
    assert archives_of([]) == []
    files = dataset_family("mnist").files
    assert len(archives_of([f.relative_to("data").as_posix() for f in files])) == 2


@needs_images
@pytest.mark.parametrize(
    ("model", "step", "start"),
    [("linear", 1e-3, "zero"), ("conv", 2.0**-8, "gaussian:0.01")],
)
@pytest.mark.parametrize(
    ("precision", "error"), [("float64", 1e-15), ("float32", 1e-7)]
)
def test_the_accuracy_that_is_stated(model, step, start, precision, error):
    """On real images at stable steps, against the paper's form in NumPy float64."""
    spec = make_spec(
        dataset="cifar10",
        samples=600,
        data=str(IMAGES),
        model=model,
        kernel=2 if model == "conv" else None,
        step=step,
        start=start,
        precision=precision,
    )
    problem = spec.problem(3072, 0)
    state = Rows.of(problem)
    state.advance(150, np.array([0, 150]))
    w = next(itertools.islice(direct.iterates(problem), 150, None))[0]
    assert np.linalg.norm(state.iterate() - w) <= 2 * error * np.linalg.norm(w)
