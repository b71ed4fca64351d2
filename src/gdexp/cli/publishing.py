"""``gdexp crate``: what a finished grid is given away as."""

import argparse
from pathlib import Path
from typing import Any

from gdexp.grid.grid import load

LICENSE = "https://spdx.org/licenses/MIT"


def add(known: Any) -> list[argparse.ArgumentParser]:
    """Add the commands to a parser."""
    crate: argparse.ArgumentParser = known.add_parser(
        "crate",
        help="write a finished grid as one archive that says where all is from",
        description="Write a finished grid as a Workflow Run RO-Crate: records, tables,"
        " figures, configuration and code, with what was made of what.",
        epilog="example: gdexp crate -o results.crate.zip",
    )
    crate.set_defaults(command=_crate)
    crate.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="a .zip, or a folder that is not there yet; default: RESULTS.crate.zip",
    )
    crate.add_argument(
        "--license",
        default=LICENSE,
        metavar="ADDRESS",
        help=f"the licence of the results; default: {LICENSE}",
    )
    return [crate]


def _crate(options: argparse.Namespace) -> None:
    from gdexp.work.crate import write_crate

    grid = load(options.config)
    output = options.output or Path(f"{grid.results.rstrip('/')}.crate.zip")
    number = write_crate(grid, output, options.license)
    print(f"{output}: {number:,} files and folders of {grid.results} and its code")
