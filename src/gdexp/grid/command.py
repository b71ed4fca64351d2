"""The command that computes a cell by itself: ``gdexp run``, and all of its entry."""

import shlex
from dataclasses import fields

from gdexp.core.spec import Spec
from gdexp.grid.cells import Cell

FLAGS = {"start": "init"}  # where a flag has another name than the key
# the same as without the flag, or no flag: where data are found is said otherwise
ASIDE = {"dataset", "settings", "here", "full_trajectory", "max_iterations"}


def command_of(cell: Cell) -> str:
    """Return the command that computes a cell and prints it.

    Examples
    --------
    >>> spec = Spec(dataset="c1", model="conv", kernel=2, algorithm="perceptron",
    ...             step="0.25/sqrt(d)", start="gaussian", max_iterations=1000)
    >>> print(command_of(Cell(experiment="e", name="n", spec=spec, dim=64, seed=3)))
    gdexp run --dataset c1 --model conv --algorithm perceptron --step '0.25/sqrt(d)' \
--init gaussian --kernel 2 --max-iterations 1000 --dim 64 --seed 3
    """
    dim = f" --dim {cell.dim}" if asks_dim(cell.spec) else ""
    return f"{command_start(cell.spec)}{dim} --seed {cell.seed}"


def asks_dim(spec: Spec) -> bool:
    """Return whether the dim is the user's choice: it is none of a file's."""
    return spec.family.dim(None) is None


def command_start(spec: Spec) -> str:
    """Return the command without its dim and seed, the same for all cells of an entry.

    Only what differs from what the command takes by itself is named.
    """
    words = ["gdexp", "run", "--dataset", _dataset(spec)]
    for each in fields(spec):
        value = getattr(spec, each.name)
        if each.name in ASIDE or value is None or value == each.default:
            continue
        if each.name == "loss" and spec.but(loss=None).loss == value:
            continue  # that of the algorithm
        flag = f"--{FLAGS.get(each.name, each.name).replace('_', '-')}"
        for one in value if isinstance(value, tuple) else [value]:
            words += [flag, str(one)]
    for name, value in spec.settings:
        if value is not None:
            word = str(value).lower() if isinstance(value, bool) else str(value)
            words += [f"--{name}", word]
    return shlex.join([*words, "--max-iterations", str(spec.max_iterations)])


def _dataset(spec: Spec) -> str:
    """Return the dataset; a table by the path that it has from the working folder."""
    name, _, _ = spec.dataset.partition(":")
    return f"{name}:{spec.family.files[0]}" if name == "table" else spec.dataset
