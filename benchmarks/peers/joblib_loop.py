"""A plain joblib loop: ``python joblib_loop.py FOLDER SEEDS``."""

import csv
import itertools
import sys
from pathlib import Path

from joblib import Parallel, delayed
from toycell import DIMS, MODELS, create_store, log_cell

folder, seeds = sys.argv[1], int(sys.argv[2])
create_store(folder)
cells = list(itertools.product(MODELS, DIMS, range(seeds)))
results = Parallel(n_jobs=2)(delayed(log_cell)(folder, *cell) for cell in cells)
with Path(folder, "results.csv").open("w") as file:
    rows = zip(cells, results, strict=True)
    csv.writer(file).writerows([*cell, result] for cell, result in rows)
