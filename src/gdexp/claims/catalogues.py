"""All catalogues of claims: on the paper, on each neighbour, in files of one's own."""

import importlib
import pkgutil
import sys
from collections.abc import Mapping, Sequence

from gdexp.claims import catalogue, neighbours
from gdexp.claims.verdict import Claim
from gdexp.grid import own
from gdexp.util.errors import ConfigError, shown

NAME = "CLAIMS"  # what each module calls its claims


def catalogues() -> Mapping[str, Sequence[Claim]]:
    """Return the claims by the module that makes them, the paper's first.

    Raises
    ------
    ConfigError
        If what a module calls its claims are none, or two have one name.
    """
    found = pkgutil.iter_modules(neighbours.__path__, f"{neighbours.__name__}.")
    beside = [importlib.import_module(each.name) for each in found]
    made = [sys.modules[name] for name, _ in own.sources(NAME)]
    known: dict[str, Sequence[Claim]] = {}
    names: set[str] = set()
    for module in (catalogue, *beside, *made):
        claims = vars(module)[NAME]
        fits = isinstance(claims, tuple | list)
        if not (fits and all(isinstance(each, Claim) for each in claims)):
            raise ConfigError(
                f"{module.__name__}: {NAME} {shown(claims)}; allowed: a tuple of Claim"
            )
        for each in claims:
            if each.name in names:
                what = f"claim {each.name!r} is there already; rename it"
                raise ConfigError(f"{module.__name__}: {what}")
            names.add(each.name)
        known[module.__name__] = claims
    return known
