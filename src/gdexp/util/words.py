"""Words that depend on a number."""


def many(count: int, noun: str) -> str:
    """Return a number with its noun.

    >>> many(1, "seed"), many(6800, "cell")
    ('1 seed', '6,800 cells')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
