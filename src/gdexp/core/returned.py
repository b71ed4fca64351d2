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
    # a masked array hides numbers from a comparison, a matrix multiplies otherwise
    if type(found) is np.ndarray:
        # `is` is the case nearly always, and found at once
        if found.shape == shape and (found.dtype is FLOAT or found.dtype == FLOAT):
            return found
        given = f"{found.dtype} of shape {found.shape}"
    else:
        given = f"of type {type(found).__name__}"
    raise MemberError(
        f"{member.name!r} has returned {what} {given}; allowed: a NumPy array, float64"
        f" of shape {shape}"
    )


def frozen(numbers: Array) -> Array:
    """Return numbers as an array that nobody changes in place by mistake."""
    view = numbers.view()
    view.setflags(write=False)
    return view
