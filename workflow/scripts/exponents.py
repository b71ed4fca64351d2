"""Fit the scaling exponents."""

from typing import TYPE_CHECKING

import pandas as pd

from gdexp.scaling import Scaling
from gdexp.script import logged
from gdexp.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with logged(snakemake.log[0]):
    fit = Scaling(root_seed=snakemake.params.root_seed)
    scaling, exponents = fit(pd.read_csv(snakemake.input[0]))
    write_table(scaling, snakemake.output.scaling)
    write_table(exponents, snakemake.output.exponents)
