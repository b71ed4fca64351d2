"""gdexp: why does gradient descent separate faster with a nonlinear model?"""

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
