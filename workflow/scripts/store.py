"""Create the MLflow store."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from gdexp.script import logged
from gdexp.tracking import create_store

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    store = create_store(snakemake.params.results, snakemake.params.experiments)
    Path(snakemake.output[0]).write_text(json.dumps(store.experiments) + "\n")
