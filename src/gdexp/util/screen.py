"""The screen: standard error, for what is said while a workflow goes on."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
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


def settle_streams() -> None:
    """Let streams be there, and take any path."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed: the next file would be in its place
            stream = Path(os.devnull).open(mode)  # noqa: SIM115
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)
    if isinstance(sys.stdout, TextIOWrapper):  # as standard error does
        sys.stdout.reconfigure(errors="backslashreplace")
