"""Context: what the tasks of a worker share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from gdexp.grid.grid import Grid
from gdexp.tracking import ClientStore, Store
from gdexp.work.jobs import Tracker


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
    client : ClientStore or None
        The same, through MLflow's client, once it was needed.
    later : list of callable
        What a task leaves to be done once it was answered, in turn.
    """

    grid: Grid
    store: Store | None = None
    say: Callable[[str], None] = print
    mark: str = ""
    client: ClientStore | None = None
    later: list[Callable[[], object]] = field(default_factory=list)

    @property
    def tracked(self) -> bool:
        """Whether cells log runs as they finish."""
        return self.grid.tracking == "inline"

    @cached_property
    def tracker(self) -> Tracker:
        """What logs cells as they finish."""
        return Tracker(self.grid)
