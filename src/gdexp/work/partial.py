"""Tables and figures of the cells that are there, when others failed or are missing.

They go to a folder of their own, ``partial`` below the results, and every figure and
caption says how many cells it is made of, as README.txt does for the tables: nobody
takes them for the whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gdexp.figures import TABLES, experiment_table, places
from gdexp.grid.grid import Grid
from gdexp.records.examine import examine
from gdexp.util.errors import ConfigError
from gdexp.util.files import absent, whole
from gdexp.work.notes import Notes
from gdexp.work.products import partial_of
from gdexp.work.tasks import Context, drawings, tables


@dataclass(frozen=True)
class Partial:
    """What is there of a grid.

    Attributes
    ----------
    files : dict of str to list of Path
        The record files that are good, by experiment.
    cells, missing : int
        Cells in them, and cells without a record.
    refused : list of str
        Why a record file was left out, a line for each.
    """

    files: dict[str, list[Path]]
    cells: int
    missing: int
    refused: list[str]

    @classmethod
    def of(cls, grid: Grid) -> "Partial":
        """Look at all records of a grid."""
        files: dict[str, list[Path]] = {}
        cells = missing = 0
        refused = []
        for job in grid.jobs():
            path = Path(grid.results, "cells", job.path)
            if absent(path):
                missing += len(job.seeds)
                continue
            look = examine(grid, job)
            if look.state == "good":
                cells += len(look.records)
                files.setdefault(job.experiment, []).append(path)
            else:
                refused.append(look.reason)
        return cls(files, cells, missing, list(dict.fromkeys(refused)))

    @property
    def mark(self) -> str:
        """What figures and captions begin with; nothing if all cells are there."""
        lacking = self.missing or self.refused
        return f"PARTIAL: {self.summary}. " if lacking else ""

    @property
    def summary(self) -> str:
        """The counts in one line."""
        total = self.cells + self.missing
        words = f"{self.cells} of {total} cells, {self.missing} missing"
        if self.refused:
            words = f"{self.cells} cells, {self.missing} missing"
            words += f", {len(self.refused)} record files refused"
        return words


def collect_partial(grid: Grid) -> Partial:
    """Make tables and figures of what is there, below ``partial``.

    Raises
    ------
    ConfigError
        If there is no good record at all.
    """
    found = Partial.of(grid)
    if not found.cells:
        raise ConfigError(f"no good record below {grid.results}/cells; nothing to show")
    product = partial_of(grid)
    for file in product.outputs:  # no figure of what is there no more
        Path(grid.results, file).unlink(missing_ok=True)
    with Notes(grid.results).making(product):
        _draw(grid, found)
    return found


def _draw(grid: Grid, found: Partial) -> None:
    context = Context(grid, mark=found.mark)
    with whole(Path(grid.results, "partial", "README.txt")) as readme:
        start = found.mark.strip() or f"Complete: {found.summary}."
        readme.write_text("\n".join([start, *found.refused]) + "\n", "utf-8")
    folder = Path(grid.results, "partial")
    drawn = _tables(context, found, folder)
    for place in places(grid).values():
        records = [
            path for name in place.experiments for path in found.files.get(name, [])
        ]
        # of studies there is all or nothing
        if not records or place.studies:
            continue
        chosen = {"trajectories": [str(path) for path in _middle(records)]}
        chosen["images"] = chosen["records"] = [str(path) for path in records]
        inputs = {read: (drawn | chosen)[read] for read in place.card.reads}
        outputs = [str(folder / file) for file in place.files]
        drawings.figure(context, place.path, inputs, outputs)


def _tables(context: Context, found: Partial, folder: Path) -> dict[str, list[str]]:
    """Make the tables of each experiment and of all; return those of all."""
    parts: dict[str, list[str]] = {name: [] for name in TABLES}
    for experiment in sorted(found.files):
        files = [str(folder / experiment_table(experiment, name)) for name in TABLES]
        records = [str(path) for path in found.files[experiment]]
        tables.table(context, experiment, files[0], records)
        tables.exponents(context, *files)
        for name, file in zip(TABLES, files, strict=True):
            parts[name].append(file)
    outputs = {name: str(folder / "tables" / f"{name}.csv") for name in TABLES}
    tables.collect(context, parts, outputs)
    return {name: [file] for name, file in outputs.items()}


def _middle(paths: list[Path]) -> Iterator[Path]:
    """Yield the files of the middle one of the dims that are there."""
    dims = sorted({int(path.parent.name[1:]) for path in paths})
    middle = dims[len(dims) // 2]
    yield from (path for path in paths if path.parent.name == f"d{middle}")
