"""What members are given, which they do not change, and what they return, checked."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdexp.util.errors import MemberError

Array = NDArray[np.float64]
FLOAT = np.dtype(np.float64)


def fitting(found: Any, shape: tuple[int, ...], member: Any, what: str) -> Array:
    """Return what a member has returned, if it is float64 numbers of a shape.

    NumPy would go on with others: n margins of shape (n, 1) and n labels make n^2.

    Raises
    ------
    MemberError
        One line with the member, what it returned, and what is allowed.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> odd = SimpleNamespace(name="odd")
    >>> fitting(np.zeros((3, 1)), (3,), odd, "f")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    gdexp.util.errors.MemberError: 'odd' has returned f float64 of shape (3, 1)...
    """
    if type(found) is np.ndarray and found.dtype is FLOAT and found.shape == shape:
        return found  # as nearly always, and at once
    if isinstance(found, np.ndarray):
        if found.shape == shape and found.dtype == np.float64:
            return found
        given = f"{found.dtype} of shape {found.shape}"
    else:
        given = f"of type {type(found).__name__}"
    raise MemberError(
        f"{member.name!r} has returned {what} {given}; allowed: float64 of shape"
        f" {shape}"
    )


def frozen(numbers: Array) -> Array:
    """Return numbers as an array that nobody changes in place by mistake."""
    view = numbers.view()
    view.setflags(write=False)
    return view
