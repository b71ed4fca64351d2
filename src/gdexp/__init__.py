"""Iterations to a separator of gradient descent and its perceptrons."""

from gdexp.algorithms import ALGORITHMS
from gdexp.cells import Cell, Spec
from gdexp.datasets import DATASETS
from gdexp.descent import Outcome, Problem, Trajectory, descend
from gdexp.errors import GdexpError
from gdexp.models import MODELS

__all__ = [
    "ALGORITHMS",
    "DATASETS",
    "MODELS",
    "Cell",
    "GdexpError",
    "Outcome",
    "Problem",
    "Spec",
    "Trajectory",
    "descend",
]
