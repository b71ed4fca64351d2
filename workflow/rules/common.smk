# The checked configuration, and what all rules share. No numerics, no heavy imports:
# every job that runs in a process of its own parses this file again.

import atexit
import gc
import os
import re
import shlex
import sys
from functools import cache
from pathlib import Path

from gdexp.grid.cost import mebibytes, minutes
from gdexp.tracking import needs
from gdexp.util.errors import GdexpError, TrackingError
from gdexp.grid.grid import Grid
from gdexp.util.files import absent, write_json
from gdexp.figures import TABLES, Quoted, places
from gdexp.records.stale import Survey
from gdexp.records.status import Status
from gdexp.work import snake
from gdexp.work.collecting import collect
from gdexp.work.images import Images
from gdexp.work.making import check_store
from gdexp.work.notes import Notes
from gdexp.work.products import ASKED, CLAIMS, INDEX, products
from gdexp.work.progress import say

# Python would look at all that Snakemake knows once more before it ends.
atexit.register(gc.freeze)

try:
    grid = Grid.of(config)
    places(grid)
except GdexpError as error:
    sys.exit(f"gdexp: configuration: {error}")

# Snakemake itself would show a traceback, also where nothing is to be done.
notes = Path(".snakemake") if Path(".snakemake").exists() else Path.cwd()
if snake.starts(workflow) and not os.access(notes, os.W_OK):
    sys.exit(
        f"gdexp: cannot write to {notes.resolve()}, where Snakemake keeps its notes;"
        " 'gdexp status' reads only, for all else copy the folder to another disk"
    )

if not (absent(Path(grid.results)) or os.access(f"{grid.results}/.", os.R_OK)):
    sys.exit(f"gdexp: the results folder {grid.results} may not be looked into")

# A disk that takes no store costs the runs, not the science: what is lost is said when
# it starts, and all else goes as with tracking.mode none.
lost = ""
try:
    if grid.tracking != "none":
        lost = check_store(grid, tried=snake.starts(workflow))
except TrackingError as error:
    lost = f"nothing is tracked: {error}"
    config["tracking"] = {**config.get("tracking", {}), "mode": "none"}
    grid = Grid.of(config)

# Servers are asked for files that are not there when the first job needs one.
images = Images(grid, dry=lambda: snake.only_shows(workflow))

# What is to be made says gdexp itself, by digests: Snakemake's memory is its folder
# .snakemake, and it compares times of files.
try:
    survey = Survey.of(grid) if snake.starts(workflow) else Survey([], [], {})
except GdexpError as error:  # records of an older gdexp
    sys.exit(f"gdexp: {error}")
STALE = {job.text for job in survey.stale}
OPEN = {f"cells/{job.path}" for job in (*survey.absent, *survey.stale)}
NOTES = Notes(grid.results, survey.contents)


pathvars:
    results=grid.results,


wildcard_constraints:
    experiment=r"[A-Za-z0-9_-]+",
    job=r"[A-Za-z0-9_-]+/[A-Za-z0-9._-]+/d\d+/s\d+(-\d+)?",
    figure="|".join(map(re.escape, places(grid))) or "none",
    study=r"[A-Za-z0-9_-]+",


def to_make(files):
    """Files without the records that are good.

    Snakemake takes a millisecond for each job that it knows, to see that it is done. It
    knows them all where the command line chooses or forces some.
    """
    few = snake.is_plain(workflow)
    return [
        file
        for file in files
        if not (few and file.startswith("cells/")) or file in OPEN
    ]


@cache
def all_products():
    """All that is made of records, but of experiments whose images cannot be had."""
    return {(each.rule, each.name): each for each in products(images.grid)}


def product_of(rule, wildcards):
    return all_products()[rule, next(iter(wildcards), "")]


