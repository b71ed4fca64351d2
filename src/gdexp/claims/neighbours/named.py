"""Settings of members in the names of entries: cells come to claims without others."""

import re


def setting(entry: str, key: str) -> str:
    """Return the value of a setting that an entry is named after; empty without.

    >>> setting("deep-depth=2-step=0.1/sqrt(d)", "depth"), setting("deep", "depth")
    ('2', '')
    >>> setting("a-alpha=1e-3", "alpha"), setting("a-step=0.1/sqrt(d)-b=1", "step")
    ('1e-3', '0.1/sqrt(d)')
    """
    found = re.search(rf"-{key}=(.*?)(?=-[a-z_]+=|$)", entry)
    return found[1] if found else ""
