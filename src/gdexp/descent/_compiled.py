"""Say so when a loop has to be compiled first, which takes seconds."""

import sys
from pathlib import Path
from typing import Any


def announce(loop: Any) -> Any:
    """Return a compiled loop, after a line on standard error if it is not cached yet.

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
            print(
                "gdexp: compiling the loop, some seconds, once on this machine",
                file=sys.stderr,
                flush=True,
            )
    return loop
