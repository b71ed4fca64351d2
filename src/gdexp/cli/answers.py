"""What ``gdexp run`` says of a run: one JSON object, and a figure."""

import argparse
import json
from pathlib import Path

from gdexp.core.spec import Spec
from gdexp.figures import About, cards
from gdexp.records.record import Record
from gdexp.util.errors import ConfigError, allowed, escaped, short

PLOTS = (".png", ".pdf", ".svg")


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
    # a table may have a name that no font has
    models = {cell["model"]: cell["model"]}
    about = About(escaped(note), models, title=escaped(title))
    plot = cards()["run"].load()
    try:
        plot.draw(record.trajectory, about=about).save([path])
    except OSError as error:
        raise ConfigError(f"--plot {short(path)}: {error.strerror}") from None
