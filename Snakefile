# gdexp: grid -> tracked cells -> exponents -> figures.
#
#   snakemake --cores N                              the paper grid of config.yaml
#   snakemake --cores N --configfile my.yaml         another configuration instead
#   snakemake --cores N --config cells_per_job=50    one key of it changed

import os
import sys

# What lies in the working folder, or here, is no module: not of this process, before
# whose modules Snakemake puts this folder, nor of those that it starts, on a cluster too.
sys.path[:] = (path for path in sys.path if path != workflow.basedir)
os.environ.update(PYTHONSAFEPATH="1")

from snakemake.utils import min_version, update_config

from gdexp.grid.config import read
from gdexp.util.errors import ConfigError
from gdexp.util.screen import settle_streams
from gdexp.grid.plain import values
from gdexp.work import snake

min_version("9.20")
settle_streams()  # before any file could be in the place of one that is closed

# a configuration given on the command line stands in for config.yaml: merging the
# two would run the experiments of both
FILES = snake.config_files(workflow, "config.yaml", named="experiments" in config)

# Not with `configfile:`, which runs the templates in a file that asks for it and lets
# the second of two equal keys win. Snakemake has read what the command line names, as
# YAML 1.1, where a name may become a number: it is read again.
try:
    plain = {}
    for name in FILES:
        update_config(plain, read(name))
    name = "--config"
    for key, value in snake.config_values(workflow).items():
        name = f"--config {key}"  # the value may be an address with a password
        update_config(plain, {key: values(value)})  # what the command line says wins
except ConfigError as error:
    sys.exit(f"gdexp: configuration: {name}: {error}")
config.clear()
config.update(plain)


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/cells.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/studies.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/tracking.smk"


# On a cluster these stay where snakemake runs: seconds each, and they read what many
# jobs have written, or talk to the store. Cells and studies are what is submitted.
localrules:
    all,
    table,
    exponents,
    collect,
    figure,
    claims_so_far,
    claims,
    pages,
    index,
    sync,
    summary,


rule all:
    input:
        everything,
