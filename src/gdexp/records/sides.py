"""What two sides of a comparison are: cells, entries or results folders, by name.

A name is a path, or a place in the results of a configuration: the key of a cell,
``experiment/entry/d16/s0``, or an entry, ``experiment/entry``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from gdexp.grid.grid import Grid
from gdexp.grid.job import TEXT, Job
from gdexp.grid.names import slug
from gdexp.records.record import Record, read_records
from gdexp.util.errors import ConfigError, GdexpError, RecordError, short

Kind = Literal["cell", "entry", "results folder"]


@dataclass(frozen=True)
class Side:
    """One of two things that are compared.

    Attributes
    ----------
    kind : {"cell", "entry", "results folder"}
    label : str
        What it is called, as it was given.
    paths : tuple of Path
        The record files that it is in.
    key : str
        That of a cell that shares its file with others; else empty.
    """

    kind: Kind
    label: str
    paths: tuple[Path, ...]
    key: str = ""

    @cached_property
    def records(self) -> dict[str, Record]:
        """The records by the keys of their cells; RecordError if one is damaged."""
        found = {each.key: each for each in read_records(self.paths)}
        return {self.key: found[self.key]} if self.key in found else found

    @cached_property
    def places(self) -> dict[str, Path]:
        """The files of all cells, by their keys, as the names of the files say."""
        return {key: path for path in self.paths for key in Job.parse(str(path)).keys}

    def at(self, key: str) -> Record:
        """Return the record of a cell; of a grid not all are held at once."""
        path = self.places[key]
        found = _read(path)
        if key not in found:
            raise RecordError(
                f"record file {path} has no cell {key}, though its name says so"
            )
        return found[key]

    @property
    def record(self) -> Record:
        """The record of a cell."""
        (found,) = self.records.values()
        return found


@lru_cache(maxsize=4)  # the files of one job, of two sides
def _read(path: Path) -> dict[str, Record]:
    return {each.key: each for each in read_records([path])}


def side(text: str, grid: Callable[[], Grid]) -> Side:
    """Return what a name is the name of.

    Parameters
    ----------
    text : str
        A record file, the folder of an entry below ``cells/``, a results folder, the
        key of a cell or an entry.
    grid : callable
        Returns the grid whose results have what is no path.

    Raises
    ------
    ConfigError
        If there is no such thing, in one line with what is allowed.
    """
    path = Path(text)
    if path.is_dir():
        return _folder(path, text)
    if path.is_file():
        return _file(path, text)
    if TEXT.fullmatch(text):
        return _keyed(text, grid)
    if "/" not in text.strip("/"):
        raise ConfigError(
            f"{short(text)} is nothing to compare; allowed: a results folder, a record"
            " file, EXPERIMENT/ENTRY or EXPERIMENT/ENTRY/dDIM/sSEED"
        )
    return _entry(text, grid())


def _folder(path: Path, text: str) -> Side:
    cells = path / "cells"
    if cells.is_dir():
        return Side("results folder", text, _files(cells, "*/*/*/s*.jsonl", text))
    if path.resolve().parent.parent.name == "cells":
        return Side("entry", text, _files(path, "*/s*.jsonl", text))
    raise ConfigError(
        f"{short(text)} has no records; allowed: a results folder, which has a folder"
        " cells, or the folder of an entry in there"
    )


def _files(path: Path, pattern: str, text: str) -> tuple[Path, ...]:
    found = tuple(sorted(path.glob(pattern)))
    if not found:
        raise ConfigError(f"{short(text)} has no records; run the workflow")
    return found


def _file(path: Path, text: str) -> Side:
    keys = [record.key for record in read_records([path])]
    if len(keys) != 1:
        raise ConfigError(
            f"{short(text)} has {len(keys)} cells; name one of them by its key, such as"
            f" {keys[0]}"
        )
    return Side("cell", text, (path,), keys[0])


def _keyed(text: str, grid: Callable[[], Grid]) -> Side:
    """Return the cell of a key, or of a path that would be its file with one seed."""
    job = Job.parse(text)
    if len(job.seeds) != 1:
        raise ConfigError(f"{short(text)} is {len(job.seeds)} cells; name one seed")
    found = TEXT.fullmatch(text)
    assert found is not None
    base = found[1]  # what stands before the key: a folder of records
    cells = Path(base) if base else Path(grid().results, "cells")
    (key,) = job.keys
    folder = cells / Path(key).parent
    for path in sorted(folder.glob("s*.jsonl")):
        try:
            held = job.seeds[0] in Job.parse(str(path)).seeds
        except ConfigError:  # no file of records
            continue
        if held:
            return Side("cell", text, (path,), key)
    if not base:
        grid().job(text)  # of an experiment, entry or dim that is not there: says so
    raise RecordError(f"there is no record of cell {key} in {cells}; run the workflow")


def _entry(text: str, grid: Grid) -> Side:
    experiment, _, name = text.strip("/").partition("/")
    for folder in (slug(name), name):  # a name, or the slug that it has in paths
        path = Path(grid.results, "cells", experiment, folder)
        if path.is_dir():
            return Side("entry", text, _files(path, "*/s*.jsonl", text))
    known = grid.experiments.get(experiment)
    if known is None or name not in known.specs:
        raise ConfigError(_unknown(experiment, name, grid))
    raise RecordError(f"there are no records of {short(text)} in {grid.results}")


def _unknown(experiment: str, name: str, grid: Grid) -> str:
    try:
        dim = next(iter(grid.experiments.values())).dims[0]
        grid.job(f"{experiment}/{slug(name)}/d{dim}/s0")
    except GdexpError as error:
        return str(error)
    return f"there is no entry {short(name)} in {experiment}"
