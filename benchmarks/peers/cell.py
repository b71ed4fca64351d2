"""Log one cell."""

from pathlib import Path
from typing import TYPE_CHECKING

from toycell import log_cell

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

cell = snakemake.wildcards
result = log_cell(".", cell.model, int(cell.dim), int(cell.seed))
Path(snakemake.output[0]).write_text(f"{result}\n")
