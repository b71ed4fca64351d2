"""The objective of the benchopt peer: it reports the number of iterations."""

from benchopt import BaseObjective


class Objective(BaseObjective):
    """Iterations of a toy cell."""

    name = "toy"
    sampling_strategy = "run_once"

    def set_data(self, dim, seed):
        """Take the dim and the seed."""
        self.dim, self.seed = dim, seed

    def get_objective(self):
        """Hand them to the solver."""
        return {"dim": self.dim, "seed": self.seed}

    def evaluate_result(self, iterations):
        """Report the result."""
        return {"value": iterations}

    def get_one_result(self):
        """Return what a result looks like."""
        return {"iterations": 1}
