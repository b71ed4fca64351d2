"""Values on the command line, read as those of a configuration are."""

import argparse

from gdexp.grid.plain import values, whole_numbers
from gdexp.util.errors import GdexpError, shown


def plain(text: str) -> object:
    """Return a value as in a configuration, where 1e6 is whole and 1_000 is a text.

    What is none is the text itself, and so is a list: it may have itself in it.
    """
    try:
        value = values(text)
    except GdexpError:
        return text
    return whole_numbers(value) if isinstance(value, str | int | float | None) else text


def whole(text: str) -> int:
    """Return a whole number, for an option that is one."""
    value = plain(text)
    if type(value) is not int:
        raise argparse.ArgumentTypeError(f"{shown(text)}; allowed: a whole number")
    return value
