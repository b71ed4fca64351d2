"""Which results folder it is: what tells its runs from others' in a shared store.

A folder that is moved within its disk, given to another user or reached through a link
stays the one that it is. One that was copied is another: both may go on, and neither
touches the other's runs. A folder cannot know whether what it was copied from is still
there; who knows that it is not says so, `adopt`.
"""

import json
import os
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

NAME = ".id"  # below the results


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
    """

    id: str
    place: str
    copy_of: str = ""


def identity(results: str | Path) -> Identity:
    """Return who a results folder is; its id is made if it has none.

    Of a copy, until `settle` writes it down, the id that it will have.
    """
    path = Path(results, NAME)
    if not path.exists():
        _write(path, Identity(uuid.uuid4().hex, ""), new=True)
    found, place = _read(path), _place(path)
    if found.place in (place, ""):
        return replace(found, place=place)
    # the same one for all processes that look before it is written
    own = uuid.uuid5(uuid.UUID(found.id), place).hex
    return Identity(own, place, found.id)


def settle(results: str | Path) -> bool:
    """Write down who a results folder is; return whether it turns out to be a copy."""
    path = Path(results, NAME)
    who = identity(results)
    found = _read(path)
    if found == who:
        return False
    with suppress(OSError):  # a disk that is read only
        _write(path, who)
    return found.id != who.id


def adopt(results: str | Path) -> Identity:
    """Let a copy be what it was copied from, which is no more; return who it is."""
    who = identity(results)
    if who.copy_of:
        _write(Path(results, NAME), Identity(who.copy_of, ""))
    return identity(results)


def _place(path: Path) -> str:
    return f"{path.parent.stat().st_ino}-{path.stat().st_ino}"


def _read(path: Path) -> Identity:
    text = path.read_text("utf-8", "replace").strip()
    try:
        found = Identity(**json.loads(text))
        return replace(found, id=uuid.UUID(found.id).hex)
    except (ValueError, TypeError, AttributeError):
        # of a version that wrote the id alone, or damaged
        return Identity(uuid.uuid5(uuid.NAMESPACE_OID, text).hex, "")


def _write(path: Path, who: Identity, new: bool = False) -> None:
    """Write it, with its place; if it is new, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{NAME}-{uuid.uuid4().hex}")
    draft.touch()
    place = f"{path.parent.stat().st_ino}-{draft.stat().st_ino}"
    draft.write_text(json.dumps(asdict(who) | {"place": place}) + "\n", "utf-8")
    if new:
        with suppress(OSError):
            os.link(draft, path)  # fails where there is one
        # a disk without hard links, where `settle` alone makes one
        if path.exists():
            draft.unlink()
            return
    draft.replace(path)
