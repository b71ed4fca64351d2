"""Run suites and write results.csv: ``python -m benchmarks [SUITE ...]``."""

import importlib
import sys
from pathlib import Path

from benchmarks.measure import write

SUITES = (
    "loops",
    "before",
    "networks",
    "memory",
    "tracking",
    "upload",
    "images",
    "status",
    "cells",
    "pipeline",
)


def main() -> None:
    """Run the suites named on the command line, all if none is."""
    for name in sys.argv[1:] or SUITES:
        suite = importlib.import_module(f"benchmarks.{name}")
        for figure in suite.figures():
            write(Path(__file__).parent / "results.csv", [figure])
            row = figure.row()
            print(
                f"{row['name']} | {row['peer']}: {row['ratio_median']} times"
                f" [{row['ratio_min']}, {row['ratio_max']}], target {row['target']},"
                f" {row['ours_median']} against {row['peer_median']} {row['unit']}",
                flush=True,
            )


main()
