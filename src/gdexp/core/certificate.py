"""Certificates: whether parameters separate samples, with certainty.

The samples and labels are seen as they are, whatever form the run had. First the
margins in float64 with a bound on their rounding; where that does not decide, exactly.
"""

import math

import numpy as np

from gdexp.core.arithmetic import lengths, log2_scale
from gdexp.core.models.base import is_certain
from gdexp.core.outcome import Array, Certificate
from gdexp.core.problem import Problem

BLOCK = 1 << 22  # numbers of the samples that are looked at together


def certificate(problem: Problem, w: Array) -> Certificate | None:
    """Return the certificate that w separates the samples; None if it does not.

    Parameters
    ----------
    problem : Problem
        Its samples, labels and model.
    w : ndarray, shape (p,)
        The parameters.

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="c1", model="linear", algorithm="gd", step=1,
    ...             max_iterations=9)
    >>> certificate(spec.problem(2, 0), np.array([3.0, -1.0])).kind
    'bound'
    """
    model, data = problem.model, problem.data
    scaled = _moderate(w) if is_certain(model) else w
    rows = max(1, BLOCK // data.samples.shape[1])
    ratio, kind = math.inf, "bound"
    for first in range(0, len(data.labels), rows):
        part = slice(first, first + rows)
        y = data.labels[part]
        if not is_certain(model):
            if not (model.margins(data.b[part], y, w) > 0).all():
                return None
            ratio, kind = math.nan, "computed"
            continue
        # without the unit of bytes, which is positive and would round
        b = data.samples[part].astype(np.float64) if model.linear_in_b else data.b[part]
        margins, bounds = model.margins(b, y, scaled), model.limits(lengths(b), scaled)
        unclear = ~(margins > bounds)
        if (margins < -bounds).any() or not np.isfinite(margins).all():
            return None
        if unclear.any():
            kind = "exact"
            exact = zip(y[unclear], model.exact(b[unclear], w), strict=True)
            if any(label * value <= 0 for label, value in exact):
                return None
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = min(ratio, float(np.fmin.reduce(margins / bounds)))
    return Certificate(kind, ratio)  # type: ignore[arg-type]


def _moderate(w: Array) -> Array:
    """Return w as long as 1, the same but for a power of two, if that can be."""
    bits = log2_scale(w)
    scaled = np.ldexp(w, -bits)
    return scaled if np.array_equal(np.ldexp(scaled, bits), w) else w
