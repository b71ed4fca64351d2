"""Context: what the tasks of a worker share."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from gdexp.grid.grid import Grid
from gdexp.tracking import Store


@dataclass
class Context:
    """The grid, and the MLflow store once it is open.

    Attributes
    ----------
    grid : Grid
    store : Store or None
    say : callable
        Called with the progress of a long task, in one line.
    mark : str
        What every figure and caption begins with: whether it is partial.
    tried : float
        When opening the store failed, on the clock `time.monotonic`.
    """

    grid: Grid
    store: Store | None = None
    say: Callable[[str], None] = print
    mark: str = ""
    tried: float = -math.inf

    @property
    def tracked(self) -> bool:
        """Whether cells log runs as they finish."""
        return self.grid.tracking == "inline"
