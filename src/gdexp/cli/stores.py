"""What the commands do that are about the MLflow store of a results folder."""

import argparse
import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

from gdexp.cli.values import whole
from gdexp.grid.grid import LAST, Grid, configured, load
from gdexp.util.errors import ConfigError
from gdexp.util.files import hold
from gdexp.util.identity import adopt, settle
from gdexp.work.loading import where_it_ran


def add(known: Any) -> list[argparse.ArgumentParser]:
    """Add the commands to a parser."""
    sync: argparse.ArgumentParser = known.add_parser(
        "sync",
        help="make the MLflow store agree with the records of a configuration",
        epilog="example: gdexp sync --config config.yaml",
    )
    sync.set_defaults(command=_sync)
    sync.add_argument(
        "--uri", help="a server or database instead of the configuration's"
    )
    sync.add_argument(
        "--cores", type=whole, default=os.cpu_count(), help="default: all of them"
    )

    adopt: argparse.ArgumentParser = known.add_parser(
        "adopt",
        help="let a copied results folder be the one it was copied from, which is gone",
        epilog="example: gdexp adopt --config config.yaml",
    )
    adopt.set_defaults(command=_adopt)

    ui = known.add_parser(
        "ui",
        help="serve MLflow's UI of what was run last",
        epilog="example: gdexp ui --port 5001",
    )
    ui.set_defaults(command=_ui)
    ui.add_argument("--config", help="default: that of the last run below results/")
    ui.add_argument("--port", type=whole, default=5000, help="default: 5000")
    return [sync, adopt]


def _sync(options: argparse.Namespace) -> None:
    """Make the MLflow store agree with the records."""
    from gdexp.work.upload import sync_results

    if options.cores < 1:
        raise ConfigError(f"--cores {options.cores}; allowed: 1 or more")
    config = configured(options.config)
    _settle(Grid.of(config).results)
    done = sync_results(config, options.cores, options.uri)
    print("{kept} runs kept, {added} added, {removed} removed".format(**done))


def _adopt(options: argparse.Namespace) -> None:
    """Let a copied results folder be the one that it was copied from."""
    grid = load(options.config)
    if not Path(grid.results).is_dir():
        raise ConfigError(f"there is no results folder {grid.results}")
    with closing(hold(grid.results)):  # who is at work there has the other id
        who = adopt(grid.results)
    print(f"{grid.results} has the id {who.id}; 'gdexp sync' makes its store agree")


def _ui(options: argparse.Namespace) -> None:
    """Serve MLflow's UI of a configuration's store, or that of the last run."""
    from gdexp.tracking import server

    grid = load(options.config) if options.config else _last()
    _settle(grid.results)
    command, environment = server(grid.results, grid.tracking_uri)
    command += ["--port", f"{options.port}"]
    os.execve(command[0], command, environment)


def _settle(results: str) -> None:
    if Path(results).is_dir():  # it would be made otherwise
        settle(results)


def _last() -> Grid:
    """Return the grid that was run last below the working folder's results."""
    found = [*Path("results").glob(LAST), *Path("results").glob(f"*/{LAST}")]
    if not found:
        raise ConfigError(
            "nothing was run below results/; name a configuration with --config"
        )
    newest = max(found, key=lambda path: path.stat().st_mtime)
    try:
        config = json.loads(newest.read_text("utf-8"))
        return Grid.of(config, where_it_ran(config, newest.parent))
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise ConfigError(
            f"{newest} is damaged; name a configuration with --config"
        ) from None
