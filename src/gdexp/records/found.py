"""Which record files of a results folder are good, and why the others are not."""

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

    def check(path: Path) -> None:
        keys = [record.key for record in read_records([path])]
        if keys != Job.parse(str(path)).keys:
            raise RecordError(f"record file {path} is of other cells than its name")

    found = Found()
    for path in sorted(cells.rglob("s*.jsonl")):
        try:
            check(path)
        except GdexpError as error:
            found.left_out.append(str(error))
        else:
            found.paths.append(path)
    return found
