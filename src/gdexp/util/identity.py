"""Which results folder it is: what tells its runs from others' in a shared store.

A folder that is moved within its disk, given to another user or reached through a link
stays the one that it is. One that was copied is another: both may go on, and neither
touches the other's runs. A folder cannot know whether what it was copied from is still
there; who knows that it is not says so, `adopt`.
"""

import fcntl
import json
import os
import re
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from gdexp.util.disks import shared_file_system

NAME = ".id"  # below the results
OLD = re.compile("[0-9a-f]{32}")  # of a version that wrote the id alone
GENERATION = 0x80087601  # FS_IOC_GETVERSION of Linux


@dataclass(frozen=True)
class Identity:
    """Who a results folder is.

    Attributes
    ----------
    id : str
        32 hexadecimal digits.
    place : str
        The numbers that its disk has for the folder and for the file with its id; a
        copy has others.
    copy_of : str
        The id of the folder that it was copied from, if any.
    was : tuple of str
        Ids that it had, it alone, until it was adopted.
    """

    id: str
    place: str
    copy_of: str = ""
    was: tuple[str, ...] = ()


def identity(results: str | Path) -> Identity:
    """Return who a results folder is; its id is made if it has none.

    Of a copy, until `settle` writes it down, the id that it will have.
    """
    path = Path(results, NAME)
    if not path.exists():
        _write(path, Identity(uuid.uuid4().hex, ""), new=True)
    return known(results)


def known(results: str | Path) -> Identity:
    """Do the same, but make nothing: raise OSError if it has no id."""
    return _look(Path(results, NAME))[1]


def settle(results: str | Path) -> bool:
    """Write down who a results folder is; return whether it turns out to be a copy."""
    identity(results)
    path = Path(results, NAME)
    found, who = _look(path)
    if found == who:
        return False
    with suppress(OSError):  # a disk that is read only
        _write(path, who)
    return found.id != who.id


def adopt(results: str | Path) -> Identity:
    """Let a copy be what it was copied from, which is no more; return who it is."""
    who = identity(results)
    if who.copy_of:
        was = (*who.was, who.id)
        _write(Path(results, NAME), Identity(who.copy_of, "", was=was))
    return identity(results)


def _look(path: Path) -> tuple[Identity, Identity]:
    """Return who a folder is by the file with its id, and who it is."""
    with path.open("rb") as file:  # this one, whatever takes its place meanwhile
        text, stat = file.read().decode("utf-8", "replace"), os.fstat(file.fileno())
    found = _read(text.strip(), path.parent)
    place = f"{path.parent.stat().st_ino}-{stat.st_ino}"
    if found.place in (place, ""):
        return found, replace(found, place=place)
    # the same one for all processes that look before it is written, and after what it
    # was copied from is copied into it again
    own = uuid.uuid5(uuid.UUID(found.id), _seat(path.parent)).hex
    return found, Identity(own, place, found.id)


def _read(text: str, folder: Path) -> Identity:
    if OLD.fullmatch(text):
        return Identity(text, "")
    try:
        found = Identity(**json.loads(text))
        own, *was = (uuid.UUID(each).hex for each in (found.id, *found.was))
        return replace(found, id=own, was=tuple(was))
    except (ValueError, TypeError, AttributeError, RecursionError):
        # damaged: others may be so with the same text, an empty one say
        own = uuid.uuid5(uuid.NAMESPACE_OID, f"{text} {_seat(folder)}").hex
        return Identity(own, "")


def _seat(folder: Path) -> str:
    """Return what tells a folder from all others, whatever is written into it.

    A disk gives a number that is free again to another folder, of another generation.
    Machines made of one image have the same numbers; those that share a disk see those
    of its server.
    """
    machine = "" if shared_file_system(folder) else os.uname().nodename
    handle = os.open(folder, os.O_RDONLY)
    try:
        which = fcntl.ioctl(handle, GENERATION, bytes(8)).hex()
    except OSError:  # a disk without; numbers on another may be equal too
        which = str(os.fstatvfs(handle).f_fsid)
    finally:
        os.close(handle)
    return f"{machine} {folder.stat().st_ino} {which}"


def _write(path: Path, who: Identity, new: bool = False) -> None:
    """Write it, with its place; if it is new, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{NAME}-{uuid.uuid4().hex}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            number = os.fstat(file.fileno()).st_ino
            place = f"{path.parent.stat().st_ino}-{number}"
            file.write(json.dumps(asdict(who) | {"place": place}) + "\n")
            file.flush()
            os.fsync(file.fileno())  # none that is empty after a power cut
        if new:
            with suppress(OSError):
                os.link(draft, path)  # fails where there is one
        # a disk without hard links, where `settle` alone makes one
        if not (new and path.exists()):
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
