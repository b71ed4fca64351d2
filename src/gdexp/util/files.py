"""Files on disk: written whole or not at all, and one run per results folder."""

import fcntl
import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from gdexp.util.errors import ConfigError

# Their locks do not hold between machines, or their shared memory does not, which the
# sqlite store needs for its write-ahead log.
NETWORK = frozenset(
    [
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "gpfs",
        "lustre",
        "nfs",
        "nfs4",
        "orangefs",
        "panfs",
        "pvfs2",
        "smb3",
        "smbfs",
        "wekafs",
    ]
)

MOUNTS = Path("/proc/self/mounts")

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
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
    return True


def write_json(content: Mapping[str, object], path: str | Path) -> None:
    """Write a JSON object in one line."""
    with whole(path) as temporary:
        temporary.write_text(json.dumps(content) + "\n")


def hold(results: str | Path) -> IO[str]:
    """Keep other runs out of a results folder until this process ends.

    With a lock of the kernel, which is gone with the process that holds it: after a
    kill nothing has to be unlocked.

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
    _held.append(file)
    return file


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until no other process is in such a block with this lock file.

    The kernel ends the wait when the other process ends, however it ends.
    """
    with path.open("w") as file:
        with suppress(OSError):  # a disk without locks
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def keep(file: IO[bytes]) -> None:
    """Lock an open file until it is closed, for `is_held`, if its disk has locks."""
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_SH)


def is_held(path: Path) -> bool:
    """Return whether a process holds a lock on a file."""
    with suppress(OSError), path.open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
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


def inode_of(path: Path) -> int | None:
    """Return which file a path names, None if there is none.

    A file that was deleted and made anew is another one.
    """
    with suppress(OSError):
        return path.stat().st_ino
    return None


def identity(results: str | Path) -> str:
    """Return the id of a results folder, made with it and copied along with it.

    It tells the runs of this folder from others' in a store that many share.
    """
    path = Path(results, ".id")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".id-{uuid.uuid4().hex}")
        draft.write_text(uuid.uuid4().hex + "\n")
        with suppress(FileExistsError):  # another process was faster
            os.link(draft, path)
        draft.unlink()
    found = path.read_text("utf-8", "replace").strip()
    if not re.fullmatch("[0-9a-f]{32}", found):
        raise ConfigError(f"{path} is damaged; delete it: the next run makes another")
    return found


def network_file_system(path: Path, mounts: Path | None = None) -> str:
    """Return the type of the network file system that a path is on, "" if on none.

    Parameters
    ----------
    path : Path
        A file or folder; it need not exist yet.
    mounts : Path or None
        A table of mounts, by default the system's; where there is none, the answer is
        "".
    """
    try:
        lines = (mounts or MOUNTS).read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    path = path.resolve()
    best, found = -1, ""
    for _, place, kind, *_ in (line.split() for line in lines):
        point = Path(place.encode("latin-1", "ignore").decode("unicode_escape"))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), kind
    return found if found in NETWORK else ""
