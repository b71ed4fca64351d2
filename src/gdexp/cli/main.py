"""The command line: ``gdexp run``, ``gdexp list``, ``gdexp status`` and others."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from gdexp.cli import commands, comparing, forking, publishing, stores
from gdexp.core.datasets import DATASETS
from gdexp.core.forms import FORMS
from gdexp.core.losses import LOSSES
from gdexp.core.member import Member, settings_of
from gdexp.core.methods import METHODS
from gdexp.core.models import MODELS
from gdexp.core.observables import OBSERVABLES
from gdexp.core.problem import STOPS
from gdexp.core.settled import algorithms
from gdexp.grid import own
from gdexp.grid.guests import aside, guests
from gdexp.grid.plain import values as plain_values
from gdexp.grid.plain import whole_numbers
from gdexp.util.errors import ConfigError, GdexpError, short, shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 after a one-line message on standard error.

    130 after Ctrl-C, as a shell says it. ``diff`` returns 1 where things differ, and 2
    after a message.
    """
    failed = 1
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with aside():
            own.load(_own_folder(given))
        for word in given:  # argparse of Python 3.11 makes an empty list of it
            if word[:2] == "--" and word[-3:] == "=--":
                raise ConfigError(f"{short(word[:-3])} has no value")
        options = _parser().parse_args(given)
        failed = getattr(options, "failed", 1)
        with guests():
            done: int | None = options.command(options)
        return done or 0
    except GdexpError as error:
        print(f"gdexp: {error}", file=sys.stderr)
        return failed
    except BrokenPipeError:  # `gdexp run ... | head`
        sys.stderr.close()
        return 1
    except OSError as error:  # a results folder that cannot be written to
        where = f"{short(error.filename)}: " if error.filename else ""
        print(f"gdexp: {where}{error.strerror or error}", file=sys.stderr)
        return failed
    except KeyboardInterrupt:
        print("gdexp: interrupted", file=sys.stderr)
        return 130
    except MemoryError:
        print(
            "gdexp: too little memory; ask for fewer samples or dims", file=sys.stderr
        )
        return failed


def _own_folder(arguments: Sequence[str]) -> Path | None:
    """Return the folder after ``--own``: its members are known to all other options."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--own", type=Path)
    folder: Path | None = first.parse_known_args(arguments)[0].own
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"--own {short(folder)}: there is no such folder")
    return folder


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(message if len(message) <= 400 else message[:397] + "...")


class _Setting(argparse.Action):
    """Collects the settings of members, each as a number if it reads as one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        namespace.settings = namespace.settings | {self.dest: _plain(str(values))}


def _settings() -> list[str]:
    """Return the names of the settings of all members, but steps."""
    return sorted({key for each in _members() for key in settings_of(each)} - {"step"})


def _switches() -> set[str]:
    """Return the settings that a flag alone turns on."""
    known = (settings_of(each).items() for each in _members())
    return {key for own in known for key, default in own if default is False}


def _members() -> list[type[Member]]:
    kinds: tuple[Mapping[str, type[Member]], ...] = (DATASETS, MODELS, LOSSES, METHODS)
    return [each for kind in kinds for each in kind.values()]


def _plain(text: str) -> object:
    """Return a value as in a configuration, where 1e6 is whole and 1_000 is a text.

    What is none is the text itself, and so is a list: it may have itself in it.
    """
    try:
        value = plain_values(text)
    except GdexpError:
        return text
    return whole_numbers(value) if isinstance(value, str | int | float | None) else text


