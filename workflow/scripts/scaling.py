"""Draw iterations against d."""

from typing import TYPE_CHECKING

import pandas as pd

from gdexp.figures import draw_scaling, save
from gdexp.script import logged

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    tables = [
        table[table["experiment"] == snakemake.wildcards.experiment]
        for table in map(pd.read_csv, snakemake.input)
    ]
    figure = draw_scaling(
        *tables,
        models=snakemake.params.models,
        statistic=snakemake.params.statistic,
        note=snakemake.params.note,
    )
    save(figure, snakemake.output)
