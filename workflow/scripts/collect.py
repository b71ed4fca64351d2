"""Collect the records into one row per cell."""

from typing import TYPE_CHECKING

from gdexp.records import read_records
from gdexp.script import logged
from gdexp.tables import cells_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    write_table(cells_table(read_records(snakemake.input)), snakemake.output[0])
