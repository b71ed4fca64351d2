"""What the explorer is told of a grid: its cells, curves, bands, fits and sources."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from gdexp.figures.style import Colour, colours, markers, ordered_colours
from gdexp.grid.command import asks_dim, command_start
from gdexp.grid.experiments import Experiment
from gdexp.grid.grid import Grid
from gdexp.grid.names import slug
from gdexp.pages.curves import bands, curve, rounded
from gdexp.records.record import Record
from gdexp.stats.statistics import STATISTICS
from gdexp.util.tables import records_of

SEEDS = 10  # runs of a point whose curves are shown one by one
CURVES = 6000  # of all points together: of larger grids, fewer seeds each
DARK = (0.086, 0.094, 0.11)  # the page behind, where the reader asks for a dark one
POINT = ("value", "ci_low", "ci_high")
FIT = ("exponent", "ci_low", "ci_high", "intercept")
CONTRAST = 3.0  # of lines and marks, as WCAG 2.2 asks
LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}


def contents(
    grid: Grid,
    records: Callable[[str], Iterable[Record]],
    scaling: pd.DataFrame,
    exponents: pd.DataFrame,
) -> dict[str, Any]:
    """Return all that the explorer shows.

    Parameters
    ----------
    grid : Grid
    records : callable
        Returns the records of an experiment, by its name.
    scaling, exponents : DataFrame
        The tables of all experiments.
    """
    seeds = seeds_shown(grid.experiments.values())
    return {
        "statistic": grid.statistic,
        "statistics": {name: each.words for name, each in STATISTICS.items()},
        "per_job": grid.cells_per_job,
        "curves": seeds,
        "experiments": [
            _experiment(
                each,
                records(name),
                scaling[scaling["experiment"] == name],
                exponents[exponents["experiment"] == name],
                seeds,
            )
            for name, each in grid.experiments.items()
        ],
    }


def seeds_shown(experiments: Iterable[Experiment]) -> int:
    """Return how many seeds of each point have their curves shown, one by one."""
    points = sum(len(each.specs) * len(each.dims) for each in experiments)
    return max(1, min(SEEDS, CURVES // max(points, 1)))


def _experiment(
    experiment: Experiment,
    records: Iterable[Record],
    scaling: pd.DataFrame,
    exponents: pd.DataFrame,
    seeds: int,
) -> dict[str, Any]:
    palette = _palette(experiment)
    shapes = markers(experiment.specs)
    found: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in records:
        found[record.cell["name"], record.cell["dim"]].append(record)
    dims = sorted(experiment.dims)
    entries = [
        {
            "name": name,
            "family": spec.model,
            "folder": f"{experiment.name}/{slug(name)}",
            "command": command_start(spec),
            "asks_dim": asks_dim(spec),
            "cap": spec.max_iterations,
            "colour": as_hex(palette[name]),
            "dark": as_hex(on_dark(palette[name])),
            "shape": shape(shapes[name]),
            "fits": _numbers(exponents[exponents["model"] == name], FIT),
            "points": [
                {
                    "dim": dim,
                    **_point(found[name, dim], seeds),
                    "statistics": _numbers(
                        scaling[(scaling["model"] == name) & (scaling["dim"] == dim)],
                        POINT,
                    ),
                }
                for dim in dims
            ],
        }
        for name, spec in experiment.specs.items()
    ]
    return {
        "name": experiment.name,
        "dataset": experiment.dataset,
        "note": experiment.note,
        "dims": dims,
        "seeds": experiment.seeds,
        "entries": entries,
    }


def _palette(experiment: Experiment) -> dict[str, Colour]:
    """Return a colour per entry: as in the figures, also where shades would repeat."""
    found = colours({name: spec.model for name, spec in experiment.specs.items()})
    if len({*found.values()}) < len(found):  # as those of many steps
        ordered = ordered_colours(range(len(found))).values()
        found = {name: x[:3] for name, x in zip(found, ordered, strict=True)}
    return found


def _point(records: Sequence[Record], seeds: int) -> dict[str, Any]:
    """Return the cells of an entry at a dim, in the order of their seeds."""
    ordered = sorted(records, key=lambda record: int(record.cell["seed"]))
    several = {}
    if len(ordered) > 1:
        several = {"bands": bands([record.trajectory for record in ordered])}
    return {
        "iterations": [record.outcome["iterations"] for record in ordered],
        "outcomes": [record.outcome["outcome"] for record in ordered],
        "certificates": [record.outcome["certificate"] for record in ordered],
        "unclear": [record.outcome["unclear"] for record in ordered],
        "runs": [curve(record.trajectory) for record in ordered[:seeds]],
        **several,
    }


def _numbers(rows: pd.DataFrame, columns: Sequence[str]) -> dict[str, list[Any]]:
    """Return numbers of each statistic of T, None where one is not finite."""
    return {row["statistic"]: _known(row, columns) for row in records_of(rows)}


def _known(row: Mapping[Any, Any], columns: Sequence[str]) -> list[Any]:
    numbers = (float(row[name]) for name in columns)
    return [rounded(x) if abs(x) < float("inf") else None for x in numbers]


def shape(marker: str) -> str:
    """Return a marker of the figures as a path of SVG, from -1 to 1.

    >>> shape("v")
    'M0 1L1 -1L-1 -1Z'
    """
    style = MarkerStyle(marker)
    turned = style.get_transform() + Affine2D().scale(2, -2)
    parts = []
    for numbers, code in style.get_path().transformed(turned).iter_segments():
        said = () if code == Path.CLOSEPOLY else numbers
        parts.append(LETTERS[code] + " ".join(f"{round(x, 3) + 0:g}" for x in said))
    return "".join(parts)


def as_hex(colour: Colour) -> str:
    """Return a colour as a browser reads it.

    >>> as_hex((0, 0.5, 1))
    '#0080ff'
    """
    return "#" + "".join(f"{round(255 * x):02x}" for x in colour)


def on_dark(colour: Colour) -> Colour:
    """Return a colour, lighter if it could not be told from a dark page."""
    r, g, b = colour
    while contrast((r, g, b), DARK) < CONTRAST:
        r, g, b = (x + (1 - x) * 0.1 for x in (r, g, b))
    return r, g, b


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2.2 defines it.

    >>> contrast((1, 1, 1), (0, 0, 0))
    21.0
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    r, g, b = (
        x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in colour
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
