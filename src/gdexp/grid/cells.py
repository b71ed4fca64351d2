"""A cell: one point of the grid."""

from dataclasses import dataclass
from typing import Any

from gdexp.core.spec import Spec
from gdexp.grid.names import place


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One point of the grid.

    Attributes
    ----------
    experiment, name : str
        The experiment of the configuration, and the name of the model entry in it.
    spec : Spec
    dim, seed : int
    """

    experiment: str
    name: str
    spec: Spec
    dim: int
    seed: int

    @property
    def key(self) -> str:
        """The cell in one word, ``experiment/name/d16/s0``, as a path."""
        return f"{place(self.experiment, self.name, self.dim)}/s{self.seed}"

    def parameters(self) -> dict[str, Any]:
        """Return what was run as flat names and values."""
        return {
            "experiment": self.experiment,
            "name": self.name,
            "dim": self.dim,
            "seed": self.seed,
            **self.spec.parameters(),
            "samples": self.spec.n,
            "step_size": self.spec.step_at(self.dim),
        }
