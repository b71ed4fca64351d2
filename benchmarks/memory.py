"""Peak memory of the largest cells, each in a process of its own. Needs Linux."""

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.images import FOLDER
from benchmarks.measure import Figure, pair

# The peak of the process itself: ru_maxrss has that of the one that started it, too.
CODE = """
import sys
from gdexp.cli.main import main
assert main(sys.argv[1:]) == 0
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""
GRADIENT = ["run", "--algorithm", "gd", "--init", "gaussian", "--trajectory", "log"]
CONV = [*GRADIENT, "--model", "conv", "--kernel", "2", "--step", "0.5/sqrt(d)"]
LINEAR = [*GRADIENT, "--model", "linear", "--step", "0.1", "--max-iterations", "200"]


def mebibytes(arguments: list[str]) -> float:
    """Return the peak memory of a command of gdexp."""
    said = subprocess.check_output([sys.executable, "-c", CODE, *arguments], text=True)
    return int(said.splitlines()[-1]) / 2**10


def figures() -> Iterator[Figure]:
    """Yield the figures of this suite."""
    cells = {
        "cell at d = 2^20, conv gd": [*CONV, "--dataset", "c1", "--dim", "1048576"]
    }
    if list(FOLDER.glob("data_batch_*.bin")):
        images = [*LINEAR, "--dataset", "cifar10", "--samples", "5000"]
        cells["run on 5,000 images"] = [*images, "--data", str(FOLDER.parent)]
    else:
        print(f"no CIFAR-10 images at {FOLDER}: set GDEXP_CIFAR10; images left out")
    for name, cell in cells.items():
        yield pair(
            f"peak memory of a {name}",
            "limit of 1 GiB",
            lambda cell=cell: mebibytes(cell),
            1024.0,
            unit="MiB",
            target=1,
        )
