"""One implicit step on one sample, as the step grows.

The new margin solves m' = m + g s(m') with the gain g = step |z|^2. With the Huber loss

    1 - m' = (1 - m) / (1 + g/2)   from m' = -1 on,   m' = m + g below,

so that the parameters tend to the passive-aggressive update,

    w + max(0, 1 - m) / |z|^2 z.

With the logistic loss the gain in margin r = m' - m solves r exp(r) = (g - r) exp(-m).
W, the inverse of x exp(x) that is Lambert's, grows, so with the r that it gives
without the last term

    W((g - W(g exp(-m))) exp(-m))  <=  r  <=  W(g exp(-m)),

and m' = log g - log r + log(1 - r/g): like log g, less its logarithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from gdexp.core.datasets import Dataset
from gdexp.core.forms.direct import Direct
from gdexp.core.losses import Loss
from gdexp.core.losses.huber import Huber
from gdexp.core.losses.logistic import Logistic
from gdexp.core.methods.implicit_sgd import ImplicitSgd
from gdexp.core.models.linear import Linear
from gdexp.core.problem import Problem
from gdexp.studies.base import Study, drawn

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Implicit(Study):
    """Settings: gains step |z|^2, the dim of the sample, and how many of them."""

    name = "implicit"
    title: ClassVar[str] = "One implicit step on one sample"
    source: ClassVar[str] = "derived; the step is that of arXiv 2303.01767"
    columns: ClassVar[Mapping[str, str]] = {
        **{"loss": "str", "seed": "int64", "gain": "float64", "margin": "float64"},
        **{"new_margin": "float64", "exact": "float64"},
        **{"low": "float64", "high": "float64", "distance": "float64"},
        "evaluations": "int64",
    }
    uses = (Linear, ImplicitSgd, Logistic, Huber)
    datasets = ("gaussian",)

    gains: tuple[float, ...] = (
        *(0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e6, 1e8),
        *(1e16, 1e32, 1e64, 1e128, 1e256),
    )
    dim: int = 16
    seeds: int = 20
    root_seed: int = 0

    def table(self) -> "pd.DataFrame":
        """Return one row per loss, gain and sample, drawn with its parameters.

        Columns: loss, seed, gain, margin (m, about N(0, 2)), new_margin (m' of the
        method), exact (m' of the equation), low, high (what it lies between, by
        Lambert's W; logistic only), distance (of the parameters from those of the
        passive-aggressive update, over 1/|z|), evaluations (of the loss, by the
        method).
        """
        import pandas as pd

        given = {"model": "linear", "algorithm": "implicit_sgd", "start": "gaussian"}
        losses: tuple[Loss, ...] = (Huber(), Logistic())
        rows = []
        for seed in range(self.seeds):
            more = {"samples": 2, "root_seed": self.root_seed}
            pair = drawn("gaussian", self.dim, seed, **more, **given)
            data = Dataset(pair.data.b[:1], pair.data.labels[:1])
            start = pair.start * np.sqrt(2 / self.dim)
            z = data.z[0]
            square = float(z @ z)
            m = float(z @ start)
            for loss in losses:
                for gain in self.gains:
                    method = ImplicitSgd(gain / square)
                    state = Direct.of(Problem(data, Linear(), method, loss, start))
                    state.update()
                    aggressive = start + max(0.0, 1 - m) / square * z
                    gap = np.linalg.norm(state.w - aggressive) * np.sqrt(square)
                    exact = _huber(m, gain)
                    low = high = np.nan
                    if loss.name == "logistic":
                        exact = _logistic(m, gain)
                        low, high = _between(m, gain)
                    rows.append(
                        {
                            "loss": loss.name,
                            "seed": seed,
                            "gain": gain,
                            "margin": m,
                            "new_margin": float(z @ state.w),
                            "exact": exact,
                            "low": low,
                            "high": high,
                            "distance": float(gap),
                            # one of these is the sample itself
                            "evaluations": state.sample_gradients - 1,
                        }
                    )
        return pd.DataFrame(rows)


def _huber(m: float, gain: float) -> float:
    """Return the new margin with the Huber loss.

    >>> _huber(0.0, 2.0), _huber(-5.0, 1.0), _huber(2.0, 100.0)
    (0.5, -4.0, 2.0)
    """
    if m >= 1 or m + gain < -1:
        return m if m >= 1 else m + gain
    return 1 - (1 - m) / (1 + gain / 2)


def _logistic(m: float, gain: float) -> float:
    """Return the new margin with the logistic loss, by Brent's method."""
    from scipy.optimize import brentq

    def excess(log_r: float) -> float:
        # log(r exp(r)) - log((g - r) exp(-m)), as its terms are moderate
        r = np.exp(log_r)
        return float(log_r + np.logaddexp(0.0, m + r) - np.log(gain))

    # r <= g, and r >= log(1 + g exp(-m)) / 2 since W(x) >= log(1 + x) / 2
    lowest = min(gain, np.logaddexp(0.0, np.log(gain) - m)) / 4
    root = brentq(excess, np.log(lowest), np.log(gain), xtol=1e-15, rtol=1e-14)
    return m + float(np.exp(root))


def _between(m: float, gain: float) -> tuple[float, float]:
    """Return what the new margin lies between with the logistic loss."""
    from scipy.special import lambertw

    with np.errstate(over="ignore"):
        above = float(lambertw(gain * np.exp(-m)).real)
        left = max(gain - above, 0.0)
        below = float(lambertw(left * np.exp(-m)).real)
    return m + below, m + above
