"""Numba as the loops need it, whatever is set around them; imported before it."""

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from gdexp.util.digests import digest

# Read when Numba is imported and whenever it compiles. The loops hold code for LLVM, so
# they cannot be run uncompiled.
os.environ.pop("NUMBA_DISABLE_JIT", None)
from numba import config, njit, prange

__all__ = ["njit", "prange"]


def _folder(name: str) -> Path:
    """Return where compiled loops are kept: the first place that can be written."""
    asked = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(asked)] if asked else []
    places.append(Path(__file__).parent / "__pycache__")
    with suppress(RuntimeError):  # no home
        places.append(Path.home() / ".cache" / "gdexp")
    for place in places:
        with suppress(OSError):
            folder = place / name
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                return folder
    # of this process alone: what is loaded from it is run
    folder = Path(tempfile.mkdtemp(prefix="gdexp-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


# Numba looks at the file of a function only, not at what it calls: a change in another
# module would leave the loops as they were. A folder per program makes them anew.
_program = digest("core/forms", "core/arithmetic.py", "core/outcome.py")
setattr(config, "CACHE_DIR", str(_folder(f"numba-{_program}")))  # noqa: B010
