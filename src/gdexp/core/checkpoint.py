"""Checkpoints: the state of a long run on disk, so that a killed one goes on.

A run is cut into strides of some seconds. Where it is cut changes no bit of it:
the state at an iteration is all that the next one depends on.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gdexp.core.outcome import Array
from gdexp.util.files import whole


class State(Protocol):
    """The state of a run, in any form."""

    def dump(self) -> dict[str, NDArray[Any]]:
        """Return everything that the state is, as arrays by name."""
        ...

    def load(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Put a state that was dumped in the place of this one."""
        ...


def _silent(iteration: int, wrong: int) -> None:
    pass


@dataclass(frozen=True)
class Checkpoint:
    """Where a run is kept while it lasts.

    Parameters
    ----------
    path : Path
        A file, ``.npz``.
    identity : str
        What the run is and which program makes it. A file of another identity is
        not gone on from.
    progress : callable
        Called with the iteration and the number of misclassified samples whenever
        the run is kept.
    """

    path: Path
    identity: str
    progress: Callable[[int, int], None] = _silent

    def load(self, state: State) -> Array | None:
        """Put a kept state in place and return its rows; None if there is none."""
        try:
            with self.path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                if str(file["identity"]) != self.identity:
                    return None
                kept = {name: file[name] for name in file.files}
                rows: Array = kept.pop("rows")
            mine = {name: array.shape for name, array in state.dump().items()}
            if (
                len(rows)
                and mine.items() <= {n: a.shape for n, a in kept.items()}.items()
            ):
                state.load(kept)
                return rows
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            pass  # none yet, or a damaged one: the run starts again
        return None

    def save(self, state: State, rows: Array) -> None:
        """Keep a state and the rows recorded so far, whole or not at all."""
        with whole(self.path) as temporary:
            np.savez(temporary, identity=self.identity, rows=rows, **state.dump())  # type: ignore[arg-type]

    def remove(self) -> None:
        """Delete the file of a finished run."""
        self.path.unlink(missing_ok=True)
