"""Say so when a loop has to be compiled first, which takes seconds."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_tellers: list[Callable[[str], None]] = []  # the last one is told, if any


def tell_of_compiling(teller: Callable[[str], None]) -> None:
    """Have the line said by this function, where standard error is a log."""
    _tellers.append(teller)


def announce(loop: Any) -> Any:
    """Return a compiled loop, after a line to the user if it is not cached yet.

    Parameters
    ----------
    loop : numba dispatcher
        Compiled on first use and kept beside the source, or in the user's cache
        folder where that cannot be written.
    """
    if not loop.signatures:
        cache = Path(loop.stats.cache_path)
        module = loop.py_func.__module__.rpartition(".")[2]
        if not any(cache.glob(f"{module}.{loop.py_func.__name__}-*.nbi")):
            text = "compiling the loop, some seconds, once on this machine"
            if _tellers:
                _tellers[-1](text)
            else:
                print(f"gdexp: {text}", file=sys.stderr, flush=True)
    return loop
