"""The screen: standard error, for what is said while a workflow goes on."""

import sys
from contextlib import suppress
from typing import Any


class Screen:
    """Standard error: what it does not take, for it is full or closed, is not said.

    An error in mid-line would fail the job that something is said of, and a bar of
    tqdm keeps its lock then, for which all others wait.
    """

    def write(self, text: str) -> None:
        """Write it, if that can be."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Flush it, if that can be."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


SCREEN = Screen()
