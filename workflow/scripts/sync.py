"""Make the MLflow store agree with the records."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from gdexp.records import read_records
from gdexp.script import logged
from gdexp.tracking import create_store, sync

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    store = create_store(snakemake.params.results, snakemake.params.experiments)
    records = read_records(snakemake.input.records)
    done = sync(store, records, snakemake.params.config_digest)
    Path(snakemake.output[0]).write_text(json.dumps(asdict(done)) + "\n")
