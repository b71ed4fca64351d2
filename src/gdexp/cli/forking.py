"""``gdexp run --from CELL --at T``: a kept run goes on with other settings."""

import argparse
import json
import math
import sys
from contextlib import suppress
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from gdexp.cli.answers import answer
from gdexp.core.datasets import dataset_of
from gdexp.core.losses import LOSSES
from gdexp.core.member import Member, settings_of
from gdexp.core.models import MODELS
from gdexp.core.observables import OBSERVABLES
from gdexp.core.outcome import Array
from gdexp.core.settled import ALIASES, method_of, names_of
from gdexp.core.spec import Spec
from gdexp.grid.cells import Cell
from gdexp.grid.config import read
from gdexp.grid.grid import LAST, load
from gdexp.grid.guests import aside, guests
from gdexp.records.record import Record
from gdexp.records.sides import side
from gdexp.util.digests import files_digest
from gdexp.util.errors import ConfigError, short, unknown
from gdexp.work.loading import where_it_ran

ROW = ("iteration", "loss", "misclassified", "min_margin", "norm")
# what the data and the start are: those of the cell
FIXED = {
    **{"dataset": "dataset", "samples": "samples", "test_samples": "test-samples"},
    **{"init": "init", "dim": "dim", "seed": "seed", "root_seed": "root-seed"},
    "precision": "precision",
}


def add(run: argparse.ArgumentParser) -> None:
    """Add the options of a fork."""
    run.add_argument(
        "--from",
        dest="origin",
        metavar="CELL",
        help="go on from a record file or a key, EXPERIMENT/ENTRY/dD/sS of --config,"
        " with its settings but those that are given, and a fresh memory of the method",
    )
    run.add_argument(
        "--at", metavar="T", help="the iteration to go on from; 'end' for the last"
    )


def fork(options: argparse.Namespace) -> None:
    """Go on from a kept run, and print that as JSON."""
    from gdexp.core.fork import check_fit, go_on
    from gdexp.core.kept import keep

    for name, flag in FIXED.items():
        if getattr(options, name) is not None:
            raise ConfigError(f"--{flag} with --from, whose own it is; leave it out")
    found = side(options.origin, partial(load, options.config))
    if found.kind != "cell":
        raise ConfigError(f"--from {short(options.origin)}, which is no cell")
    record = found.record
    cell, end = record.cell, record.outcome
    dim, seed = cell["dim"], cell["seed"]
    at = _at(options.at, end["updates"])
    left = cell["max_iterations"] - at
    cap = left if options.max_iterations is None else options.max_iterations
    if cap < 1:
        raise ConfigError(
            f"--at {at} is the cap of the cell; say how far to go on from there with"
            " --max-iterations"
        )
    with guests(), aside():
        old = spec_of(record, *_where(found.places[record.key], options))
        new = changed(old, options, cap)
        new.check(dim)
    with guests(*old.members, *new.members), aside():
        problems = old.problem(dim, seed), new.problem(dim, seed)
        check_fit(*problems)
        kept = keep(problems[0], old.max_iterations, at, old.form)
        repeats = _repeats(record, old, kept.rows)
        outcome = go_on(
            kept,
            problems[1],
            cap,
            form=new.form,
            full=new.full_trajectory,
            observe=[OBSERVABLES[name]() for name in new.observe],
        )
        made = Cell(experiment="run", name="fork", spec=new, dim=dim, seed=seed)
        told = Record.of(made, outcome)
    if not repeats:
        print(
            f"gdexp: the run of {record.key} is not repeated to its last digit up to"
            f" iteration {at}, by this program, with these data and on this machine;"
            " what goes on is what is computed here",
            file=sys.stderr,
        )
    start = f"{record.key} at {at}"
    told = replace(told, cell=told.cell | {"start": start})
    origin = {
        "cell": record.key,
        "record": record.digest,
        "at": at,
        "memory": "fresh",
        "repeats": repeats,
    }
    before = end["outcome"] == "separated" and end["iterations"] <= at
    total = end["iterations"] if before else at + outcome.iterations
    answer(told, options, new, **{"iterations_in_all": total, "from": origin})


def _at(text: str | None, end: int) -> int:
    if text is None:
        raise ConfigError("--at is missing, the iteration that --from goes on from")
    if text == "end":
        return end
    # ASCII digits alone, as in a configuration; the rest is no iteration
    at = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else -1
    if not 0 <= at <= end:
        raise ConfigError(
            f"--at {short(text)}, where the run ends at iteration {end}; allowed: 0 to"
            f" {end}, or end"
        )
    return at


