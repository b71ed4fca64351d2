"""What two sides of a comparison are: cells, entries or results folders, by name.

A name is a path, or a place in the results of a configuration: the key of a cell,
``experiment/entry/d16/s0``, or an entry, ``experiment/entry``. By path it is what is
there, by name what the configuration asks for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from gdexp.grid.grid import Grid
from gdexp.grid.job import TEXT, Job
from gdexp.grid.names import slug, unslug
from gdexp.records.found import check_name, files_by_key
from gdexp.records.record import Record, read_records
from gdexp.util.errors import ConfigError, RecordError, short, unknown

Kind = Literal["cell", "entry", "results folder"]


@dataclass(frozen=True)
class Side:
    """One of two things that are compared.

    Attributes
    ----------
    kind : {"cell", "entry", "results folder"}
    label : str
        What it is called, as it was given.
    places : mapping of str to Path
        The files of all its cells, by their keys.
    """

    kind: Kind
    label: str
    places: Mapping[str, Path]

    @cached_property
    def records(self) -> dict[str, Record]:
        """The records by the keys of their cells; RecordError if one is damaged."""
        return {key: self.at(key) for key in self.places}

    def at(self, key: str) -> Record:
        """Return the record of a cell; of a grid not all are held at once."""
        path = self.places[key]
        found = self._read(path)
        if key not in found:
            raise RecordError(
                f"record file {path} has no cell {key}, though its name says so"
            )
        return found[key]

    @property
    def record(self) -> Record:
        """The record of a cell."""
        (key,) = self.places
        return self.at(key)

    @cached_property
    def _read(self) -> Callable[[Path], dict[str, Record]]:
        @lru_cache(maxsize=2)  # the files of one job
        def read(path: Path) -> dict[str, Record]:
            return {each.key: each for each in read_records([path])}

        return read


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


def _files(
    path: Path, pattern: str, text: str, asked: Mapping[str, Path] | None = None
) -> dict[str, Path]:
    found = files_by_key(sorted(path.glob(pattern)), asked)
    if not found:
        raise ConfigError(f"{short(text)} has no records; run the workflow")
    return found


def _file(path: Path, text: str) -> Side:
    try:
        keys = [record.key for record in read_records([path])]
    except RecordError:  # whose advice is to delete it: it may be any file
        raise ConfigError(f"{short(text)} is no record file, or damaged") from None
    place = TEXT.fullmatch(f"{path.absolute()}")
    if place is not None and place[1].endswith("/cells/"):
        check_name(path, keys)
    if len(keys) != 1:
        raise ConfigError(
            f"{short(text)} has {len(keys)} cells; name one of them by its key, such as"
            f" {keys[0]}"
        )
    return Side("cell", text, {keys[0]: path})


def _keyed(text: str, grid: Callable[[], Grid]) -> Side:
    """Return the cell of a key, or of a path that would be its file with one seed."""
    job = Job.parse(text)
    if len(job.seeds) != 1:
        raise ConfigError(f"{short(text)} is {len(job.seeds)} cells; name one seed")
    found = TEXT.fullmatch(text)
    assert found is not None
    base = found[1]  # what stands before the key: a folder of records
    (key,) = job.keys
    if base:
        cells, own = Path(base), Path(text)
    else:
        grid().job(text)  # of an experiment, entry or dim that is not there: says so
        cells = Path(grid().results, "cells")
        own = _asked(grid(), job.experiment, job.name)[key]
    paths = sorted(Path(cells, key).parent.glob("s*.jsonl"))
    named = (path for path in paths if TEXT.fullmatch(f"{path}"))
    places = files_by_key(named, {key: own})
    if not places:
        raise RecordError(
            f"there is no record of cell {key} in {cells}; run the workflow"
        )
    return Side("cell", text, places)


def _entry(text: str, grid: Grid) -> Side:
    experiment, _, told = text.strip("/").partition("/")
    if experiment not in grid.experiments:
        raise ConfigError(unknown("experiment", experiment, grid.experiments))
    specs = grid.experiments[experiment].specs
    name = told if told in specs else unslug(told)  # as it stands in paths
    if name not in specs:
        raise ConfigError(unknown(f"{experiment}: model", told, specs))
    folder = Path(grid.results, "cells", experiment, slug(name))
    asked = _asked(grid, experiment, name)
    return Side("entry", text, _files(folder, "*/s*.jsonl", text, asked))


def _asked(grid: Grid, experiment: str, name: str) -> dict[str, Path]:
    """Return the record files of an entry, by the keys of its cells."""
    return {
        key: Path(grid.results, "cells", job.path)
        for job in grid.jobs(experiment)
        if job.name == name
        for key in job.keys
    }
