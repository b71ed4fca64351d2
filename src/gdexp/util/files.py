"""Files on disk: written whole or not at all, and one run per results folder."""

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from gdexp.util.errors import ConfigError
from gdexp.util.screen import SCREEN

# what a disk says that lacks a feature; a permission that is missing is another thing
LACKING = frozenset([errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP])

_held: list[IO[str]] = []  # open until this process ends, however it ends


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write to, and move it into place at the end.

    A reader, or a run after a kill, finds the old file, the new one or none. Folders
    are made as needed; after an error nothing is left.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # the host too: on a cluster two nodes may have a process of the same number
    temporary = path.with_name(
        f".{path.stem}.{os.uname().nodename}.{os.getpid()}{path.suffix}"
    )
    try:
        yield temporary
        _rename(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _rename(old: Path, new: Path) -> None:
    """Put a file in the place of another one, at once."""
    try:
        old.replace(new)
    except OSError as error:
        if error.errno not in LACKING:
            raise
        # all readers rest on it that what is there is whole, so nothing is instead
        told = f"its disk cannot rename files ({error.strerror})"
        raise OSError(error.errno, told, str(new)) from None


def sweep(results: str | Path) -> None:
    """Delete the temporary files that killed processes of this machine left."""
    here = os.uname().nodename
    for path in Path(results).rglob(f".*.{here}.*"):
        number = path.name.rpartition(f".{here}.")[2].partition(".")[0]
        if number.isdigit() and not _runs(int(number)):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's, or no number of a process
        pass
    # one that has ended has its number until its parent asks how: in a container that
    # may be seconds, or never
    with suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    return True


def write_json(content: Mapping[str, object], path: str | Path) -> None:
    """Write a JSON object in one line."""
    with whole(path) as temporary:
        temporary.write_text(json.dumps(content) + "\n")


def hold(results: str | Path) -> IO[str]:
    """Keep other runs out of a results folder until this process ends.

    With a lock of the kernel, which is gone with the process that holds it: after a
    kill nothing has to be unlocked. Where the disk has no locks it is said what is
    lost, and the run goes on.

    Returns
    -------
    file
        To be closed where the folder is to be let go before the process ends.

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
            f"another run is at work in {results}; wait for its end, or use another"
            " 'results' folder"
        ) from None
    except OSError as error:
        print(
            f"gdexp: no locks on the disk of {results} ({error.strerror}): it is up to"
            " you that no second run is at work there, and 'gdexp status' cannot tell"
            " cells that run from failed ones",
            file=SCREEN,
        )
    _held.append(file)
    return file


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Wait until no other process is in such a block with this lock file.

    The kernel ends the wait when the other process ends, however it ends. Yields
    whether that is certain: not on a disk without locks.
    """
    with path.open("w") as file:
        certain = False
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
            certain = True
        yield certain


@contextmanager
def kept(file: IO[bytes]) -> Iterator[None]:
    """Lock an open file meanwhile, for `is_held`, if its disk has locks.

    It is unlocked, and not only closed, for what shares it may be open for longer.
    """
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_SH)
    yield
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_UN)


def is_held(path: Path) -> bool | None:
    """Return whether a process holds a lock on a file, None if it cannot be asked."""
    # who may only read it may ask too, but not on NFS
    mode = "r+b" if os.access(path, os.W_OK) else "rb"
    try:
        with path.open(mode) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def absent(path: Path) -> bool:
    """Return whether a path names nothing; what cannot be looked at is there."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def readable(*paths: Path) -> bool:
    """Return whether all of some files are there and may be read."""
    return all(os.access(path, os.R_OK) for path in paths)


def has_room(folder: Path) -> bool:
    """Return whether files may be made in a folder, or in one that is made for it."""
    while absent(folder):
        folder = folder.parent
    return os.access(f"{folder}/.", os.W_OK | os.X_OK)  # not if it is a file


def inode_of(path: Path) -> int | None:
    """Return which file a path names, None if there is none.

    A file that was deleted and made anew is another one.
    """
    with suppress(OSError):
        return path.stat().st_ino
    return None
