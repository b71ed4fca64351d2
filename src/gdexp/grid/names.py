"""Names of model entries: grids of them, and how they stand in paths."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from gdexp.util.errors import ConfigError

PLAIN = re.compile(r"[A-Za-z0-9_-]")


ENTRIES = 10_000  # that one with lists may stand for


def entries(
    name: str, entry: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the entries that one with lists stands for: their product, in file order.

    Examples
    --------
    >>> for name, entry in entries("gd", {"step": ["1", "0.1"], "kernel": 2}):
    ...     print(name, entry)
    gd-step=1 {'step': '1', 'kernel': 2}
    gd-step=0.1 {'step': '0.1', 'kernel': 2}
    """
    lists = {
        key: value
        for key, value in entry.items()
        if isinstance(value, list) and key != "observe"  # one entry observes them all
    }
    number = math.prod(map(len, lists.values()))
    if number > ENTRIES:
        raise ConfigError(
            f"the lists of {', '.join(lists)} make {number} entries; allowed: at most"
            f" {ENTRIES}"
        )
    for values in itertools.product(*lists.values()):
        chosen = dict(zip(lists, values, strict=True))
        said = "".join(f"-{key}={value}" for key, value in chosen.items())
        yield name + said, {**entry, **chosen}


def slug(name: str) -> str:
    """Return a name as part of a path or of a metric's name.

    Letters, digits, ``_`` and ``-`` stay; any other byte is a dot and two hexadecimal
    digits, so that no two names have one slug.

    >>> slug("gd-step=0.5/sqrt(d)")
    'gd-step.3d0.2e5.2fsqrt.28d.29'
    """
    return "".join(
        char if PLAIN.fullmatch(char) else "".join(f".{b:02x}" for b in char.encode())
        for char in name
    )


def unslug(text: str) -> str:
    """Return the name that a slug stands for.

    >>> unslug("gd-step.3d1.2f16")
    'gd-step=1/16'
    """
    parts = re.split(r"\.([0-9a-f]{2})", text)
    whole = b"".join(
        bytes.fromhex(part) if i % 2 else part.encode() for i, part in enumerate(parts)
    )
    return whole.decode(errors="replace")


@lru_cache(maxsize=10_000)  # of each of many cells, and letter by letter
def place(experiment: str, name: str, dim: int) -> str:
    """Return where the cells of a model entry at a dim are: the start of their keys."""
    return f"{experiment}/{slug(name)}/d{dim}"
