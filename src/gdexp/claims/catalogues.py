"""All catalogues of claims: on the paper, on each neighbour, in files of one's own."""

import importlib
import pkgutil
import sys
from collections.abc import Mapping, Sequence

from gdexp.claims import catalogue, neighbours
from gdexp.claims.verdict import Claim
from gdexp.grid import own

NAME = "CLAIMS"  # what each module calls its claims


def catalogues() -> Mapping[str, Sequence[Claim]]:
    """Return the claims by the module that makes them, the paper's first."""
    found = pkgutil.iter_modules(neighbours.__path__, f"{neighbours.__name__}.")
    beside = [importlib.import_module(each.name) for each in found]
    made = [sys.modules[name] for name, _ in own.sources(NAME)]
    return {
        module.__name__: vars(module)[NAME] for module in (catalogue, *beside, *made)
    }
