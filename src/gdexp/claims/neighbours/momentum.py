"""Momentum: rates in the lazy regime, and T on separable data (arXiv 2010.13165).

Its abstract says that heavy ball takes the square loss of a wide network to its
minimum linearly, and that Nesterov's method may do so sublinearly only; both by the
ordinary differential equation of the step 0. The rates of the discrete methods are
derived in `gdexp.studies.momentum_rates`.

On two_point with the logistic loss from 0, v_1 has settled where it does not move any
more, and with u = v_2 / (2 sqrt d) and s = sigmoid(-m) what is left is

    sigma(-(u + v_1/2)) = 2 sigma(v_1 - u),    force f(u) = (s_1 + s_2) / 2,

from f = 0.4525 at u = 0 to 3/8 at u = 0.3662, where the first sample is right. Gradient
descent of step 1 follows du/dt = f / (4 d), so that T = 4 d int du / f = 3.5503 d. A
heavy ball has a step of 1 / (1 - momentum): T is (1 - momentum) of that. Nesterov's
method follows u'' + 3 u' / t = f / (4 d), so that T = 5.2451 sqrt(d).
"""

import numpy as np
import pandas as pd

from gdexp.claims.evidence import Evidence, MissingError
from gdexp.claims.verdict import Claim, Finding, Judge, both, equal, within
from gdexp.stats.intervals import mean_of, ratio_of_means
from gdexp.stats.seeds import times_of
from gdexp.stats.slopes import WINDOW, slope

SOURCE = "arXiv 2010.13165 (abstract)"
EXPERIMENT = "momentum-two-point"
GD, NAG = 3.550275, 5.245132  # T / d and T / sqrt(d)


def rates(*cases: str) -> Judge:
    """Return the judge of rates over the derived ones, at the largest width."""

    def judge(evidence: Evidence) -> Finding:
        runs = _runs(evidence)
        wide = runs[runs["width"] == runs["width"].max()]
        findings = []
        for case, own in wide.groupby("case"):
            # at the small step a power of t is fitted, which is no rate
            if str(case).startswith(cases) and case != "nag small":
                ratio = mean_of((own["rate"] / own["radius"]).tolist())
                text = f"{case}, width {own['width'].iloc[0]}: {ratio} of"
                text += f" {own['radius'].mean():.4f} per iteration"
                seeds = len(own)
                findings.append(within(*ratio[1:], (0.9, 1.1), text, seeds))
        return both(*findings)

    return judge


def power(evidence: Evidence) -> Finding:
    """Judge the power of t with which Nesterov's loss falls at a small step."""
    runs = _runs(evidence)
    own = runs[runs["case"] == "nag small"]
    found, law = mean_of(own["rate"].tolist()), mean_of(own["rate_law"].tolist())
    text = f"loss as t^-p, p = {found}; the kernel's quadratic {law}"
    return within(*found[1:], (2.7, 3.3), text, len(own))


def width(evidence: Evidence) -> Finding:
    """Judge whether the rate comes closer to that of the kernel with the width."""
    runs = _runs(evidence)
    own = runs[runs["case"] == "gd"]
    off = own.assign(off=(own["rate"] / own["rate_law"] - 1).abs())
    wide = off.pivot(index="seed", columns="width", values="off")
    if wide.shape[1] < 2:
        raise MissingError("the study 'momentum_rates' has fewer than two widths of gd")
    text = ", ".join(f"{mean_of(x.tolist())} at width {m}" for m, x in wide.items())
    # of the means: seeds are drawn with all their widths
    share = ratio_of_means(wide.iloc[:, -1].tolist(), wide.iloc[:, 0].tolist())
    text = f"relative error of the rate of gd: {text}; the last over the first {share}"
    return within(*share[1:], (0.0, 0.5), text, len(wide))


