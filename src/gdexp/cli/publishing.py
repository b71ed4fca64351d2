"""``gdexp crate``, ``latex``, ``report``: what a finished grid is given away as."""

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from gdexp.grid.grid import load
from gdexp.util.files import whole

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
    latex: argparse.ArgumentParser = known.add_parser(
        "latex",
        help="write exponents and claims as tables in LaTeX",
        description="Write the exponents and the claims as tables in LaTeX,"
        " exponents.tex and claims.tex, for \\input; they need booktabs, longtable and"
        " array.",
        epilog="example: gdexp latex -o paper/tables",
    )
    latex.set_defaults(command=_latex)
    latex.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where they go; default: RESULTS/tables",
    )
    report: argparse.ArgumentParser = known.add_parser(
        "report",
        help="write Snakemake's report of a finished grid: one page with all figures",
        epilog="example: gdexp report --config config.yaml",
    )
    report.set_defaults(command=_report)
    return [crate, latex, report]


def _crate(options: argparse.Namespace) -> None:
    from gdexp.work.crate import write_crate

    grid = load(options.config)
    output = options.output or Path(f"{grid.results.rstrip('/')}.crate.zip")
    number = write_crate(grid, output, options.license)
    print(f"{output}: {number:,} files and folders of {grid.results} and its code")


def _latex(options: argparse.Namespace) -> None:
    from gdexp.claims.latex import claims_latex, exponents_latex
    from gdexp.claims.page import VERDICTS
    from gdexp.stats.exponents import EXPONENTS
    from gdexp.util.tables import read_table
    from gdexp.work.finished import finished
    from gdexp.work.notes import Notes
    from gdexp.work.products import LATEX, products, run_of

    grid = load(options.config)
    (product,) = (x for x in products(run_of(grid)) if x.rule == "latex")
    finished(grid, product.reads)
    tables = Path(grid.results, "tables")
    known = grid.experiments.items()
    exponents = exponents_latex(
        read_table(tables / "exponents.csv", EXPONENTS),
        {name: each.note for name, each in known},
        {
            (name, x): f"{y.step or ''}"
            for name, each in known
            for x, y in each.specs.items()
        },
    )
    claims = claims_latex(read_table(tables / "claims.csv", VERDICTS))
    folder = options.output or tables
    here = folder.resolve() == tables.resolve()  # elsewhere it is the user's
    with Notes(grid.results).making(product) if here else nullcontext():
        for file, text in zip(LATEX, (exponents, claims), strict=True):
            path = folder / Path(file).name
            with whole(path) as temporary:
                temporary.write_text(text, "utf-8")
            print(path)


def _report(options: argparse.Namespace) -> None:
    from gdexp.work.asked import report

    print(f"see {report(load(options.config), options.config)}")
