"""Draw loss and accuracy along the runs of one dim."""

from typing import TYPE_CHECKING

from gdexp.figures import draw_trajectories, save
from gdexp.records import read_records
from gdexp.script import logged
from gdexp.tables import trajectories_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    table = trajectories_table(read_records(snakemake.input))
    save(
        draw_trajectories(
            table, models=snakemake.params.models, note=snakemake.params.note
        ),
        snakemake.output,
    )
