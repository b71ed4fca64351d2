"""Guests: code of the user's own while it runs among that of gdexp.

Whatever it raises is one line that says where, be it the end of the process that it
asks for. What it changes around it is put back, for a worker goes on with other cells.
"""

import os
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TypeVar

from gdexp.grid import own
from gdexp.grid.surroundings import named, surroundings
from gdexp.util.errors import GdexpError, MemberError, line_of, short

T = TypeVar("T")


@contextmanager
def guests(*members: type) -> Iterator[None]:
    """Let code run that may be the user's own.

    Parameters
    ----------
    *members : type
        Members that have a part in it, for errors that come from what one of them has
        returned.

    Raises
    ------
    MemberError
        If code of the user's own raises anything, but errors of gdexp.
    """
    theirs = " or ".join(_of_users(members))
    with surroundings(bool(theirs or (not members and _roots()))) as changed:
        try:
            yield
        except GdexpError:
            raise
        except BaseException as error:
            told = blamed(error, members)
            if not told or _from_the_keyboard(error):
                raise
            raise MemberError(told) from error
    if changed:
        who = theirs or "a file of your own"
        raise MemberError(f"{who} has changed {named(changed)}")


def each_by_guests(things: Iterator[T], *members: type) -> Iterator[T]:
    """Yield things that such code makes; between them all is as it was before."""
    while True:
        with guests(*members):
            try:
                thing = next(things)
            except StopIteration:
                return
        yield thing


def blamed(error: BaseException, members: Iterable[type] = ()) -> str:
    """Return an error in one line, with what of the user's own it came from.

    That is the last of its lines on the way there; without any, its members that had a
    part. "" if there is neither.
    """
    roots = _roots()
    cause: BaseException | None = error
    while cause is not None:
        where = ""
        for frame, line in traceback.walk_tb(cause.__traceback__):
            if _root(frame.f_globals.get("__name__")) in roots:
                code = frame.f_code
                where = f"{short(code.co_filename)}, line {line}, in {code.co_qualname}"
        if where:
            return f"{where}: {line_of(cause)}"
        cause = cause.__cause__
    theirs = " or ".join(_of_users(members))
    return f"after what {theirs} returned: {line_of(error)}" if theirs else ""


def _roots() -> set[str]:
    return {_root(name) for name, _ in own.sources()}


def _of_users(members: Iterable[type]) -> list[str]:
    roots = _roots()
    return [each.__name__ for each in members if _root(each.__module__) in roots]


def _root(module: object) -> str:
    return str(module).partition(".")[0]


def _from_the_keyboard(error: BaseException) -> bool:
    """Return whether it may be Ctrl-C, which a worker does not see as an exception."""
    worker = signal.getsignal(signal.SIGINT) in (signal.SIG_DFL, signal.SIG_IGN)
    return isinstance(error, KeyboardInterrupt) and not worker


@contextmanager
def aside() -> Iterator[None]:
    """Send what is printed meanwhile, by C too, to standard error."""
    kept = None
    with suppress(OSError):  # one of the two may be closed
        sys.stdout.flush()
        kept = os.dup(1)
        os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        if kept is not None:
            os.dup2(kept, 1)
            os.close(kept)
