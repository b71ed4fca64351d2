"""The frame of the workflow's scripts: output to the rule's log, errors in one line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from gdexp.errors import GdexpError


@contextmanager
def logged(log: str | Path) -> Iterator[None]:
    """Send both output streams to a log file and end with one line on a GdexpError.

    Parameters
    ----------
    log : str or Path
        The file; its folder is made if need be.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    terminal = sys.stderr
    with Path(log).open("w", encoding="utf-8") as file:
        try:
            with redirect_stdout(file), redirect_stderr(file):
                yield
        except GdexpError as error:
            print(f"gdexp: {error}", file=file)
            print(f"gdexp: {error}", file=terminal)
            sys.exit(1)
