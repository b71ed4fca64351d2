"""Which record files of a results folder are good, and why the others are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gdexp.grid.grid import Grid
from gdexp.grid.job import Job
from gdexp.records.looks import Looks
from gdexp.records.record import read_records
from gdexp.util.errors import GdexpError, RecordError


@dataclass(frozen=True)
class Found:
    """The record files of a folder.

    Attributes
    ----------
    paths : list of Path
        Those whose cells are in the tables.
    missing : int
        Cells of the configuration that have no record.
    left_out : list of str
        Why a record file is not in the tables, a line for each.
    """

    paths: list[Path] = field(default_factory=list)
    missing: int = 0
    left_out: list[str] = field(default_factory=list)


def asked_for(grid: Grid, stale: bool) -> Found:
    """Look at the record files that a grid asks for."""
    found, looks = Found(), Looks(grid)
    missing, taken = 0, {"good", "stale"} if stale else {"good"}
    for job in grid.jobs():
        seen = looks.at(job)
        if seen.state == "absent":
            missing += len(job.seeds)
        elif seen.state in taken:
            found.paths.append(Path(grid.results, "cells", job.path))
        else:
            found.left_out.append(seen.reason)
    return Found(found.paths, missing, found.left_out)


def all_of(cells: Path) -> Found:
    """Look at all record files of a folder, of which nothing else is known."""
    found, places = Found(), dict[str, Path]()
    twice: dict[Path, str] = {}
    for path in sorted(cells.rglob("s*.jsonl")):
        try:
            keys = [record.key for record in read_records([path])]
            check_name(path, keys)
        except GdexpError as error:
            found.left_out.append(str(error))
            continue
        found.paths.append(path)
        for key in keys:
            other = places.setdefault(key, path)
            if other != path:
                for each in (other, path):
                    twice.setdefault(each, _twice(key, other, path))
    left_out = [*found.left_out, *twice.values()]
    return Found([each for each in found.paths if each not in twice], 0, left_out)


def check_name(path: Path, keys: list[str]) -> None:
    """Raise RecordError unless a file has the cells that its name says."""
    if keys != Job.parse(str(path)).keys:
        raise RecordError(f"record file {path} is of other cells than its name")


def files_by_key(
    paths: Iterable[Path], asked: Mapping[str, Path] | None = None
) -> dict[str, Path]:
    """Return the files of cells by their keys, as the names of the files say.

    Parameters
    ----------
    paths : iterable of Path
        Record files; some may be left over, of another number of cells per job.
    asked : mapping of str to Path or None
        The cells that are asked for, all of them if None, and the file of each; one
        that has no such file may be in another one.

    Raises
    ------
    RecordError
        If it is not known which file is that of a cell.
    """
    held: dict[str, list[Path]] = {}
    for path in paths:
        for key in Job.parse(str(path)).keys:
            if asked is None or key in asked:
                held.setdefault(key, []).append(path)
    for key, path in (asked or {}).items():
        if path in held.get(key, ()):
            held[key] = [path]
    for key, (first, *others) in held.items():
        if others:
            raise RecordError(_twice(key, first, others[0]))
    return {key: first for key, (first,) in held.items()}


def _twice(key: str, one: Path, other: Path) -> str:
    return (
        f"cell {key} is in two record files, {one} and {other}; delete the one that is"
        " left over"
    )
