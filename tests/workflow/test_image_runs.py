"""Image experiments in whole workflows: found, left out, killed and resumed."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from support import IMAGES, make_config, needs_images, started, wait_for

from gdexp.records.tables import CELLS
from gdexp.studies import STUDIES
from gdexp.util.tables import read_table

OFFLINE = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
ENTRY = {"model": "linear", "algorithm": "gd", "step": 0.1, "start": "zero"}


def image_config(data, *, cap=40, samples=60, **changes):
    """The tiny grid, and pairs of CIFAR-10 and MNIST."""
    config = make_config(data=str(data), tracking={"mode": "none"})
    for dataset, dim in (("cifar10", 3072), ("cifar10:unit", 3072), ("mnist:3-8", 784)):
        config["experiments"]["on-" + dataset.replace(":", "-")] = {
            "dataset": dataset,
            "samples": samples,
            "dims": [dim],
            "seeds": 1,
            "max_iterations": cap,
            "models": {
                "step-a": ENTRY,
                "step-b": ENTRY | {"step": 10},
                "conv": ENTRY
                | {"model": "conv", "kernel": 2, "start": "gaussian:0.01"},
            },
        }
    config["studies"] = {
        "reduction": {"scales": [1, 100], "image_samples": 20, "image_steps": 10}
    }
    return config | changes


@pytest.fixture
def somebody(workflow):
    """Calls commands as a user for whom what is closed is closed, be it root."""
    less = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    command = less if os.geteuid() == 0 else []
    if command and (not shutil.which("setpriv") or subprocess.call([*command, "true"])):
        pytest.skip("root may read everything, and cannot do without that here")

    def call(*arguments):
        return subprocess.run(
            [*command, *arguments],
            cwd=workflow.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    return call


def files_of(workflow):
    results = workflow.results
    found = (path for path in results.rglob("*") if path.is_file())
    return {path.relative_to(results).as_posix(): path for path in found}


@pytest.mark.slow
@needs_images
def test_images_from_a_local_folder(workflow):
    workflow.configure(image_config(IMAGES))
    said = workflow.run().stderr
    assert "left out" not in said
    # what is quick was drawn and judged before the images, and again at the end
    assert "verdicts so far: " in said
    assert not (workflow.results / "partial").exists()
    made = {path: file.stat().st_mtime for path, file in files_of(workflow).items()}
    quick = [time for path, time in made.items() if path.startswith("figures/tiny/")]
    slow = [time for path, time in made.items() if path.startswith("cells/on-")]
    assert len(quick) == 12
    assert max(quick) < max(slow)
    for name in ("cifar10", "cifar10-unit", "mnist-3-8"):
        for suffix, least in (("png", 5000), ("pdf", 5000), ("csv", 500), ("txt", 100)):
            file = workflow.results / "figures" / "images" / f"{name}.{suffix}"
            assert file.stat().st_size > least
    caption = (workflow.results / "figures/images/cifar10-unit.txt").read_text()
    assert "60 images" in caption
    assert "unit norm" in caption
    cells = read_table(workflow.results / "tables" / "cells.csv", CELLS)
    assert cells.groupby("dataset")["rising_steps"].count()["cifar10"] == 3
    record = workflow.records()["on-cifar10/step-a/d3072/s0.jsonl"]
    assert len(json.loads(record)["made_by"]["data"]) == 12
    path = workflow.results / "tables" / "studies" / "reduction.csv"
    table = read_table(path, STUDIES["reduction"].columns)
    assert "cifar10 n=20" in set(table["case"])
    assert "Nothing to be done" in workflow.run().stderr


def test_without_images_and_network_the_rest_is_done(workflow):
    workflow.configure(image_config("nowhere"))
    done = workflow.run(environment=OFFLINE, cores=1)
    lines = [line for line in done.stderr.splitlines() if "left out" in line]
    assert len(lines) == 1
    for words in ("cifar10-unit", "mnist-3-8", "study reduction", "set 'data'"):
        assert words in lines[0]
    assert len(workflow.records()) == 12
    assert (workflow.results / "figures" / "tiny" / "scaling.png").exists()
    assert (workflow.results / "claims.md").exists()
    assert not (workflow.folder / "nowhere").exists()


@pytest.mark.parametrize("shut", ["folder", "file"])
def test_images_of_somebody_else_are_as_those_that_are_not_there(
    workflow, somebody, shut
):
    workflow.configure(image_config("data"))
    file = workflow.folder / "data" / "mnist" / "t10k-images-idx3-ubyte.gz"
    file.parent.mkdir(parents=True)
    file.touch()
    closed = workflow.folder / "data" if shut == "folder" else file
    closed.chmod(0)
    done = somebody(*workflow.command("-n", cores=1))
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "left out" in line]
    assert "mnist-3-8" in line
    assert ("cifar10-unit" in line) == (shut == "folder")  # the others may be made
    done = somebody(sys.executable, "-m", "gdexp", "status")
    assert done.returncode == 0, done.stderr
    assert "waiting" in done.stdout
    closed.chmod(0o700)


def test_results_of_somebody_else_are_one_line(workflow, somebody):
    workflow.results.mkdir(mode=0)
    done = somebody(*workflow.command("-n", cores=1))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()[1:]  # after that of the profile
    assert line == "gdexp: the results folder results may not be looked into"
    load = "import gdexp; gdexp.load('results')"
    done = somebody(sys.executable, "-c", load)
    assert "ConfigError: there are no results in results that may be" in done.stderr


@pytest.mark.parametrize("studies", [{}, {"phases": {"dim": 16}}])
def test_a_grid_of_images_alone_without_them_ends_in_one_line(workflow, studies):
    config = image_config("nowhere", studies=studies, tracking={"mode": "inline"})
    del config["experiments"]["tiny"]
    workflow.configure(config)
    done = workflow.run(environment=OFFLINE, cores=1)
    lines = [line for line in done.stderr.splitlines() if "gdexp:" in line]
    assert len(lines) == 2
    assert "left out for want of image files: figures/images/cifar10," in lines[0]
    assert "no cell had to be computed" in lines[1]
    cells = read_table(workflow.results / "tables" / "cells.csv", CELLS)
    assert cells.empty
    assert "dataset" in cells
    judged = "0 holds, 0 fails" not in (workflow.results / "claims.md").read_text()
    assert judged == bool(studies)


@pytest.mark.slow
@needs_images
def test_only_what_lacks_its_files_is_left_out(workflow):
    data = workflow.folder / "data"
    data.mkdir()
    (data / "cifar-10-batches-bin").symlink_to(IMAGES / "cifar-10-batches-bin")
    workflow.configure(image_config("data"))
    done = workflow.run(environment=OFFLINE)
    (line,) = [line for line in done.stderr.splitlines() if "left out" in line]
    said = line.partition("for want of image files: ")[2]
    assert said.startswith("figures/images/mnist-3-8; connect")
    assert len(workflow.records()) == 12 + 6
    path = workflow.results / "tables" / "studies" / "reduction.csv"
    table = read_table(path, STUDIES["reduction"].columns)
    assert "cifar10 n=20" in set(table["case"])


@pytest.mark.slow
@needs_images
def test_changed_images_make_their_cells_anew(workflow):
    data = workflow.folder / "data"
    for name in ("cifar-10-batches-bin", "mnist"):
        shutil.copytree(IMAGES / name, data / name)
    for file in data.rglob("*"):
        file.chmod(0o755)
    workflow.configure(image_config("data"))
    workflow.run()
    before = workflow.records()
    labels = data / "mnist" / "t10k-labels-idx1-ubyte.gz"
    images = data / "mnist" / "t10k-images-idx3-ubyte.gz"
    images.write_bytes(images.read_bytes() + b"")  # only its time changes
    labels.touch()
    workflow.run()
    assert workflow.records() == before
    head, pixels = np.split(
        np.frombuffer(gzip.decompress(images.read_bytes()), "u1"), [16]
    )
    images.write_bytes(gzip.compress(head.tobytes() + (255 - pixels).tobytes()))
    workflow.run()
    after = workflow.records()
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {path for path in after if path.startswith("on-mnist-3-8/")}
    assert len(changed) == 3
    labels.write_bytes(labels.read_bytes()[:-1000])
    done = workflow.run(check=False)
    assert done.returncode == 1
    assert "is damaged" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@needs_images
def test_a_killed_image_run_goes_on_from_its_checkpoint(workflow):
    """SIGKILL of the whole workflow; the bits are those of an undisturbed run."""
    config = image_config(IMAGES, cap=30_000, samples=400)
    del config["studies"], config["experiments"]["tiny"]
    del config["experiments"]["on-mnist-3-8"], config["experiments"]["on-cifar10-unit"]
    models = config["experiments"]["on-cifar10"]["models"]
    config["experiments"]["on-cifar10"]["models"] = {
        "slow": models["step-a"] | {"step": 1e-6}
    }
    workflow.configure(config)
    kept = workflow.results / "checkpoints" / "on-cifar10" / "slow" / "d3072" / "s0.npz"
    streams = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
    with started(workflow.command(), **streams) as process:
        wait_for(kept.exists, of=process)
        os.killpg(process.pid, signal.SIGKILL)
    assert workflow.records() == {}
    said = workflow.run().stderr
    log = workflow.results / "logs/cells/on-cifar10/slow/d3072/s0.log"
    assert "of the cap" not in log.read_text()  # its one checkpoint lay behind it
    assert "cell jobs: 1 of 1" in said
    resumed = workflow.records()
    assert not kept.exists()
    shutil.rmtree(workflow.results)
    workflow.run()
    assert workflow.records() == resumed


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"", b"nothing"])
def test_damaged_images_are_one_line(workflow, damage):
    folder = workflow.folder / "data" / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    for i in range(1, 6):
        (folder / f"data_batch_{i}.bin").write_bytes(damage)
    config = image_config("data")
    del config["experiments"]["on-mnist-3-8"], config["studies"]
    workflow.configure(config)
    done = workflow.run(check=False)
    assert done.returncode == 1
    assert "data_batch_1.bin is damaged" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(workflow.records()) == 12  # the others went on
