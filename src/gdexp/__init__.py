"""Iterations to a separator of gradient descent and its perceptrons."""

from gdexp.algorithms import ALGORITHMS, Algorithm
from gdexp.cells import Cell, Spec
from gdexp.datasets import DATASETS, Dataset, DatasetFamily
from gdexp.descent import Outcome, Problem, Trajectory, descend
from gdexp.errors import GdexpError
from gdexp.models import MODELS, ModelFamily

__all__ = [
    "ALGORITHMS",
    "DATASETS",
    "MODELS",
    "Algorithm",
    "Cell",
    "Dataset",
    "DatasetFamily",
    "GdexpError",
    "ModelFamily",
    "Outcome",
    "Problem",
    "Spec",
    "Trajectory",
    "descend",
]
