"""Images downloaded by whole workflows, from a real web server."""

import gzip
import hashlib
import http.server
import io
import tarfile
import threading

import numpy as np
import pytest
from support import make_config

ENTRY = {"model": "linear", "algorithm": "gd", "step": 0.1, "start": "zero"}
CIFAR = [f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)]
IDX = ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]


def cifar_archive():
    """Five files in the binary layout of CIFAR-10, 4 images of each of two classes."""
    content, labels = io.BytesIO(), np.arange(8, dtype=np.uint8) % 2
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for seed, name in enumerate(CIFAR):
            rng = np.random.default_rng(seed)
            pixels = rng.integers(0, 256, (8, 3072), np.uint8)
            raw = np.concatenate([labels[:, None], pixels], axis=1).tobytes()
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return content.getvalue()


def idx_archives():
    """Images and labels as FashionMNIST has them, 10 of each class."""
    images = np.random.default_rng(0).integers(0, 256, (100, 28, 28), np.uint8)
    labels = np.arange(100, dtype=np.uint8) % 10
    return [
        gzip.compress(np.array([magic, *array.shape], ">u4").tobytes() + bytes(array))
        for magic, array in ((2051, images), (2049, labels))
    ]


@pytest.fixture
def served(copied_workflow):
    """A workflow whose archives come from a local server, and what it serves.

    Files are added by name; one in `short` is cut off after half of what it claims.
    """
    files: dict[str, bytes] = {}
    short: set[str] = set()
    asked: list[str] = []
    heard = copied_workflow.heard = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            name = self.path.rpartition("/")[2]
            heard.append(name)
            self.send_response(200 if name in files else 404)
            self.send_header("Content-Length", str(len(files.get(name, b""))))
            self.end_headers()

        def do_GET(self):
            name = self.path.rpartition("/")[2]
            asked.append(name)
            self.do_HEAD()
            content = files.get(name, b"")
            self.wfile.write(content[: len(content) // (2 if name in short else 1)])

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        copied_workflow.server = web.server_port
        yield copied_workflow, files, short, asked
        web.shutdown()
        thread.join()


SERVED = """
from dataclasses import replace
from gdexp.core.datasets import download

def served(archive):
    name = archive.url.rpartition("/")[2]
    known = {sums}.get(name, archive.md5)
    return replace(archive, url="{url}/" + name, md5=known)

download.ARCHIVES = tuple(map(served, download.ARCHIVES))
"""


def publish(workflow, files):
    """Let the program know the server, and the checksums of its files."""
    own = workflow.snakefile.parent / "own"
    own.mkdir()
    sums = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    url = f"http://127.0.0.1:{workflow.server}"
    (own / "served.py").write_text(SERVED.format(sums=sums, url=url))


def configure(workflow, **datasets):
    config = make_config(tracking={"mode": "none"})
    config["experiments"]["tiny"]["dims"] = [8]
    for name, (dataset, dim, samples) in datasets.items():
        config["experiments"][name] = {
            "dataset": dataset,
            "samples": samples,
            "dims": [dim],
            "seeds": 1,
            "max_iterations": 20,
            "models": {"step-a": ENTRY},
        }
    workflow.configure(config)


def data_files(workflow):
    data = workflow.folder / "data"
    return {
        path.relative_to(data).as_posix(): path.stat().st_mtime_ns
        for path in data.rglob("*")
        if path.is_file()
    }


PLANES = {"planes": ("cifar10", 3072, 20)}
CLOTHES = {"clothes": ("fashion_mnist:3-8", 784, 12)}
LOCAL = {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}


@pytest.mark.slow
def test_archives_are_downloaded_kept_and_used(served):
    workflow, files, _, asked = served
    files["cifar-10-binary.tar.gz"] = cifar_archive()
    files |= dict(zip(IDX, idx_archives(), strict=True))
    publish(workflow, files)
    configure(workflow, **PLANES, **CLOTHES)
    dry = workflow.run("--dry-run", environment=LOCAL)
    assert "images_0" in dry.stdout + dry.stderr  # planned
    assert workflow.heard == []  # and no server asked
    said = workflow.run(environment=LOCAL).stderr
    assert "100%" in said  # the progress bar
    assert "left out" not in said
    kept = data_files(workflow)
    assert set(kept) == {
        "cifar-10-binary.tar.gz",
        *CIFAR,
        *(f"fashion_mnist/{name}" for name in IDX),
    }
    assert sorted(asked) == sorted(files)
    assert (workflow.results / "figures/images/cifar10.png").exists()
    caption = (workflow.results / "figures/images/fashion_mnist-3-8.txt").read_text()
    assert "12 images" in caption
    assert "FashionMNIST" in caption
    assert len(workflow.records()) == 4 + 2

    files.clear()  # the server lost them: what was kept is used
    assert "Nothing to be done" in workflow.run(environment=LOCAL).stderr
    assert data_files(workflow) == kept


@pytest.mark.slow
def test_a_bad_download_is_one_line_and_leaves_nothing(served):
    workflow, files, short, _ = served
    name = "cifar-10-binary.tar.gz"
    files[name] = cifar_archive()
    files |= dict(zip(IDX, idx_archives(), strict=True))
    short.add(name)
    publish(workflow, files)
    configure(workflow, **PLANES, **CLOTHES)
    done = workflow.run(environment=LOCAL, check=False)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    (line,) = [x for x in lines if x.startswith("gdexp: ") and name in x]
    assert "cannot download" in line
    assert "Traceback" not in done.stderr
    assert "not found" not in done.stderr
    # the other archive came, its cells too, and nothing of the bad one is left
    assert set(data_files(workflow)) == {f"fashion_mnist/{name}" for name in IDX}
    assert "clothes/step-a/d784/s0.jsonl" in workflow.records()
    assert len(workflow.records()) == 4 + 1

    short.clear()
    workflow.run(environment=LOCAL)
    assert len(workflow.records()) == 4 + 2


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_asked_once_and_what_needs_it_left_out(served):
    workflow, files, _, asked = served
    files |= dict(zip(IDX, idx_archives(), strict=True))
    publish(workflow, files)
    configure(workflow, **PLANES, **CLOTHES)
    said = workflow.run(environment=LOCAL).stderr
    assert "left out for want of image files: figures/images/cifar10" in said
    assert sorted(asked) == sorted(IDX)
    assert workflow.heard.count("cifar-10-binary.tar.gz") == 1
    assert len(workflow.records()) == 4 + 1
    heard = len(workflow.heard)
    workflow.run("tables/none.csv", environment=LOCAL, check=False)
    workflow.run("results/cells/tiny/linear-gd/d8/s0.jsonl", environment=LOCAL)
    assert len(workflow.heard) == heard  # of no use to what is asked for
