"""Files on disk: written whole or not at all, and one run per results folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gdexp.errors import ConfigError

_held: list[IO[str]] = []  # open until this process ends, however it ends


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to, and move it into place at the end.

    A reader, or a run after a kill, finds the old file, the new one or none. Folders
    are made as needed; after an error nothing is left.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def hold(results: str | Path) -> None:
    """Keep other runs out of a results folder until this process ends.

    With a lock of the kernel, which is gone with the process that holds it: after a
    kill nothing has to be unlocked.

    Raises
    ------
    ConfigError
        If another process holds it, or the folder cannot be written to.
    """
    path = Path(results, ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise ConfigError(
            f"cannot write to the results folder {results}: {error.strerror}"
        ) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise ConfigError(
            f"another run is at work in {results}; wait for its end, or give this one"
            " another 'results' folder"
        ) from None
    _held.append(file)
