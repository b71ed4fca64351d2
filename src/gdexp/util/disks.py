"""What a disk can do: whether an sqlite store may lie on it, and how.

Two questions, for neither answers the other. Whether other machines use the disk at
the same time, whose locks and shared memory are not ours, is nothing that one machine
can try out: it is told by the type of the file system, and a type that is not known to
be local counts as shared, since a store that breaks is worse than none. Whether sqlite
works on a local disk, with the locks and the shared memory that it has, is tried out.
"""

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from gdexp.util.files import absent

MOUNTS = Path("/proc/self/mounts")
ESCAPED = re.compile(rb"\\([0-3][0-7]{2})")  # of names, what would part fields or lines

# Of block devices and memory, and what lies over them.
LOCAL = frozenset(
    [
        *("ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "bcachefs", "f2fs"),
        *("jfs", "nilfs2", "reiserfs", "ufs", "apfs", "hfs", "hfsplus"),
        *("exfat", "fuseblk", "msdos", "ntfs", "ntfs3", "vfat"),
        *("erofs", "iso9660", "squashfs", "udf"),
        *("overlay", "ramfs", "rootfs", "tmpfs"),
    ]
)

# In the environment: a comma between more types that are known to be local here.
# It says something of a machine, and a configuration goes from one to the other.
ALSO_LOCAL = "GDEXP_LOCAL_DISKS"


def file_system(path: Path, mounts: Path | None = None) -> str:
    """Return the type of the file system that a path is on.

    Parameters
    ----------
    path : Path
        A file or folder; it need not exist yet.
    mounts : Path or None
        A table of mounts, by default the system's.

    Returns
    -------
    str
        "" where there is no such table, as on macOS.
    """
    path = path.resolve()
    absent(path)  # what is mounted when it is first looked at is in the table then
    try:
        lines = (mounts or MOUNTS).read_bytes().split(b"\n")
    except OSError:
        return ""
    best, found = -1, ""
    for fields in (line.split(b" ") for line in lines):
        if len(fields) < 3:
            continue
        name = ESCAPED.sub(lambda escaped: bytes([int(escaped[1], 8)]), fields[1])
        point = Path(os.fsdecode(name))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), os.fsdecode(fields[2])
    return found


def shared_file_system(path: Path, mounts: Path | None = None) -> str:
    """Return the type of a file system that other machines may use too.

    Returns
    -------
    str
        "" if it is known to be local, or nothing is known.

    Examples
    --------
    >>> shared_file_system(Path("/proc/self"))
    'proc'
    """
    kind = file_system(path, mounts)
    local = LOCAL.union(os.environ.get(ALSO_LOCAL, "").split(","))
    return "" if kind in local else kind


def journal(folder: Path) -> str:
    """Return the journal mode that an sqlite file may have in a folder: it is tried.

    A write-ahead log, with which others read while one writes, needs shared memory.
    Without it a file would take that mode and could never be read again, so what is
    tried is another file.

    Parameters
    ----------
    folder : Path
        It need not exist yet: then it is tried in the nearest that does.

    Returns
    -------
    {"wal", "delete"}

    Raises
    ------
    OSError, sqlite3.Error
        If sqlite does not work there, or nothing can be written.
    """
    import sqlite3

    while not folder.exists():
        folder = folder.parent
    try:
        return _tried(folder, "wal")
    except sqlite3.OperationalError:
        return _tried(folder, "delete")


def _tried(folder: Path, mode: str) -> str:
    """Write an sqlite file and read it by another connection."""
    import sqlite3

    with (
        _trial(folder) as path,
        closing(sqlite3.connect(path, isolation_level=None)) as writer,
    ):
        writer.execute("PRAGMA synchronous=OFF")  # to wait for the disk tries nothing
        (found,) = writer.execute(f"PRAGMA journal_mode={mode}").fetchone()
        writer.execute("CREATE TABLE tried (number INTEGER)")
        with closing(sqlite3.connect(path)) as reader:
            reader.execute("SELECT * FROM tried").fetchall()
    return str(found)


@contextmanager
def _trial(folder: Path) -> Iterator[Path]:
    """Give a path for an sqlite file, which `gdexp.util.files.sweep` knows too."""
    name = f".sqlite.{os.uname().nodename}.{os.getpid()}"
    try:
        yield folder / f"{name}.db"
    finally:
        for path in folder.glob(f"{name}.db*"):
            with suppress(OSError):
                path.unlink()
