"""The exceptions of gdexp.

GdexpError
├── ConfigError      the configuration or a command line argument is wrong
├── DataError        image files, tables or what was built are not what was asked for
├── JobError         one job of the workflow failed
├── MemberError      a member of the user's own failed, or is none
├── MissingError     what a claim needs was not run; it is in gdexp.claims
├── RecordError      a record file is missing, damaged or of another format
├── TrackingError    the MLflow store cannot be used
└── FitError         a statistic cannot be computed from the cells at hand

Each message is one line that names the key or cell, the value, and what is
allowed or what to do; command line and workflow print it without a traceback.
"""

from collections.abc import Callable, Iterable
from difflib import get_close_matches


class GdexpError(Exception):
    """Base class: everything that a user can cause and mend."""


class ConfigError(GdexpError):
    """The configuration or a command line argument is wrong."""


class DataError(GdexpError):
    """Image files, tables or what was built of them are not what was asked for."""


class JobError(GdexpError):
    """One job of the workflow failed."""


class MemberError(GdexpError):
    """A member of the user's own failed, or is not what a member has to be."""


class RecordError(GdexpError):
    """A record file is missing, damaged or of another format."""


class StaleError(RecordError):
    """A record is of another configuration or another program."""


class OldError(RecordError):
    """A record is of an older gdexp, in another format."""


class TrackingError(GdexpError):
    """The MLflow store cannot be used."""


class FitError(GdexpError):
    """A statistic cannot be computed from the cells at hand."""


def shown(value: object, spell: Callable[[object], str] = repr) -> str:
    """Return a value for a message, cut where it is long.

    An address is withheld: it may have a password in it, wherever it was put.
    """
    text = spell(value)
    if "://" in text:
        return "an address, not shown here"
    return text if len(text) <= 60 else text[:57] + "..."


def short(text: object) -> str:
    """Return a name or path for the start of a message, as it is if it is harmless."""
    name = str(text)
    return name if name.isprintable() and len(name) <= 200 else shown(name)


def escaped(text: str) -> str:
    r"""Return a message that may have names in it as one line that can be printed.

    >>> print(escaped("record file two\nlines"))
    record file two\nlines
    """
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )


def line_of(error: BaseException) -> str:
    r"""Return the kind and the text of any error in one line.

    >>> line_of(ValueError("two\nlines"))
    'ValueError: two lines'
    """
    try:
        text = " ".join(str(error).split())
    except Exception:  # one whose own text fails
        text = ""
    text = text if len(text) <= 200 else text[:197] + "..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def unknown(what: str, given: object, names: Iterable[object]) -> str:
    """Return the message for a name that is none of those allowed.

    Examples
    --------
    >>> unknown("model", "liner", ["linear", "conv"])
    "model 'liner' is unknown; allowed: linear, conv; did you mean 'linear'?"
    """
    return f"{what} {shown(given)} is unknown; {allowed(names, given)}"


def allowed(names: Iterable[object], given: object = None) -> str:
    """Spell out the allowed values for the end of a message.

    Parameters
    ----------
    names : iterable
        What is allowed.
    given : object
        What was given; the name nearest to it is suggested, if one is near.
    """
    known = [str(name) for name in names]
    near = get_close_matches(given, known, 1) if isinstance(given, str) else []
    suggestion = f"; did you mean {near[0]!r}?" if near else ""
    return "allowed: " + ", ".join(known) + suggestion
