"""What code of the user's own finds around it, and leaves as it was.

A process goes on when it is done, with cells of others.
"""

import builtins
import math
import os
import resource
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from operator import is_
from typing import Any

import numpy as np

STREAMS = ("stdin", "stdout", "stderr")
LIMITS = [getattr(resource, name) for name in dir(resource) if name[:7] == "RLIMIT_"]
SIGNALS = ("INT", "TERM", "HUP", "QUIT", "ALRM", "PIPE", "CHLD", "USR1", "USR2", "XFSZ")
# what the numbers of all cells come from
LIBRARIES = (builtins, math, np, np.linalg, np.random)


@contextmanager
def surroundings(suspect: bool) -> Iterator[list[str]]:
    """Put back what a process has of folder, environment, streams and settings.

    Parameters
    ----------
    suspect : bool
        Whether there is code of the user's own: only then is it worth the time to look
        at what no code of gdexp changes.

    Yields
    ------
    list of str
        The functions of NumPy and Python that were changed, once they are put back.
    """
    folder = os.open(".", os.O_RDONLY)  # it may have no name any more
    variables, limit = dict(os.environ), sys.getrecursionlimit()
    streams = [getattr(sys, name) for name in STREAMS]
    places, path = sys.path, [*sys.path]
    changed: list[str] = []
    process = _Process() if suspect else None
    try:
        with warnings.catch_warnings(), np.errstate():
            yield changed
    finally:
        sys.setrecursionlimit(limit)  # first: one that is low lets nothing else be done
        if process:
            changed += process.put_back()
        for name, stream in zip(STREAMS, streams, strict=True):
            setattr(sys, name, _open(name, stream) if suspect else stream)
        sys.path = places
        sys.path[:] = path
        if os.environ != variables:
            os.environ.clear()
            os.environ.update(variables)
        os.fchdir(folder)
        os.close(folder)


def named(changed: list[str]) -> str:
    """Return what was changed for the end of a message."""
    which = ", ".join(changed[:3]) + (", ..." if changed[3:] else "")
    return f"{which} for all that runs beside it; allowed: a function of its own"


class _Process:
    """Open files 0 to 2, timers, signals, limits, functions of libraries, threads."""

    def __init__(self) -> None:
        self.files = []
        for number in range(len(STREAMS)):
            with suppress(OSError):  # closed
                self.files.append((number, os.dup(number)))
        self.timer = signal.getitimer(signal.ITIMER_REAL)
        numbers = [getattr(signal, f"SIG{name}") for name in SIGNALS]
        self.handlers = [(each, signal.getsignal(each)) for each in numbers]
        self.limits = [(each, resource.getrlimit(each)) for each in LIMITS]
        self.names = [(each, dict(vars(each))) for each in LIBRARIES]
        # threads are daemons if those that start them are: at its end a process would
        # wait for others, for ever as the case may be
        self.thread = threading.current_thread()
        self.daemon = self.thread.daemon
        setattr(self.thread, "_daemonic", True)  # noqa: B010  # there is no other way

    def put_back(self) -> list[str]:
        setattr(self.thread, "_daemonic", self.daemon)  # noqa: B010
        changed = []
        for library, names in self.names:
            there = vars(library)
            if all(map(is_, map(there.get, names), names.values())):
                continue  # at the speed of C
            for name, value in names.items():
                # what is noted under names that begin so may be another thing each time
                if name[0] != "_" and there.get(name) is not value:
                    setattr(library, name, value)
                    changed.append(f"{library.__name__}.{name}")
        signal.setitimer(signal.ITIMER_REAL, *self.timer)
        if threading.current_thread() is threading.main_thread():  # no other one may
            for number, handler in self.handlers:
                if handler is not None and signal.getsignal(number) is not handler:
                    signal.signal(number, handler)
        for kind, (soft, hard) in self.limits:
            now = resource.getrlimit(kind)
            if now != (soft, hard):
                with suppress(OSError, ValueError):
                    resource.setrlimit(kind, (_lower(soft, now[1]), now[1]))
                    resource.setrlimit(kind, (soft, hard))  # if it may be raised again
        for file, kept in self.files:
            os.dup2(kept, file)
            os.close(kept)
        return changed


def _lower(a: int, b: int) -> int:
    return min((a, b), key=lambda x: float("inf") if x == resource.RLIM_INFINITY else x)


def _open(name: str, stream: Any) -> Any:
    """Return a stream, anew if it was closed."""
    if stream is None or not stream.closed:
        return stream
    number, mode = STREAMS.index(name), "r" if name == "stdin" else "w"
    return open(  # as Python opens it
        number, mode, encoding="utf-8", errors="backslashreplace", closefd=False
    )
