# The checked configuration, and what all rules share. No numerics, no heavy imports:
# every job that runs in a process of its own parses this file again.

import os
import re
import shlex
import sys
from functools import cache, partial
from pathlib import Path

from gdexp.grid.cost import mebibytes, minutes
from gdexp.util.errors import GdexpError, JobError, TrackingError
from gdexp.grid.grid import Grid
from gdexp.figures import TABLES, Quoted, experiment_table, places, summary_files
from gdexp.util.digests import code_of
from gdexp.records.stale import stale_records
from gdexp.records.status import Status
from gdexp.stats.statistics import STATISTICS
from gdexp.work import snake
from gdexp.work.images import Images
from gdexp.work.making import check_store

try:
    grid = Grid.of(config)
except GdexpError as error:
    sys.exit(f"gdexp: configuration: {error}")

# Snakemake itself would show a traceback, also where nothing is to be done.
notes = Path(".snakemake") if Path(".snakemake").exists() else Path.cwd()
if snake.starts(workflow) and not os.access(notes, os.W_OK):
    sys.exit(
        f"gdexp: cannot write to {notes.resolve()}, where Snakemake keeps its notes;"
        " 'gdexp status' reads only, for all else copy the folder to another disk"
    )

# A disk that takes no store costs the runs, not the science: what is lost is said when
# it starts, and all else goes as with tracking.mode none.
lost = ""
try:
    if grid.tracking != "none":
        lost = check_store(
            grid, tried=snake.starts(workflow) and not snake.only_shows(workflow)
        )
except TrackingError as error:
    lost = f"nothing is tracked: {error}"
    config["tracking"] = {**config.get("tracking", {}), "mode": "none"}
    grid = Grid.of(config)

# Servers are asked for files that are not there when the first job needs one.
images = Images(grid, dry=lambda: snake.only_shows(workflow))


pathvars:
    results=grid.results,


wildcard_constraints:
    experiment=r"[A-Za-z0-9_-]+",
    job=r"[A-Za-z0-9_-]+/[A-Za-z0-9._-]+/d\d+/s\d+(-\d+)?",
    figure="|".join(map(re.escape, places(grid))) or "none",
    study=r"[A-Za-z0-9_-]+",


def records(wildcards):
    """All record files, but of experiments whose images cannot be had."""
    return below(f"cells/{job.path}" for job in images.grid.jobs())


def records_of(collected):
    """The record files of an experiment."""
    return below(f"cells/{job.path}" for job in grid.jobs(collected.experiment))


def tables_of(table, wildcards, also_long=True):
    """The tables of one kind of all experiments, or of those that are quick."""
    return below(
        experiment_table(name, table)
        for name in sorted(images.grid.experiments)
        if also_long or name not in images.grid.image_experiments
    )


@cache
def drawn():
    """The figures that can be drawn, by path."""
    return places(images.grid)


# Snakemake overlooks them where its folder .snakemake is gone.
try:
    STALE = set(stale_records(grid)) if snake.starts(workflow) else set()
except GdexpError as error:  # records of an older gdexp
    sys.exit(f"gdexp: {error}")


def long_ones():
    """The experiments whose runs take minutes, if there are any besides them."""
    found = images.grid.image_experiments
    return found if len(found) < len(images.grid.experiments) else []


def judge(tables, output, log, mark=""):
    """Judge the claims by tables."""
    kinds = ("cells", "exponents", "local", "studies")
    named = {kind: list(tables.get(kind) or ()) for kind in kinds}
    workers.do("claims", log=log, mark=mark, **named, **dict(output.items()))


@snake.known
def inputs_of(cell):
    """The image files of a cell, which is made anew if they change."""
    record = f"{grid.results}/cells/{cell.job}.jsonl"
    if record in STALE:
        # records alone that are asked for; at this time, when the DAG is built:
        # without a job to run `onstart` is not called
        snake.force(workflow, record)
    return images.present(grid.experiments[job_of(cell).experiment].files)


def below(files):
    """Files as they stand below the results."""
    return [f"{grid.results}/{file}" for file in files]


def inputs_of_figure(figure):
    """The files that a figure reads, by what they are."""
    reads = drawn()[figure.figure].inputs(images.grid).items()
    return {read: below(files) for read, files in reads}


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


def job_of(cell):
    return parsed(cell.job)


@cache
def parsed(job):
    return grid.job(job)


def weight(cell):
    """How long the job of a cell may take."""
    job = job_of(cell)
    return weighed(job.experiment, job.dim, len(job.seeds))


@cache
def weighed(experiment, dim, seeds):
    return grid.experiments[experiment].weight(dim, seeds)


@cache
def text_of(experiment, name):
    """All settings of a model entry, as text."""
    return repr(grid.experiments[experiment].specs[name])


TRACKED = grid.tracking != "none"

CLAIMS = ["<results>/claims.md", "<results>/tables/claims.csv"]
PAGES = expand("<results>/report/{page}.html", page=["exponents", "claims", "setup"])


def figures(wildcards):
    return below(file for place in drawn().values() for file in place.files)


def summaries(wildcards):
    names = images.grid.experiments if TRACKED else ()
    return below(f"tracking/summary/{name}.json" for name in names)
