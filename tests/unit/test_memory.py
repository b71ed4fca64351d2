"""Memory of the largest cells of the paper grid, measured in a process of its own."""

import subprocess
import sys

import pytest
from support import some

# The peak of the process itself: ru_maxrss has that of the one that started it, too.
CODE = """
import sys
from gdexp.cli.main import main
assert main(sys.argv[1:]) == 0
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("algorithm", some(["gd", "perceptron"], "gd"))
def test_a_cell_at_the_largest_dim_stays_below_one_gibibyte(algorithm):
    cell = ["run", "--dataset", "c1", "--model", "conv", "--kernel", "2"]
    cell += ["--algorithm", algorithm, "--step", "0.25/sqrt(d)", "--init", "gaussian"]
    cell += ["--dim", str(2**20), "--seed", "1", "--trajectory", "log"]
    said = subprocess.check_output([sys.executable, "-c", CODE, *cell], text=True)
    kibibytes = int(said.splitlines()[-1])
    assert 50 * 2**10 < kibibytes < 2**20