def _repeats(record: Record, spec: Spec, rows: Array) -> bool:
    """Return whether what is computed again is what a record says, of the same data.

    At zero all data of a size have the same row.
    """
    files = spec.family.files
    if record.made_by.get("data") != files_digest(files):
        return False
    series = record.trajectory
    told = zip(*(series[name] for name in ROW), strict=True)
    known = {t: values for t, *values in told}
    return all(
        known[int(row[0])] == [x if math.isfinite(x) else None for x in row[1:5]]
        for row in rows
        if row[0] in known
    )


def _where(path: Path, options: argparse.Namespace) -> tuple[str, str]:
    """Return the folder of image files, and where the path of a table starts.

    As of the last run in the results that a record is in, or of the configuration.
    """
    told: dict[str, Any] | None = None
    # of a record that is in no results, or in those of no run
    with suppress(IndexError, OSError, ValueError, TypeError, AttributeError):
        results = path.absolute().parents[4]
        told = where_it_ran(json.loads((results / LAST).read_text("utf-8")), results)
    with suppress(ConfigError):
        told = read(options.config) if told is None else told
    known = told or {}
    data = options.data or known.get("data", "data")
    return str(data), str(known.get("tables", "."))


def spec_of(record: Record, data: str = "data", here: str = ".") -> Spec:
    """Return the spec that a record is of, but for how much of it is recorded.

    Raises
    ------
    ConfigError
        If it is of none that this program has.
    """
    cell = record.cell
    names_of(cell["model"], cell["algorithm"], None)  # refuses what is not known
    if cell["loss"] not in LOSSES:
        raise ConfigError(unknown("loss", cell["loss"], LOSSES))
    method = method_of(cell["algorithm"])
    given = {each.name: cell[each.name] for each in fields(Spec) if each.name in cell}
    given |= {"observe": (cell["observe"] or "").split(), "data": data, "here": here}
    if cell["algorithm"] in ALIASES or method.weighs:
        del given["loss"]
    members = MODELS[cell["model"]], LOSSES[cell["loss"]], method
    own = _settings_of(*members, dataset_of(cell["dataset"]))
    given["settings"] = {key: cell[key] for key in own if key in cell}
    spec = Spec(**given)
    made = Cell(
        experiment=cell["experiment"],
        name=cell["name"],
        spec=spec,
        dim=cell["dim"],
        seed=cell["seed"],
    )
    if repr(made.parameters()) != repr(cell):
        raise ConfigError(
            f"the record of cell {record.key} has settings that this program does not"
            " read back; run the workflow again"
        )
    return spec


def changed(old: Spec, options: argparse.Namespace, cap: int) -> Spec:
    """Return a spec with the settings that are given, of the others those that fit."""
    model, algorithm = options.model or old.model, options.algorithm or old.algorithm
    names_of(model, algorithm, options.loss)  # refuses what is not known
    method = method_of(algorithm)
    loss, stepped = options.loss, "step" in settings_of(method)
    weighs = method.weighs or method_of(old.algorithm).weighs
    if loss is None and not weighs and not {algorithm, old.algorithm} & {*ALIASES}:
        loss = old.loss
    members = MODELS[model], method, LOSSES[names_of(model, algorithm, loss)[1]]
    own = _settings_of(*members, dataset_of(old.dataset))
    kept = {key: value for key, value in old.settings if key in own}
    given = {each.name: getattr(old, each.name) for each in fields(old)}
    given |= {
        "model": model,
        "algorithm": algorithm,
        "loss": loss,
        "step": options.step or (old.step if stepped else None),
        "stop": options.stop or old.stop,
        "form": options.form or (None if options.algorithm else old.form),
        "observe": options.observe or old.observe,
        "settings": kept | options.settings,
        "full_trajectory": options.trajectory == "full",
        "max_iterations": cap,
    }
    new = Spec(**given)
    for key in settings_of(type(old.family)):
        if getattr(old.family, key) != getattr(new.family, key):
            raise ConfigError(f"--{key} with --from, whose own it is; leave it out")
    return new


def _settings_of(*members: type[Member]) -> set[str]:
    return {key for each in members for key in settings_of(each)} - {"step"}
