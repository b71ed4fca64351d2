"""A run before it starts: data, model, algorithm, step size and start."""

from dataclasses import dataclass

from gdexp.algorithms import Algorithm
from gdexp.datasets import Dataset
from gdexp.descent.outcome import Array
from gdexp.models import Model


@dataclass(frozen=True)
class Problem:
    """Everything that determines a run.

    Attributes
    ----------
    data : Dataset
    model : Model
    algorithm : Algorithm
    step : float
        The step size.
    start : ndarray, shape (k + d,)
        The start w_0.
    precision : {"float64", "float32"}
        Of the products with the samples where there are many; see `rows`.
    """

    data: Dataset
    model: Model
    algorithm: Algorithm
    step: float
    start: Array
    precision: str = "float64"

    @property
    def z(self) -> Array:
        """The signed samples z_i = y_i b_i, shape (n, d)."""
        return self.data.z

    @property
    def first_tie(self) -> float:
        """The perceptron's weight at a margin of 0 in the first step."""
        return 1.0 if self.start.any() else 0.5

    @property
    def scale_free(self) -> bool:
        """Whether w and s w take the same course for every s > 0.

        So for the perceptron of a model of degree 2: its update is linear in w.
        """
        return self.algorithm.indicator and self.model.degree == 2
