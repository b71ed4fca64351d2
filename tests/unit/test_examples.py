"""The examples of docs/examples: members of one's own, found by being there."""

import json
import subprocess
import sys

from support import ROOT, make_config

EXAMPLES = ROOT / "docs" / "examples"
PROGRAM = """
import json, sys
from pathlib import Path
from gdexp.grid import own
own.load(Path(sys.argv[1]))
from gdexp.figures import places
from gdexp.grid.grid import Grid
from gdexp.util.digests import closure, module_of
grid = Grid.of(json.loads(sys.argv[2]))
study = grid.studies["momentum"]
assert "pandas" not in sys.modules
import numpy as np, pandas as pd
from gdexp.stats.exponents import Scaling
from gdexp.stats.statistics import STATISTICS
cells = pd.DataFrame({"experiment": "e", "model": "m", "dim": [8, 16, 32] * 20})
cells = cells.assign(seed=range(60), outcome="separated", iterations=cells["dim"])
fits = Scaling(repetitions=20)(cells)[1].set_index("statistic")["exponent"]
print(json.dumps({
    "times": study.table()["iterations"].tolist(),
    "code": study.code,
    "figures": sorted(places(grid)),
    "statistic": grid.statistic,
    "value": float(STATISTICS["geometric"]().of(np.array([0.0, 3.0]))),
    "fits": sorted(fits.index),
}))
"""


def python(*arguments):
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_they_are_listed():
    said = python("-m", "gdexp", "--own", str(EXAMPLES), "list")
    names = {line.split()[0] for line in said.splitlines()}
    assert {"slowest", "geometric", "momentum"} <= names


def test_they_are_members_like_others():
    config = make_config(statistic="geometric", studies={"momentum": {"dim": 16}})
    told = json.loads(python("-c", PROGRAM, str(EXAMPLES), json.dumps(config)))
    assert len(told["times"]) == 3
    assert all(time >= 0 for time in told["times"])
    assert len(told["code"]) == 12
    assert told["figures"] == [
        f"tiny/{name}" for name in ("iterations", "scaling", "slowest", "trajectories")
    ]
    assert told["statistic"] == "geometric"
    assert told["value"] == 1.0
    assert told["fits"] == ["geometric", "mean", "median", "q90", "q95"]
