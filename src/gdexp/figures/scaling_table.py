"""What the scaling figure draws, as rows of its table.

A model stands at ``x``, its own factor times d, beside the others.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gdexp.figures.intervals import bounded

SINGLE, FIT, GUIDES = "single run", "fit", {"slope 1": 1.0, "slope 1/2": 0.5}
FIT_COLUMNS = [
    *("experiment", "model", "dim", "x", "value", "statistic"),
    *("exponent", "exponent_low", "exponent_high"),
]


def statistic_rows(
    cells: pd.DataFrame, scaling: pd.DataFrame, place: Mapping[str, float]
) -> pd.DataFrame:
    """Return the statistic as it is drawn: not where it lies beyond the cap."""
    keys = ["model", "dim"]
    given_up = cells[cells["outcome"] != "separated"].groupby(keys)["iterations"].max()
    seen = scaling[np.isfinite(scaling["value"])].sort_values(keys)
    cap = seen[keys].merge(given_up.reset_index(), "left", on=keys)["iterations"]
    cap = np.fmax(cap.to_numpy(float), seen["value"].to_numpy())
    columns = ["experiment", *keys, "statistic", "value", "ci_low", "ci_high"]
    seen = seen[[*columns, "cells", "capped", "diverged"]]
    return bounded(seen, cap).assign(x=seen["dim"] * seen["model"].map(place))


def single_rows(cells: pd.DataFrame, place: Mapping[str, float]) -> pd.DataFrame:
    """Return the cells, strewn about the place of their model."""
    rng = np.random.default_rng(0)  # places of the points across their d, no data
    scatter = np.exp(0.7 * np.log(_ratio(place)) * rng.uniform(-0.5, 0.5, len(cells)))
    x = cells["dim"] * cells["model"].map(place) * scatter
    own = cells[["experiment", "model", "dim", "seed", "outcome"]]
    return own.assign(x=x, value=cells["iterations"], statistic=SINGLE)


def _ratio(place: Mapping[str, float]) -> float:
    """Return the factor between neighbours, or what it would be of two."""
    places = [*place.values()]
    return places[1] / places[0] if len(places) > 1 else 1.12


def fit_rows(
    points: pd.DataFrame, exponents: pd.DataFrame, place: Mapping[str, float]
) -> pd.DataFrame:
    """Return both ends of each fitted line, with the numbers of the legend."""
    rows = []
    for fit in exponents[np.isfinite(exponents["exponent"])].to_dict("records"):
        own = points[(points["model"] == fit["model"]) & (points["value"] > 0)]
        for dim in (own["dim"].min(), own["dim"].max()):
            rows.append(
                {
                    "experiment": fit["experiment"],
                    "model": fit["model"],
                    "dim": dim,
                    "x": dim * place[fit["model"]],
                    "value": np.exp(fit["intercept"]) * dim ** fit["exponent"],
                    "statistic": FIT,
                    "exponent": fit["exponent"],
                    "exponent_low": fit["ci_low"],
                    "exponent_high": fit["ci_high"],
                }
            )
    return pd.DataFrame(rows, columns=FIT_COLUMNS)


def guide_rows(points: pd.DataFrame) -> pd.DataFrame:
    """Return both ends of the lines of slope 1 above and 1/2 below the data."""
    dims = np.array([points["dim"].min(), points["dim"].max()], dtype=float)
    # each model's last point, carried on at the slope where others go further
    last = points[points["value"] > 0].drop_duplicates("model", keep="last")
    if last.empty or dims[0] == dims[1]:
        return pd.DataFrame(columns=["statistic", "dim", "x", "value"])
    left = dims[-1] / last["dim"]
    ends = {
        "slope 1": 2.2 * (last["value"] * left).max(),
        "slope 1/2": 0.3 * (last["value"] * left**0.5).min(),
    }
    return pd.concat(
        pd.DataFrame(
            {"statistic": name, "dim": dims, "x": dims, "value": end * shape**power}
        )
        for (name, power), end in zip(GUIDES.items(), ends.values(), strict=True)
        for shape in [dims / dims[-1]]
    )
