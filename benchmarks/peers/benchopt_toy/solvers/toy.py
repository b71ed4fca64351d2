"""The models of the benchopt peer; a run of the solver logs one cell."""

import os

from benchopt import BaseSolver
from toycell import log_cell


class Solver(BaseSolver):
    """One model."""

    name = "toy"
    sampling_strategy = "run_once"
    parameters = {
        "model": ["linear-gd", "linear-perceptron", "conv2-gd", "conv2-perceptron"]
    }

    def set_objective(self, dim, seed):
        """Take the cell."""
        self.dim, self.seed = dim, seed

    def run(self, _):
        """Log it."""
        folder = os.environ["TOY_FOLDER"]
        self.iterations = log_cell(folder, self.model, self.dim, self.seed)

    def get_result(self):
        """Return the number of iterations."""
        return {"iterations": self.iterations}
