"""The command line: ``gdexp run``, ``gdexp list``, ``gdexp status`` and others."""

import argparse
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import NoReturn

from gdexp.cli import commands, comparing, publishing, running, stores
from gdexp.grid import own
from gdexp.grid.guests import aside, guests
from gdexp.util.errors import ConfigError, GdexpError, escaped, short
from gdexp.util.screen import settle_streams


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0, or 1 after a one-line message on standard error.

    130 after Ctrl-C, as a shell says it. ``diff`` returns 1 where things differ, and 2
    after a message.
    """
    failed = 1
    settle_streams()
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
        print(f"gdexp: {escaped(str(error))}", file=sys.stderr)
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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gdexp",
        description="Gradient descent as a perceptron: run and track cells.",
        epilog="example: gdexp list",
        allow_abbrev=False,  # --own is looked for before all others
    )
    parser.add_argument(
        "--own",
        type=Path,
        metavar="DIR",
        help="folder of models and others of your own",
    )
    known = parser.add_subparsers(required=True, metavar="COMMAND")

    parts = (running, commands, stores, comparing, publishing)
    for each in chain.from_iterable(part.add(known) for part in parts):
        each.add_argument(
            "--config", default="config.yaml", help="default: config.yaml"
        )
    return parser
