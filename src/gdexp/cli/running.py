"""``gdexp run``: one cell outside any workflow."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gdexp.cli import forking
from gdexp.cli.answers import answer, check_plot
from gdexp.cli.values import plain, whole
from gdexp.core.datasets import DATASETS
from gdexp.core.forms import FORMS
from gdexp.core.losses import LOSSES
from gdexp.core.member import Member, settings_of
from gdexp.core.methods import METHODS
from gdexp.core.models import MODELS
from gdexp.core.observables import OBSERVABLES
from gdexp.core.problem import STOPS
from gdexp.core.settled import algorithms
from gdexp.core.spec import Spec
from gdexp.grid.cells import Cell
from gdexp.grid.guests import aside, guests
from gdexp.records.record import Record
from gdexp.util.errors import ConfigError, shown

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


class _Setting(argparse.Action):
    """Collects the settings of members, each as a number if it reads as one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        namespace.settings = namespace.settings | {self.dest: plain(str(values))}


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


def add(known: Any) -> list[argparse.ArgumentParser]:
    """Add the command to a parser."""
    run: argparse.ArgumentParser = known.add_parser(
        "run",
        help="run one cell outside any workflow and print it as JSON",
        epilog="example: gdexp run --dataset c1 --model conv --kernel 2"
        ' --algorithm perceptron --step "0.25/sqrt(d)" --init gaussian --dim 1024',
    )
    run.set_defaults(command=_run, settings={})
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
        "--dim", type=whole, help="the dim d, where the dataset leaves it open"
    )
    run.add_argument("--samples", type=whole, help="the number of samples n, likewise")
    run.add_argument(
        "--test-samples", type=whole, help="how many more samples to draw, for tests"
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
    run.add_argument("--seed", type=whole, help="default: 0")
    run.add_argument("--root-seed", type=whole, help="default: 0")
    run.add_argument("--max-iterations", type=whole, help="default: 1000000")
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
    return [run]


def _run(options: argparse.Namespace) -> None:
    """Run one cell and print it as JSON."""
    _check_ranges(options)
    check_plot(options.plot)
    if options.origin is not None:
        return forking.fork(options)
    if options.at is not None:
        raise ConfigError(f"--at {shown(options.at)} without --from CELL; leave it out")
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
