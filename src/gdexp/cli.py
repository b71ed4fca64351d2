"""The command line: ``gdexp run``, ``gdexp cell``, ``gdexp sync``."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gdexp.algorithms import ALGORITHMS
from gdexp.cells import Cell, Spec
from gdexp.datasets import NAMES, dataset_family
from gdexp.errors import ConfigError, GdexpError, allowed
from gdexp.grid import configured, load
from gdexp.models import MODELS
from gdexp.records import Record

PLOTS = (".png", ".pdf", ".svg")


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
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gdexp",
        description="Gradient descent as a perceptron: run and track cells.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="run one cell outside any workflow and print it as JSON",
        epilog="example: gdexp run --dataset c1 --model conv --kernel 2"
        ' --algorithm perceptron --step "0.25/sqrt(d)" --init gaussian --dim 1024',
    )
    run.set_defaults(command=_run)
    run.add_argument("--dataset", required=True, help=f"one of {', '.join(NAMES)}")
    run.add_argument("--model", required=True, help=f"one of {', '.join(MODELS)}")
    run.add_argument(
        "--algorithm", required=True, help=f"one of {', '.join(ALGORITHMS)}"
    )
    run.add_argument(
        "--step", required=True, help="a number or an expression in d and n"
    )
    run.add_argument("--init", default="zero", help="zero, gaussian or gaussian:s")
    run.add_argument(
        "--dim", type=int, help="the dim d, where the dataset leaves it open"
    )
    run.add_argument("--samples", type=int, help="the number of samples n, likewise")
    run.add_argument("--kernel", type=int, help="the kernel size k of the conv model")
    run.add_argument("--data", default="data", help="folder of image files")
    run.add_argument("--precision", default="float64", help="float64 or float32")
    run.add_argument("--seed", type=int, default=0, help="default: 0")
    run.add_argument("--root-seed", type=int, default=0, help="default: 0")
    run.add_argument(
        "--max-iterations", type=int, default=1_000_000, help="default: 1000000"
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

    cell = commands.add_parser(
        "cell",
        help="compute one record file of a configuration, as the workflow does",
        epilog="example: gdexp cell two-sample conv2-gd 16 0",
    )
    cell.set_defaults(command=_cell)
    cell.add_argument("experiment")
    cell.add_argument("model", help="the name of the model entry")
    cell.add_argument("dim", type=int)
    cell.add_argument("seeds", help="a seed, or first-last")
    cell.add_argument("--config", default="config.yaml", help="default: config.yaml")

    collect = commands.add_parser(
        "collect",
        help="make tables and figures of the records that are there",
        epilog="example: gdexp collect --partial --config config.yaml",
    )
    collect.set_defaults(command=_collect)
    collect.add_argument(
        "--partial", action="store_true", help="also when cells are missing or damaged"
    )
    collect.add_argument("--config", default="config.yaml", help="default: config.yaml")

    status = commands.add_parser(
        "status",
        help="say how many cells are done, running, failed or untracked",
        epilog="example: gdexp status --config config.yaml",
    )
    status.set_defaults(command=_status)
    status.add_argument("--config", default="config.yaml", help="default: config.yaml")

    sync = commands.add_parser(
        "sync",
        help="make the MLflow store agree with the records of a configuration",
        epilog="example: gdexp sync --config config.yaml",
    )
    sync.set_defaults(command=_sync)
    sync.add_argument("--config", default="config.yaml", help="default: config.yaml")
    sync.add_argument(
        "--uri", help="a server or database instead of the configuration's"
    )
    sync.add_argument(
        "--cores", type=int, default=os.cpu_count(), help="default: all of them"
    )
    return parser


def _run(options: argparse.Namespace) -> None:
    spec = Spec(
        dataset=options.dataset,
        samples=options.samples,
        model=options.model,
        kernel=options.kernel,
        algorithm=options.algorithm,
        step=options.step,
        start=options.init,
        max_iterations=options.max_iterations,
        root_seed=options.root_seed,
        precision=options.precision,
        full_trajectory=options.trajectory == "full",
        data=options.data,
    )
    for name in ("seed", "root_seed", "max_iterations"):
        value, least = getattr(options, name), int(name == "max_iterations")
        if value < least:
            flag = name.replace("_", "-")
            raise ConfigError(f"--{flag} {value}; allowed: {least} or more")
    _check_plot(options.plot)
    dim = options.dim
    if dim is None:
        family = dataset_family(options.dataset)
        dim = family.fixed_dim
        if dim is None:
            raise ConfigError(f"--dim is missing; dataset {family.name!r} needs it")
    spec.check(dim)
    cell = Cell(
        experiment="run", name=spec.model, spec=spec, dim=dim, seed=options.seed
    )
    record = Record.of(cell, spec.run(dim, options.seed))
    answer = record.outcome | {"cell": record.cell}
    if options.trajectory != "none":
        answer["trajectory"] = record.trajectory
    if options.plot:
        _plot(record, options.plot)
    print(json.dumps(answer))


def _check_plot(path: Path | None) -> None:
    if path is not None and path.suffix not in PLOTS:
        raise ConfigError(f"--plot {path}; {allowed(PLOTS)} as the end of its name")
    if path is not None and not path.parent.is_dir():
        raise ConfigError(f"--plot {path}: there is no folder {path.parent}")


def _plot(record: Record, path: Path) -> None:
    from gdexp.figures import draw_run

    cell, end = record.cell, record.outcome
    kernel = f" k={cell['kernel']}" if cell["kernel"] else ""
    title = (
        f"{cell['model']}{kernel} {cell['algorithm']} on {cell['dataset']},"
        f" d = {cell['dim']}, step {cell['step_size']:g}, start {cell['start']}:"
        f" {end['outcome']} after {end['iterations']} iterations"
    )
    family = dataset_family(cell["dataset"])
    note = f"Data {family.name}: {family.formula}. Source: {family.source}."
    try:
        draw_run(record.trajectory, title=title, note=note).save([path])
    except OSError as error:
        raise ConfigError(f"--plot {path}: {error.strerror}") from None


def _cell(options: argparse.Namespace) -> None:
    from gdexp.jobs import open_store, run_job

    grid = load(options.config)
    job = grid.job(options.experiment, options.model, options.dim, options.seeds)
    store = open_store(grid) if grid.tracking == "inline" else None
    run_job(grid, job, Path(grid.results, "cells", job.path), store)


def _collect(options: argparse.Namespace) -> None:
    from gdexp.partial import Partial, collect_partial

    grid = load(options.config)
    found = Partial.of(grid)
    if (found.missing or found.refused) and not options.partial:
        raise ConfigError(
            f"{found.summary}; run the workflow to complete it, or add --partial"
        )
    for line in collect_partial(grid).refused:
        print(f"gdexp: left out: {line}", file=sys.stderr)
    print(f"{found.summary}; see {grid.results}/partial")


def _status(options: argparse.Namespace) -> None:
    from gdexp.status import Status

    for line in Status.of(load(options.config)).lines:
        print(line)


def _sync(options: argparse.Namespace) -> None:
    from gdexp.upload import sync_results

    if options.cores < 1:
        raise ConfigError(f"--cores {options.cores}; allowed: 1 or more")
    config = configured(options.config)
    if options.uri is not None:
        config["tracking"] = {**config.get("tracking", {}), "uri": options.uri}
    done = sync_results(config, options.cores)
    print("{kept} runs kept, {added} added, {removed} removed".format(**done))
