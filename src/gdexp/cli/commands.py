"""What each command of the command line does, given its options.

What only some commands need is imported by them: MLflow takes seconds.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import MISSING
from pathlib import Path

from gdexp.core.datasets import DATASETS
from gdexp.core.losses import LOSSES
from gdexp.core.member import Member, settings_of
from gdexp.core.methods import METHODS
from gdexp.core.models import MODELS
from gdexp.core.observables import OBSERVABLES
from gdexp.core.settled import ALIASES
from gdexp.core.spec import Spec
from gdexp.figures import About, cards
from gdexp.grid.cells import Cell
from gdexp.grid.grid import load
from gdexp.grid.guests import aside, guests
from gdexp.grid.names import place
from gdexp.records.record import Record
from gdexp.stats.statistics import STATISTICS
from gdexp.studies import STUDIES
from gdexp.util.errors import ConfigError, allowed, short

# of the options of `run`: what a configuration may say too
RANGES = {
    "seed": (0, 2**63 - 1),
    "root_seed": (0, 2**63 - 1),
    "max_iterations": (1, 10**12),
    "dim": (0, 10**8),
    "samples": (0, 10**8),
    "test_samples": (1, 10**8),
}
# None where it has to be given, unless the run goes on from another one
DEFAULTS: dict[str, str | int | None] = {
    **dict.fromkeys(("dataset", "model", "algorithm")),
    **{"precision": "float64", "stop": "separated", "data": "data"},
    **{"seed": 0, "root_seed": 0, "max_iterations": 1_000_000},
}
PLOTS = (".png", ".pdf", ".svg")


def show(options: argparse.Namespace) -> None:
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


def run(options: argparse.Namespace) -> None:
    """Run one cell and print it as JSON."""
    _check_ranges(options)
    check_plot(options.plot)
    if options.origin is not None:
        from gdexp.cli.forking import fork

        return fork(options)
    for name, default in DEFAULTS.items():
        if getattr(options, name) is None:
            if default is None:
                raise ConfigError(
                    f"--{name} is missing, or --from CELL; see 'gdexp list'"
                )
            setattr(options, name, default)
    spec = Spec(
        dataset=options.dataset,
        samples=options.samples,
        model=options.model,
        algorithm=options.algorithm,
        loss=options.loss,
        step=options.step,
        start=options.init,
        max_iterations=options.max_iterations,
        root_seed=options.root_seed,
        precision=options.precision,
        stop=options.stop,
        form=options.form,
        observe=options.observe,
        full_trajectory=options.trajectory == "full",
        test_samples=options.test_samples,
        data=options.data,
        **options.settings,
    )
    dim = spec.family.dim(options.dim)
    if dim is None:
        raise ConfigError(f"--dim is missing; dataset {spec.dataset!r} needs it")
    spec.check(dim)
    _check_memory(spec, dim)
    cell = Cell(
        experiment="run", name=spec.model, spec=spec, dim=dim, seed=options.seed
    )
    with guests(*spec.members), aside():
        record = Record.of(cell, spec.run(dim, options.seed))
    answer(record, options, spec)


def answer(
    record: Record, options: argparse.Namespace, spec: Spec, **more: object
) -> None:
    """Print a run as one JSON object, and draw it if that is asked for."""
    told = record.outcome | more | {"cell": record.cell}
    if options.trajectory != "none":
        told["trajectory"] = record.trajectory
    if options.plot:
        _plot(record, options.plot, spec.family.note)
    print(json.dumps(told))


def _check_ranges(options: argparse.Namespace) -> None:
    for name, (least, most) in RANGES.items():
        value = getattr(options, name)
        if value is not None and not least <= value <= most:
            what = f"{least} or more" if value < least else f"{most} or less"
            flag = name.replace("_", "-")
            raise ConfigError(f"--{flag} {_digits(value)}; allowed: {what}")


def _digits(value: int) -> str:
    # Python refuses to spell out numbers of more than 4,300 digits
    return str(value) if value.bit_length() < 200 else "of more than 60 digits"


def _check_memory(spec: Spec, dim: int) -> None:
    needed = 8 * (spec.n + (spec.test_samples or 0)) * spec.family.features(dim)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > memory:
        raise ConfigError(
            f"{spec.n} samples at dim {dim} take {needed / 2**30:.3g} GiB, more than"
            f" the memory of this machine, {memory / 2**30:.3g} GiB"
        )


def check_plot(path: Path | None) -> None:
    """Raise ConfigError if no figure can be written there."""
    if path is not None and path.suffix not in PLOTS:
        raise ConfigError(
            f"--plot {short(path)}; {allowed(PLOTS)} as the end of its name"
        )
    if path is not None and not path.parent.is_dir():
        raise ConfigError(f"--plot {short(path)}: there is no such folder")


def _plot(record: Record, path: Path, note: str) -> None:
    cell, end = record.cell, record.outcome
    kernel = f" k={cell['kernel']}" if cell["kernel"] else ""
    step = f", step {cell['step_size']:g}" if cell["step_size"] else ""
    start = f", start {cell['start']}" if cell["start"] else ""
    title = (
        f"{cell['model']}{kernel} {cell['algorithm']} on {cell['dataset']},"
        f" d = {cell['dim']}{step}{start}:"
        f" {end['outcome']} after {end['iterations']} iterations"
    )
    about = About(note, {cell["model"]: cell["model"]}, title=title)
    plot = cards()["run"].load()
    try:
        plot.draw(record.trajectory, about=about).save([path])
    except OSError as error:
        raise ConfigError(f"--plot {short(path)}: {error.strerror}") from None


def cell(options: argparse.Namespace) -> None:
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


def collect(options: argparse.Namespace) -> None:
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


def explore(options: argparse.Namespace) -> None:
    """Write the explorer of a finished grid."""
    from gdexp.work.exploring import explore

    print(f"see {explore(load(options.config))}")


def status(options: argparse.Namespace) -> None:
    """Print how far the grid is, and what is shown that is of something else."""
    from gdexp.records.looks import Looks
    from gdexp.records.status import Status
    from gdexp.work.products import outdated

    grid = load(options.config)
    looks = Looks(grid)
    *lines, remaining = Status.of(grid, looks=looks).lines
    found = [each.outputs[0] for each in outdated(grid, looks.contents)]
    what = "shown of other records, settings or code; run the workflow; such as"
    hint = f"  {what} {found[0]}" if found else ""
    for line in [*lines, f"outdated  {len(found):>9,}{hint}", remaining]:
        print(line)
