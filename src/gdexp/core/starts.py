"""Starts: where the parameters are at iteration 0."""

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from gdexp.util.errors import ConfigError, shown


def start_scale(start: str) -> float:
    """Return the standard deviation that a start names, 0 for the zero start.

    Parameters
    ----------
    start : str
        ``"zero"``, ``"gaussian"`` (standard deviation 1) or ``"gaussian:s"``.

    Raises
    ------
    ConfigError
        If the text is none of these, or s is not a positive finite number.
    """
    kind, _, text = start.partition(":")
    if start == "zero":
        return 0.0
    try:
        scale = float(text) if text or ":" in start else 1.0
    except ValueError:
        scale = math.nan
    if "_" in text:  # Python reads 1_0 as ten
        scale = math.nan
    if kind != "gaussian" or not (0 < scale < math.inf):
        raise ConfigError(
            f"start {shown(start)} is unknown; allowed: zero, gaussian, gaussian:s"
            " with a positive number s (the standard deviation)"
        )
    return scale


def draw_start(
    start: str, features: int, kernel: int, rng: Generator
) -> NDArray[np.float64]:
    """Draw the start w_0 = [c_0, v_0].

    v_0 is drawn before c_0, so that models with another kernel, or with none
    (the linear model), get the same v_0 from the same generator.

    Parameters
    ----------
    start : str
        See `start_scale`.
    features, kernel : int
        The lengths of v and c; kernel 0 gives w = v.
    rng : numpy.random.Generator
        The stream of the start.

    Returns
    -------
    ndarray, shape (kernel + features,)
    """
    scale = start_scale(start)
    if scale == 0:
        return np.zeros(kernel + features)
    v = rng.standard_normal(features)
    c = rng.standard_normal(kernel)
    return scale * np.concatenate([c, v])
