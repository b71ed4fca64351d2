"""Checkpoints: the state of a long run on disk, so that a killed one goes on.

A run is cut into strides of some seconds. Where it is cut changes no bit of it:
the state at an iteration is all that the next one depends on.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from gdexp.descent.outcome import Array, IntArray
from gdexp.files import whole


class State(Protocol):
    """The state of a run, in any form."""

    @property
    def arrays(self) -> dict[str, Array | IntArray]:
        """The arrays that make up the state, by name."""
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
                kept = {name: file[name] for name in (*state.arrays, "rows")}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None  # none yet, or a damaged one: the run starts again
        for name, array in state.arrays.items():
            if kept[name].shape != array.shape:
                return None
            array[...] = kept[name]
        rows: Array = kept["rows"]
        return rows

    def save(self, state: State, rows: Array) -> None:
        """Keep a state and the rows recorded so far, whole or not at all."""
        with whole(self.path) as temporary:
            np.savez(temporary, identity=self.identity, rows=rows, **state.arrays)  # type: ignore[arg-type]

    def remove(self) -> None:
        """Delete the file of a finished run."""
        self.path.unlink(missing_ok=True)
