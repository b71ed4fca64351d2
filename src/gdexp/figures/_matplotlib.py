"""Import matplotlib whatever MPLBACKEND names, and seaborn without what is not drawn.

The package imports it before anything else: figures are files and need no backend, and
matplotlib does not start where the variable names one that it cannot find, as in a
shell that Jupyter opened.
"""

import os
import sys
from contextlib import suppress

if "matplotlib" not in sys.modules:
    named = os.environ.pop("MPLBACKEND", None)
    import matplotlib as mpl

    if named is not None:
        os.environ["MPLBACKEND"] = named
        with suppress(ValueError):  # for what else the process draws
            mpl.rcParams["backend"] = named

if "seaborn" not in sys.modules and "scipy.stats" not in sys.modules:
    # A second of the two that seaborn takes: for densities, which it draws without too
    # (but not cumulated; a figure that wants these imports scipy.stats before).
    sys.modules["scipy.stats"] = None  # type: ignore[assignment]  # as if it were absent
    try:
        import seaborn  # noqa: F401
    finally:
        del sys.modules["scipy.stats"]