def inputs_of(rule):
    """The files that a product reads, by what they are."""

    def inputs(wildcards):
        product = product_of(rule, wildcards)
        if snake.starts(workflow) and NOTES.stale(product):
            # now, when the DAG is built: without a job to run `onstart` is not called
            snake.force(workflow, f"{grid.results}/{product.outputs[0]}")
        reads = product.inputs.items()
        return {read: below(to_make(files)) for read, files in reads}

    return inputs


def files_of(rule, wildcards):
    """All files that a product reads, by what they are."""
    reads = product_of(rule, wildcards).inputs.items()
    return {read: below(files) for read, files in reads}


def making(rule, wildcards):
    return Notes(grid.results).making(product_of(rule, wildcards))


def linked(rule, wildcards):
    """The files beside a product that are of what there is now."""
    return Notes(grid.results).linked(product_of(rule, wildcards))


def make(rule, wildcards, log, **arguments):
    """Have a worker make a product, and note of what."""
    with making(rule, wildcards):
        workers.do(rule, log=log[0], **arguments)


def start_workers():
    """Let them import, while Snakemake looks at all jobs and their cores are idle."""
    lacking = min(len(survey.absent), snake.cores(workflow))
    if lacking and snake.starts(workflow) and not snake.only_shows(workflow):
        imports = ["gdexp.core.forms._loop", needs(grid.tracking_uri, grid.writer)]
        imports += ["gdexp.records.tables", "gdexp.figures.style"]
        imports += ["matplotlib.backends.backend_pdf"]
        workers.start(lacking, imports, also_mlflow=grid.tracking == "inline")


def make_table(wildcards, log, output):
    """Have the table of the cells of an experiment made."""
    files = files_of("table", wildcards)["records"]
    with making("table", wildcards):
        cores = snake.cores(workflow)
        where = wildcards.experiment, files, output
        collect(workers, grid, *where, log=log, cores=cores)


def judge_so_far(tables, output, log):
    """Judge the claims by what is quick, for who waits for runs on images."""
    mark = f"SO FAR, without {', '.join(long_ones())}"
    with making("claims_so_far", {}):
        workers.do("claims", log=log, mark=mark, **judged(tables, output))
    say(f"verdicts so far: {output.page}")


def synchronise(wildcards, log, output):
    """Make the store agree with the records."""
    files = files_of("sync", wildcards)["records"]
    with making("sync", wildcards):
        write_json(store.upload(files, log=log, cores=snake.cores(workflow)), output)


def images_of_study(study):
    return images.coming(grid.studies[study.study].files)


@snake.known
def images_of(cell):
    """The image files of a cell that are to come. Their age does not count."""
    if cell.job in STALE:
        snake.force(workflow, f"{grid.results}/cells/{cell.job}.jsonl")
    return ancient(images.coming(grid.experiments[job_of(cell).experiment].files))


def long_ones():
    """The experiments whose runs take minutes, if there are any besides them."""
    found = images.grid.image_experiments
    return found if len(found) < len(images.grid.experiments) else []


def judged(tables, output):
    """The tables that claims are judged by, and where the verdicts go."""
    kinds = ("cells", "exponents", "local", "studies")
    return {kind: list(tables.get(kind) or ()) for kind in kinds} | dict(output.items())


def below(files):
    """Files as they stand below the results."""
    return [f"{grid.results}/{file}" for file in files]


def say_end(jobs, failed=False):
    """One line at the end of a run: what came of it, where to look, how to go on."""
    status = Status.of(grid, jobs)
    ends = status.ends if jobs else "no cell had to be computed"
    page = Path(grid.results, INDEX[0])
    look = f"see {page}" if page.exists() else f"see {grid.results}"
    if failed or status.untracked:
        look = f"logs in {grid.results}/logs"
    resume = f"; to go on: snakemake {shlex.join(sys.argv[1:])}" if failed else ""
    say(f"{ends}; {look}{resume}")


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


def everything(wildcards):
    """All that is made, but of experiments whose images cannot be had."""
    start_workers()  # Snakemake asks this first of all
    made = (each for each in all_products().values() if each.rule not in ASKED)
    return below(file for each in made for file in each.outputs)
