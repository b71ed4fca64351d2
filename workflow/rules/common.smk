# The checked configuration, and what all rules share. No numerics, no heavy imports:
# every job that runs in a process of its own parses this file again.

import re
import shlex
import sys
from pathlib import Path

from gdexp.grid.cost import mebibytes, minutes
from gdexp.core.datasets.download import archives_of, download, reachable
from gdexp.util.errors import DataError, GdexpError, JobError
from gdexp.grid.grid import Grid
from gdexp.figures import Quoted, places, summary_files
from gdexp.util.digests import code_of
from gdexp.records.stale import stale_records
from gdexp.records.status import Status
from gdexp.stats.statistics import STATISTICS

try:
    grid = Grid.of(config)
except GdexpError as error:
    sys.exit(f"gdexp: configuration: {error}")

# Image files that are not there are downloaded if their servers answer. What needs any
# of the others is left out, the rest is computed, and this says so.
MISSING = {file: file.relative_to(grid.data).as_posix() for file in grid.files}
MISSING = {file: name for file, name in MISSING.items() if not file.exists()}
ARCHIVES = reachable(archives_of(list(MISSING.values())))
COMING = {file for file, name in MISSING.items() if archives_of([name], ARCHIVES)}
LOST = {file: name for file, name in MISSING.items() if file not in COMING}
if LOST:
    whole, grid = grid, grid.without(LOST)
    lost = sorted(set(whole.image_sets) - set(grid.image_sets))
    figures = [f"figures/images/{name}" for name in lost]
    figures += [
        f"images in study {name}"
        for name, study in grid.studies.items()
        if not LOST.keys().isdisjoint(study.files)
    ]
    print(
        f"gdexp: left out for want of image files: {', '.join(figures)}; connect"
        f" to a network, or set 'data' to a folder that has {min(LOST.values())} and the"
        " like",
        file=sys.stderr,
    )


PLACES = places(grid)  # figures, by path


pathvars:
    results=grid.results,


wildcard_constraints:
    experiment=r"[A-Za-z0-9_-]+",
    job=r"[A-Za-z0-9_-]+/[A-Za-z0-9._-]+/d\d+/s\d+(-\d+)?",
    figure="|".join(map(re.escape, PLACES)) or "none",
    study=r"[A-Za-z0-9_-]+",


def records(experiment="", dim=None):
    """Record files of the grid, of an experiment, or of one of its dims."""
    chosen = grid.jobs(experiment, dim)
    return [f"<results>/cells/{job.path}" for job in chosen]


def present(files):
    """Image files as input: changed images make their cells anew."""
    # those that are to be downloaded too, by name, and none that will never come
    return [str(file) for file in files if file not in LOST]


# Snakemake overlooks them where its folder .snakemake is gone.
try:
    STALE = set(stale_records(grid)) if workflow.is_main_process else set()
except GdexpError as error:  # records of an older gdexp
    sys.exit(f"gdexp: {error}")


def inputs_of(cell):
    """The image files of a cell. Its job is run if its record is stale."""
    record = f"{grid.results}/cells/{cell.job}.jsonl"
    if record in STALE:
        # like --forcerun, of the cells alone that are asked for; at this time, when the
        # DAG is built: without a job to run `onstart` is not called
        workflow.dag.forcefiles.add(record)
    return present(grid.experiments[job_of(cell).experiment].files)


def per_experiment(pattern):
    return [pattern.format(experiment=name) for name in grid.experiments]


def below(files):
    """Files as they stand below the results."""
    return [f"{grid.results}/{file}" for file in files]


def inputs_of_figure(figure):
    return PLACES[figure.figure].inputs(grid)


def say_end(jobs, failed=False):
    """One line at the end of a run: what came of it, where to look, how to go on."""
    status = Status.of(grid, jobs)
    ends = status.ends if jobs else "no cell had to be computed"
    page = Path(grid.results, "claims.md")
    look = f"see {page}" if page.exists() else f"see {grid.results}"
    if failed or status.untracked:
        look = f"logs in {grid.results}/logs"
    resume = f"; to go on: snakemake {shlex.join(sys.argv[1:])}" if failed else ""
    print(f"gdexp: {ends}; {look}{resume}", file=sys.stderr)


def spec_of(cell):
    job = job_of(cell)
    return grid.experiments[job.experiment].specs[job.name]


def cores():
    """Cores of this machine to use; on a cluster, of the one that submits."""
    settings = workflow.resource_settings
    return settings.cores or settings.local_cores or 1


def job_of(cell):
    return grid.job(cell.job)


def weight(cell):
    """How long the job of a cell may take."""
    job = job_of(cell)
    return grid.experiments[job.experiment].weight(job.dim, len(job.seeds))


TRACKED = grid.tracking != "none"

TABLES = expand("<results>/tables/{table}.csv", table=["cells", "scaling", "exponents"])
FIGURES = below(file for place in PLACES.values() for file in place.files)
CLAIMS = ["<results>/claims.md", "<results>/tables/claims.csv"]
PAGES = expand("<results>/report/{page}.html", page=["exponents", "claims", "setup"])
TRACKING = (
    per_experiment("<results>/tracking/summary/{experiment}.json") if TRACKED else []
)
