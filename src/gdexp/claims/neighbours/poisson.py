"""A wide two-layer network on Poisson's equation, arXiv 2508.21571 and 2303.01767.

The source's theorem: stochastic gradient descent on the residuals of a network with the
scale 1/sqrt(width) converges linearly with high probability, since Gram matrices stay
positive definite. The rate and the exponents below follow for the network that is
linear in its parameters, see `gdexp.studies.poisson`.
"""

import math

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError
from gdexp.claims.verdict import Claim, Finding, Judge, both, within
from gdexp.stats.intervals import median_interval
from gdexp.stats.seeds import with_interval

AT_LEAST = (1.0, math.inf)
ROOT = (-0.6, -0.4)


def rate(evidence: Evidence) -> Finding:
    """At each width the loss falls at least as fast as lambda_min says."""
    runs = _runs(evidence)
    findings = []
    for width, own in runs.groupby("width"):
        ratios = (own["rate"] / own["predicted"]).to_numpy()
        middle, low, high = median_interval(ratios)
        number = with_interval(middle, low, high)
        text = f"m = {width}: {number} of the predicted rate, least {ratios.min():.2f}"
        findings.append(within(low, high, AT_LEAST, text, len(own)))
    return both(*findings)


def drift(column: str) -> Judge:
    """Return the judge of a relative drift: it falls by width^(-1/2)."""

    def judge(evidence: Evidence) -> Finding:
        runs = _runs(evidence)
        if runs["width"].nunique() < 2:
            raise MissingError("the study 'poisson' has one width: no exponent")
        of = runs.pivot_table(index="width", columns="seed", values=column)
        slopes = np.polyfit(np.log(of.index), np.log(of.to_numpy()), 1)[0]
        middle, low, high = median_interval(slopes)
        ends = of.median(axis=1)
        text = f"exponent {with_interval(middle, low, high)}"
        text += f", from {ends.iloc[0]:.2g} at m = {of.index[0]}"
        text += f" to {ends.iloc[-1]:.2g} at m = {of.index[-1]}"
        return within(low, high, ROOT, text, of.shape[1])

    return judge


def _runs(evidence: Evidence) -> pd.DataFrame:
    return evidence.study("poisson").groupby(["width", "seed"]).last().reset_index()


CLAIMS = (
    Claim(
        "poisson-rate",
        "sgd on the residuals of a wide network converges linearly, at least at the"
        " rate step lambda_min of the Gram matrix at the start",
        "arXiv 2508.21571; rate derived for lazy training; equation and start ours",
        "the median over starts of measured over predicted rate is at least 1 at each"
        " width",
        rate,
    ),
    Claim(
        "poisson-drift",
        "the wider the network, the less it moves: the parameters drift by"
        " width^(-1/2), relative to their norm",
        "derived for lazy training",
        "exponent in [-0.6, -0.4]",
        drift("drift"),
    ),
    Claim(
        "poisson-gram",
        "so does the Gram matrix",
        "ours: the bound in such theorems, taken for the rate",
        "exponent in [-0.6, -0.4]",
        drift("gram_drift"),
    ),
)
