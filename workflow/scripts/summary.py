"""Log the summary run of an experiment."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gdexp.script import logged
from gdexp.tracking import Store, log_summary

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    experiment = snakemake.wildcards.experiment
    exponents = pd.read_csv(snakemake.input.exponents)
    run_id = log_summary(
        Store.open(snakemake.params.results, [experiment]),
        experiment,
        exponents[exponents["experiment"] == experiment],
        [Path(file) for file in snakemake.input.files],
        snakemake.params.config_digest,
    )
    Path(snakemake.output[0]).write_text(json.dumps({"run_id": run_id}) + "\n")
