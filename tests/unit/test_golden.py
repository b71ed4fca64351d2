"""Known step counts, through the library and the command line.

Linear GD on c1: derived and checked for the reconstruction. worst_case: the table of
the earlier paper (arXiv 2412.08424), which n = 1000 reproduces exactly. two_point:
our calibration family.
"""

import json

import pytest
from support import make_spec

from gdexp.cli.main import main

C1 = {"dataset": "c1", "algorithm": "gd"}
WORST = {"dataset": "worst_case", "samples": 1000, "dim": 2}
TWO = {"dataset": "two_point", "algorithm": "perceptron", "step": "1"}

GOLDEN = [
    *[
        (C1 | {"step": "1", "dim": d}, t)
        for d, t in [(16, 7), (256, 122), (4096, 2037)]
    ],
    *[(C1 | {"step": "1e4", "dim": d}, d // 4 + 2) for d in (16, 64, 1024, 16384)],
    *[
        (WORST | {"algorithm": "normalized_gd", "step": step}, t)
        for step, t in [("100", 2), ("10", 2), ("1", 16), ("0.1", 157)]
    ],
    (WORST | {"algorithm": "gd", "step": "100"}, 308),
    # GD at huge steps is the batch perceptron, and 301 its count
    (WORST | {"algorithm": "gd", "step": "1e6"}, 301),
    (WORST | {"algorithm": "perceptron", "step": "1"}, 301),
    *[
        (TWO | {"dim": d}, t)
        for d, t in [(16, 10), (64, 34), (256, 130), (1024, 514), (16384, 8194)]
    ],
]
names = ["-".join(map(str, arguments.values())) for arguments, _ in GOLDEN]


@pytest.mark.parametrize(("arguments", "iterations"), GOLDEN, ids=names)
def test_command_line(arguments, iterations, capsys):
    words = [f"--{key}={value}" for key, value in arguments.items()]
    assert main(["run", "--model=linear", "--init=zero", *words]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["iterations"] == iterations
    assert answer["outcome"] == "separated"
    assert answer["final_accuracy"] == 1
    assert 0 <= answer["final_loss"] < 1e9


@pytest.mark.parametrize(("arguments", "iterations"), GOLDEN, ids=names)
def test_library(arguments, iterations):
    changes = dict(arguments)
    dim = changes.pop("dim")
    assert make_spec(**changes).run(dim, 0).iterations == iterations
