# The checked configuration, and what all rules share. No numerics, no heavy imports:
# every job that runs in a process of its own parses this file again.

import sys

from gdexp.errors import GdexpError
from gdexp.grid import Grid
from gdexp.provenance import digest

try:
    grid = Grid.of(config)
except GdexpError as error:
    sys.exit(f"gdexp: configuration: {error}")


pathvars:
    results=grid.results,


wildcard_constraints:
    experiment=r"[A-Za-z0-9_-]+",
    model=r"[A-Za-z0-9_-]+",
    dim=r"\d+",
    seeds=r"\d+(-\d+)?",


def records(experiment=None, dim=None):
    """Record files of the grid, of an experiment, or of one of its dims."""
    chosen = grid.jobs_of(experiment, dim) if experiment else grid.jobs()
    return [f"<results>/cells/{job.path}" for job in chosen]


def per_experiment(pattern):
    return [pattern.format(experiment=name) for name in grid.experiments]


TRACKED = grid.tracking != "none"

TABLES = expand("<results>/tables/{table}.csv", table=["cells", "scaling", "exponents"])
FIGURES = expand(
    "<results>/figures/{experiment}/{figure}.{format}",
    experiment=grid.experiments,
    figure=["scaling", "trajectories", "iterations"],
    format=["png", "pdf"],
)
TRACKING = (
    per_experiment("<results>/tracking/summary/{experiment}.json") if TRACKED else []
)
