"""Activations phi of networks, by name, and their slopes.

================  =========================  ======
name              phi(h)                     degree
================  =========================  ======
``relu``          max(h, 0)                  1
``leaky_relu``    h for h > 0, else h / 100  1
``quadratic``     h^2                        2
``linear``        h                          1
``gelu``          h Phi(h), Phi the normal   none
================  =========================  ======

The slope at a kink is that from the left, as elsewhere.
"""

from typing import Any, Literal

from gdexp.core.arithmetic import functions_of
from gdexp.core.autodiff import load

Activation = Literal["relu", "leaky_relu", "gelu", "quadratic", "linear"]
DEGREES = {"relu": 1, "leaky_relu": 1, "quadratic": 2, "linear": 1}
LEAK = 0.01


def activated(name: str, h: Any) -> Any:
    """Return phi(h) of an array, of NumPy (but gelu) or JAX.

    >>> import numpy as np
    >>> activated("leaky_relu", np.array([-2.0, 3.0])).tolist()
    [-0.02, 3.0]
    """
    xp = functions_of(h)
    match name:
        case "relu":
            return xp.where(h > 0, h, 0.0)
        case "leaky_relu":
            return xp.where(h > 0, h, LEAK * h)
        case "quadratic":
            return h * h
        case "gelu":
            # Phi(h) = (1 + erf(h / sqrt 2)) / 2; NumPy has no erf
            return h * load().scipy.stats.norm.cdf(h)
    return h


def slope(name: str, h: Any) -> Any:
    """Return the derivative of phi at the numbers of a NumPy array; not of gelu.

    >>> import numpy as np
    >>> slope("quadratic", np.array([-2.0, 3.0])).tolist()
    [-4.0, 6.0]
    """
    xp = functions_of(h)
    match name:
        case "relu":
            return xp.where(h > 0, 1.0, 0.0)
        case "leaky_relu":
            return xp.where(h > 0, 1.0, LEAK)
        case "quadratic":
            return 2.0 * h
    return xp.ones_like(h)
