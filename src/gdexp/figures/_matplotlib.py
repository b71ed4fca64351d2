"""Import matplotlib whatever MPLBACKEND names: figures are files and need no backend.

The package imports it before anything else: matplotlib does not start where the
variable names a backend that it cannot find, as in a shell that Jupyter opened.
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
