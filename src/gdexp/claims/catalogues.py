"""All catalogues of claims: on the paper, on each neighbour, in files of one's own."""

import sys
from collections.abc import Mapping, Sequence
from types import ModuleType

from gdexp.claims import catalogue
from gdexp.claims.neighbours import (
    depth,
    diagonal,
    flow,
    frozen,
    implicit,
    large_steps,
    losses,
    mean_field,
    modes,
    momentum,
    optimistic,
    poisson,
    products,
    risk_adaptive,
    svrg,
    time_scales,
)
from gdexp.claims.verdict import Claim
from gdexp.grid import own

NAME = "CLAIMS"  # what each module calls its claims
NEIGHBOURS: tuple[ModuleType, ...] = (
    depth,
    diagonal,
    flow,
    frozen,
    implicit,
    large_steps,
    losses,
    mean_field,
    modes,
    momentum,
    optimistic,
    poisson,
    products,
    risk_adaptive,
    svrg,
    time_scales,
)


def catalogues() -> Mapping[str, Sequence[Claim]]:
    """Return the claims by the module that makes them, the paper's first."""
    made = [sys.modules[name] for name, _ in own.sources(NAME)]
    return {
        module.__name__: vars(module)[NAME]
        for module in (catalogue, *NEIGHBOURS, *made)
    }
