"""The command line: ``gdexp run``, ``gdexp list``, ``gdexp status`` and others."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from gdexp import commands
from gdexp.algorithms import ALGORITHMS
from gdexp.datasets import dataset_names
from gdexp.errors import GdexpError, short, shown
from gdexp.models import MODELS
from gdexp.plain import values, whole_numbers


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 after a one-line message on standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except GdexpError as error:
        print(f"gdexp: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # `gdexp run ... | head`
        sys.stderr.close()
        return 1
    except OSError as error:  # a results folder that cannot be written to
        where = f"{short(error.filename)}: " if error.filename else ""
        print(f"gdexp: {where}{error.strerror or error}", file=sys.stderr)
        return 1
    except MemoryError:
        print(
            "gdexp: too little memory; ask for fewer samples or dims", file=sys.stderr
        )
        return 1
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(message if len(message) <= 400 else message[:397] + "...")


def _whole(text: str) -> int:
    try:
        # as in a configuration: 1e6 is a whole number, 1_000 is a text
        value = whole_numbers(values(text))
    except GdexpError:
        value = None
    if type(value) is not int:
        raise argparse.ArgumentTypeError(f"{shown(text)}; allowed: a whole number")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gdexp",
        description="Gradient descent as a perceptron: run and track cells.",
        epilog="example: gdexp list",
    )
    known = parser.add_subparsers(required=True, metavar="COMMAND")

    show = known.add_parser(
        "list",
        help="list datasets, models, algorithms and studies with formula and source",
        epilog="example: gdexp list",
    )
    show.set_defaults(command=commands.show)

    run = known.add_parser(
        "run",
        help="run one cell outside any workflow and print it as JSON",
        epilog="example: gdexp run --dataset c1 --model conv --kernel 2"
        ' --algorithm perceptron --step "0.25/sqrt(d)" --init gaussian --dim 1024',
    )
    run.set_defaults(command=commands.run)
    run.add_argument(
        "--dataset", required=True, help=f"one of {', '.join(dataset_names())}"
    )
    run.add_argument("--model", required=True, help=f"one of {', '.join(MODELS)}")
    run.add_argument(
        "--algorithm", required=True, help=f"one of {', '.join(ALGORITHMS)}"
    )
    run.add_argument(
        "--step", required=True, help="a number or an expression in d and n"
    )
    run.add_argument("--init", default="zero", help="zero, gaussian or gaussian:s")
    run.add_argument(
        "--dim", type=_whole, help="the dim d, where the dataset leaves it open"
    )
    run.add_argument("--samples", type=_whole, help="the number of samples n, likewise")
    run.add_argument(
        "--kernel", type=_whole, help="the kernel size k of the conv model"
    )
    run.add_argument("--data", default="data", help="folder of image files")
    run.add_argument("--precision", default="float64", help="float64 or float32")
    run.add_argument("--seed", type=_whole, default=0, help="default: 0")
    run.add_argument("--root-seed", type=_whole, default=0, help="default: 0")
    run.add_argument(
        "--max-iterations", type=_whole, default=1_000_000, help="default: 1000000"
    )
    run.add_argument(
        "--trajectory",
        choices=["none", "log", "full"],
        default="none",
        help="add the trajectory: at most 200 log-spaced iterations, or all of them",
    )
    run.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the run as .png, .pdf or .svg"
    )

    cell = known.add_parser(
        "cell",
        help="compute one record file of a configuration, as the workflow does",
        epilog="example: gdexp cell two-sample conv2-gd 16 0",
    )
    cell.set_defaults(command=commands.cell)
    cell.add_argument("experiment")
    cell.add_argument("model", help="the name of the model entry")
    cell.add_argument("dim", type=_whole)
    cell.add_argument("seeds", help="a seed, or first-last")
    cell.add_argument("--config", default="config.yaml", help="default: config.yaml")

    collect = known.add_parser(
        "collect",
        help="make tables and figures of the records that are there",
        epilog="example: gdexp collect --partial --config config.yaml",
    )
    collect.set_defaults(command=commands.collect)
    collect.add_argument(
        "--partial", action="store_true", help="also when cells are missing or damaged"
    )
    collect.add_argument("--config", default="config.yaml", help="default: config.yaml")

    status = known.add_parser(
        "status",
        help="say how many cells are done, running, failed or untracked",
        epilog="example: gdexp status --config config.yaml",
    )
    status.set_defaults(command=commands.status)
    status.add_argument("--config", default="config.yaml", help="default: config.yaml")

    sync = known.add_parser(
        "sync",
        help="make the MLflow store agree with the records of a configuration",
        epilog="example: gdexp sync --config config.yaml",
    )
    sync.set_defaults(command=commands.sync)
    sync.add_argument("--config", default="config.yaml", help="default: config.yaml")
    sync.add_argument(
        "--uri", help="a server or database instead of the configuration's"
    )
    sync.add_argument(
        "--cores", type=_whole, default=os.cpu_count(), help="default: all of them"
    )
    return parser
