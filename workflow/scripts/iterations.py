"""Draw the distribution of the iterations over seeds."""

from typing import TYPE_CHECKING

import pandas as pd

from gdexp.figures import draw_iterations, save
from gdexp.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    cells = pd.read_csv(snakemake.input.cells)
    cells = cells[cells["experiment"] == snakemake.wildcards.experiment]
    save(
        draw_iterations(
            cells, models=snakemake.params.models, note=snakemake.params.note
        ),
        snakemake.output,
    )
