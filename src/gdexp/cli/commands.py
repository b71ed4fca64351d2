"""``gdexp list``, ``cell``, ``collect``, ``explore``, ``status``: what can be, what is.

What only some commands need is imported by them: MLflow takes seconds.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import MISSING
from pathlib import Path
from typing import Any

from gdexp.cli.values import whole
from gdexp.core.datasets import DATASETS
from gdexp.core.losses import LOSSES
from gdexp.core.member import Member, settings_of
from gdexp.core.methods import METHODS
from gdexp.core.models import MODELS
from gdexp.core.observables import OBSERVABLES
from gdexp.core.settled import ALIASES
from gdexp.figures import cards
from gdexp.grid.grid import load
from gdexp.grid.names import place
from gdexp.stats.statistics import STATISTICS
from gdexp.studies import STUDIES
from gdexp.util.errors import ConfigError


def add(known: Any) -> list[argparse.ArgumentParser]:
    """Add the commands to a parser."""
    show = known.add_parser(
        "list",
        help="list what a configuration can name, with formula and source",
        epilog="example: gdexp list",
    )
    show.set_defaults(command=_show)

    cell: argparse.ArgumentParser = known.add_parser(
        "cell",
        help="compute one record file of a configuration, as the workflow does",
        epilog="example: gdexp cell two-sample conv2-gd 16 0",
    )
    cell.set_defaults(command=_cell)
    cell.add_argument("experiment")
    cell.add_argument("model", help="the name of the model entry")
    cell.add_argument("dim", type=whole)
    cell.add_argument("seeds", help="a seed, or first-last")

    collect: argparse.ArgumentParser = known.add_parser(
        "collect",
        help="make tables and figures of the records that are there",
        epilog="example: gdexp collect --partial --config config.yaml",
    )
    collect.set_defaults(command=_collect)
    collect.add_argument(
        "--partial", action="store_true", help="also when cells are missing or damaged"
    )

    explore: argparse.ArgumentParser = known.add_parser(
        "explore",
        help="write one page of all cells of a finished grid, for a browser",
        epilog="example: gdexp explore --config config.yaml",
    )
    explore.set_defaults(command=_explore)

    status: argparse.ArgumentParser = known.add_parser(
        "status",
        help="say how many cells are done, running, failed or untracked",
        epilog="example: gdexp status --config config.yaml",
    )
    status.set_defaults(command=_status)
    return [cell, collect, explore, status]


def _show(options: argparse.Namespace) -> None:
    """Print what can be named in a configuration, a line each."""
    kinds = {
        "datasets": _told(DATASETS),
        "models": _told(MODELS),
        "losses": _told(LOSSES),
        "algorithms": [
            *_told(METHODS),
            *((name, " with the loss ".join(of), "") for name, of in ALIASES.items()),
        ],
        "observables": _told(OBSERVABLES),
        "studies": [(name, each.title, each.source) for name, each in STUDIES.items()],
        "statistics": _told(STATISTICS),
        "figures": [
            (name, each.title, _place(each.where))
            for name, each in sorted(cards().items())
        ],
    }
    for kind, entries in kinds.items():
        print(kind)
        for name, formula, source in entries:
            print(f"  {name:<22} {formula}" + (f"  [{source}]" if source else ""))


def _place(where: str) -> str:
    return f"figures/{where}" if where else "gdexp run --plot"


def _told(known: Mapping[str, type[Member]]) -> list[tuple[str, str, str]]:
    """Return name, formula with the settings, and source of members."""
    rows = []
    for name, member in known.items():
        own = [
            key if default in (MISSING, None) else f"{key} = {default}"
            for key, default in settings_of(member).items()
            if key != "step"
        ]
        formula = member.formula + (f"; {', '.join(own)}" if own else "")
        rows.append((name, formula, member.source))
    return rows


def _cell(options: argparse.Namespace) -> None:
    """Compute one record file of a configuration."""
    from gdexp.work.jobs import Tracker, run_job

    grid = load(options.config)
    where = place(options.experiment, options.model, options.dim)
    job = grid.job(f"{where}/s{options.seeds}")
    output = Path(grid.results, "cells", job.path)
    # fails before hours of computing
    output.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(output.parent, os.W_OK):
        raise ConfigError(f"cannot write to {output.parent}")
    Tracker(grid).track(job, run_job(grid, job, output))


def _collect(options: argparse.Namespace) -> None:
    """Make tables and figures of the records that are there."""
    from gdexp.work.partial import Partial, collect_partial

    grid = load(options.config)
    found = Partial.of(grid)
    if (found.missing or found.refused) and not options.partial:
        raise ConfigError(
            f"{found.summary}; run the workflow to complete it, or add --partial"
        )
    for line in collect_partial(grid).refused:
        print(f"gdexp: left out: {line}", file=sys.stderr)
    print(f"{found.summary}; see {grid.results}/partial")


def _explore(options: argparse.Namespace) -> None:
    """Write the explorer of a finished grid."""
    from gdexp.work.asked import explore

    print(f"see {explore(load(options.config))}")


def _status(options: argparse.Namespace) -> None:
    """Print how far the grid is, and what is shown that is of something else."""
    from gdexp.records.looks import Looks
    from gdexp.records.status import Status
    from gdexp.work.notes import Notes, leftover, shown

    grid = load(options.config)
    looks = Looks(grid)
    *lines, remaining = Status.of(grid, looks=looks).lines
    made, notes = shown(grid), Notes(grid.results, looks.contents)
    found, left = [x for x in made if notes.stale(x)], leftover(grid, made)
    what = "shown of other records, settings or code"
    hint = ""
    if found:
        hint = f"  {what}; {found[0].again}; such as {found[0].outputs[0]}"
    lines.append(f"outdated  {len(found):>9,}{hint}")
    hint = ""
    if left:
        hint = "  files that nothing of this configuration makes, "
        hint += f"for you to delete or move: {', '.join(left[:5])}"
        hint += f" and {len(left) - 5} more" * (len(left) > 5)
    for line in [*lines, f"leftover  {len(left):>9,}{hint}", remaining]:
        print(line)
