"""Iterations to a separator of gradient descent and its relatives."""

from gdexp.core.datasets import DATASETS, Dataset, DatasetFamily
from gdexp.core.losses import LOSSES, Loss
from gdexp.core.methods import METHODS, Method
from gdexp.core.models import MODELS, Certain, Model, Network
from gdexp.core.observables import OBSERVABLES, Observable
from gdexp.core.oracle import Oracle
from gdexp.core.outcome import Outcome, Trajectory
from gdexp.core.problem import Problem
from gdexp.core.run import run
from gdexp.core.spec import Spec
from gdexp.grid.cells import Cell
from gdexp.util.errors import GdexpError
from gdexp.work.loading import Results, load

__all__ = [
    "DATASETS",
    "LOSSES",
    "METHODS",
    "MODELS",
    "OBSERVABLES",
    "Cell",
    "Certain",
    "Dataset",
    "DatasetFamily",
    "GdexpError",
    "Loss",
    "Method",
    "Model",
    "Network",
    "Observable",
    "Oracle",
    "Outcome",
    "Problem",
    "Results",
    "Spec",
    "Trajectory",
    "load",
    "run",
]