def interpolates(evidence: Evidence) -> Finding:
    """Judge the loss at the cap."""
    cells = evidence.cells
    own = cells[cells["experiment"] == "momentum-lazy"]
    if own.empty:
        raise MissingError("no experiment 'momentum-lazy' in the configuration")
    # no number where a run diverged
    finite = own.assign(final_loss=own["final_loss"].fillna(np.inf))
    worst = finite.groupby("model", sort=False)["final_loss"].max()
    text = ", ".join(f"{name} {x:.0e}" for name, x in worst.items())
    return equal(
        bool((worst < 1e-6).all()), f"largest final loss: {text}", "a loss above 1e-6"
    )


def separation(evidence: Evidence) -> Finding:
    """Judge slopes and constants of T on two_point, where all is deterministic."""
    cells = evidence.cells
    cells = cells[cells["experiment"] == EXPERIMENT]
    findings = []
    for method, law, unit in (
        ("gd", 1.0, GD),
        ("heavy_ball", 1.0, GD),
        ("nag", 0.5, NAG),
    ):
        own = cells[cells["algorithm"] == method].sort_values("dim")
        if own.empty:
            raise MissingError(f"no {method} in an experiment {EXPERIMENT!r}")
        if method == "heavy_ball":
            unit *= 1 - float(own["momentum"].iloc[-1])
        dims, times = own["dim"].to_numpy(float), times_of(own)
        last = dims * WINDOW >= dims[-1]
        found = float(slope(np.log(dims[last]), np.log(times[last])))
        share = times[-1] / (unit * dims[-1] ** law)
        findings.append(
            equal(
                abs(found - law) <= 0.03 and abs(share - 1) <= 0.02,
                f"{method}: slope {found:.3f}, {share:.4f} of {unit:.4g} d^{law:g} at"
                f" d = {own['dim'].iloc[-1]}",
                f"{method}: the slope is not {law:g} within 0.03, or the constant not"
                f" {unit:.4g} within 2 %",
            )
        )
    return both(*findings)


def _runs(evidence: Evidence) -> pd.DataFrame:
    """Return a row per run of the study."""
    table = evidence.study("momentum_rates")
    return table.groupby(["case", "width", "seed"]).first().reset_index()


CLAIMS = (
    Claim(
        "momentum-heavy-ball",
        "heavy ball takes the square loss of a wide two-layer network down linearly,"
        " as gradient descent does",
        f"{SOURCE}; rates derived from the kernel at the start",
        "rate / derived rate in [0.9, 1.1], the interval over seeds, at the largest"
        " width",
        rates("heavy ball", "gd"),
    ),
    Claim(
        "momentum-nag-sublinear",
        "Nesterov's method may do so sublinearly only: while t step lambda is small the"
        " loss falls as t^-3",
        f"{SOURCE}; power derived",
        "power in [2.7, 3.3], the interval over seeds",
        power,
    ),
    Claim(
        "momentum-nag-half",
        "with a step > 0 Nesterov's method is linear after all, at half the rate of"
        " gradient descent",
        "derived, ours",
        "rate of t^3 loss / derived rate in [0.9, 1.1], the interval over seeds",
        rates("nag"),
    ),
    Claim(
        "momentum-width",
        "the rate tends to that of the kernel at the start as the width grows",
        f"{SOURCE}: kernel regime; an error of 1 / sqrt(width) is ours",
        "the mean error of gradient descent's rate at least halves from the smallest to"
        " the largest width, the interval over seeds",
        width,
    ),
    Claim(
        "momentum-interpolates",
        "gradient descent, heavy ball and Nesterov all interpolate in the lazy regime",
        SOURCE,
        "final loss below 1e-6 after 300 iterations in every run (ours)",
        interpolates,
    ),
    Claim(
        "momentum-separation",
        "on separable data Nesterov's method needs sqrt(d) iterations, a heavy ball as"
        " gradient descent d, with 1 - momentum of its constant",
        "derived, ours",
        "slopes 1, 1, 1/2 within 0.03 over the last four octaves, and 3.5503 d,"
        " (1 - momentum) of that and 5.2451 sqrt(d) within 2 % at the largest d",
        separation,
    ),
)