def _whole(text: str) -> int:
    value = _plain(text)
    if type(value) is not int:
        raise argparse.ArgumentTypeError(f"{shown(text)}; allowed: a whole number")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gdexp",
        description="Gradient descent as a perceptron: run and track cells.",
        epilog="example: gdexp list",
    )
    parser.add_argument(
        "--own",
        type=Path,
        metavar="DIR",
        help="folder of models and others of your own",
    )
    known = parser.add_subparsers(required=True, metavar="COMMAND")

    show = known.add_parser(
        "list",
        help="list what a configuration can name, with formula and source",
        epilog="example: gdexp list",
    )
    show.set_defaults(command=commands.show)

    run = known.add_parser(
        "run",
        help="run one cell outside any workflow and print it as JSON",
        epilog="example: gdexp run --dataset c1 --model conv --kernel 2"
        ' --algorithm perceptron --step "0.25/sqrt(d)" --init gaussian --dim 1024',
    )
    run.set_defaults(command=commands.run, settings={})
    run.add_argument("--dataset", help=f"one of {', '.join(DATASETS)}")
    run.add_argument("--model", help=f"one of {', '.join(MODELS)}")
    run.add_argument("--algorithm", help=f"one of {', '.join(algorithms())}")
    run.add_argument("--loss", help=f"one of {', '.join(LOSSES)}; default: logistic")
    run.add_argument("--step", help="a number or an expression in d and n")
    run.add_argument("--init", help="zero (default), gaussian or gaussian:s")
    alone: dict[str, Any] = {"nargs": "?", "const": "true"}
    for name in _settings():
        run.add_argument(
            f"--{name}",
            action=_Setting,
            metavar="VALUE",
            help="see 'gdexp list'",
            **alone if name in _switches() else {},
        )
    run.add_argument(
        "--dim", type=_whole, help="the dim d, where the dataset leaves it open"
    )
    run.add_argument("--samples", type=_whole, help="the number of samples n, likewise")
    run.add_argument(
        "--test-samples", type=_whole, help="how many more samples to draw, for tests"
    )
    run.add_argument("--data", help="folder of image files; default: data")
    run.add_argument("--precision", help="float64 (default) or float32")
    run.add_argument(
        "--stop",
        help=f"where the run ends: one of {', '.join(STOPS)}; default: separated",
    )
    run.add_argument("--form", help=f"one of {', '.join(FORMS)}; default: the cheapest")
    run.add_argument(
        "--observe",
        action="append",
        default=[],
        metavar="NAME",
        help=f"record one of {', '.join(OBSERVABLES)} besides; may be repeated",
    )
    run.add_argument("--seed", type=_whole, help="default: 0")
    run.add_argument("--root-seed", type=_whole, help="default: 0")
    run.add_argument("--max-iterations", type=_whole, help="default: 1000000")
    run.add_argument(
        "--trajectory",
        choices=["none", "log", "full"],
        default="none",
        help="add the trajectory: at most 200 log-spaced iterations, or all of them",
    )
    run.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the run as .png, .pdf or .svg"
    )
    forking.add(run)

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

    collect = known.add_parser(
        "collect",
        help="make tables and figures of the records that are there",
        epilog="example: gdexp collect --partial --config config.yaml",
    )
    collect.set_defaults(command=commands.collect)
    collect.add_argument(
        "--partial", action="store_true", help="also when cells are missing or damaged"
    )

    explore = known.add_parser(
        "explore",
        help="write one page of all cells of a finished grid, for a browser",
        epilog="example: gdexp explore --config config.yaml",
    )
    explore.set_defaults(command=commands.explore)

    status = known.add_parser(
        "status",
        help="say how many cells are done, running, failed or untracked",
        epilog="example: gdexp status --config config.yaml",
    )
    status.set_defaults(command=commands.status)

    sync = known.add_parser(
        "sync",
        help="make the MLflow store agree with the records of a configuration",
        epilog="example: gdexp sync --config config.yaml",
    )
    sync.set_defaults(command=stores.sync)
    sync.add_argument(
        "--uri", help="a server or database instead of the configuration's"
    )
    sync.add_argument(
        "--cores", type=_whole, default=os.cpu_count(), help="default: all of them"
    )

    adopt = known.add_parser(
        "adopt",
        help="let a copied results folder be the one it was copied from, which is gone",
        epilog="example: gdexp adopt --config config.yaml",
    )
    adopt.set_defaults(command=stores.adopt)

    ui = known.add_parser(
        "ui",
        help="serve MLflow's UI of what was run last",
        epilog="example: gdexp ui --port 5001",
    )
    ui.set_defaults(command=stores.ui)
    ui.add_argument("--config", help="default: that of the last run below results/")
    ui.add_argument("--port", type=_whole, default=5000, help="default: 5000")

    others = [comparing.add(known), *publishing.add(known)]

    for each in (run, cell, collect, explore, status, sync, adopt, *others):
        each.add_argument(
            "--config", default="config.yaml", help="default: config.yaml"
        )
    return parser
