"""Certificates: whether parameters separate samples, with certainty.

The samples are seen as they are, y_i b_i, whatever form the run had. First the margins
in float64 with a bound on their rounding; where that does not decide, exactly.
"""

import math

import numpy as np

from gdexp.arithmetic import log2_scale
from gdexp.descent.outcome import Array, Certificate
from gdexp.descent.problem import Problem
from gdexp.models.base import Certain

BLOCK = 1 << 22  # numbers of the samples that are looked at together


def certificate(problem: Problem, w: Array) -> Certificate | None:
    """Return the certificate that w separates the samples; None if it does not.

    Parameters
    ----------
    problem : Problem
        Its samples and its model.
    w : ndarray, shape (p,)
        The parameters.

    Examples
    --------
    >>> from gdexp import Spec
    >>> spec = Spec(dataset="c1", model="linear", algorithm="gd", step=1,
    ...             start="zero", max_iterations=9)
    >>> certificate(spec.problem(2, 0), np.array([3.0, -1.0])).kind
    'bound'
    """
    model, data = problem.model, problem.data
    if isinstance(model, Certain) and np.abs(w).max(initial=0.0) < 2.0**-100:
        w = np.ldexp(w, -log2_scale(w))  # exact, and nothing underflows
    rows = max(1, BLOCK // data.samples.shape[1])
    ratio, kind = math.inf, "bound"
    for first in range(0, len(data.labels), rows):
        part = slice(first, first + rows)
        # without the unit of bytes, which is positive and would round
        z = data.labels[part, None] * data.samples[part]
        margins = model.margins(z, w)
        if not isinstance(model, Certain):
            if not (margins > 0).all():
                return None
            ratio, kind = math.nan, "computed"
            continue
        bounds = model.margin_bound(z, w)
        unclear = ~(margins > bounds)
        if (margins < -bounds).any() or not np.isfinite(margins).all():
            return None
        if unclear.any():
            kind = "exact"
            if min(model.exact_margins(z[unclear], w)) <= 0:
                return None
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = min(ratio, float(np.fmin.reduce(margins / bounds)))
    return Certificate(kind, ratio)  # type: ignore[arg-type]
