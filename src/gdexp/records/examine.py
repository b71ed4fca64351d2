"""What state a record file is in: the one comparison that all readers share.

========  ==================================================================
good      the record of its cells, of this configuration, program and data
stale     as it was written, but another configuration, program or data made it
foreign   of other cells than those it is named after
damaged   not as it was written, or no record
old       in the format of an older gdexp
========  ==================================================================
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gdexp.grid.grid import Grid
from gdexp.grid.job import Job
from gdexp.records.record import Record, read_records
from gdexp.util.errors import OldError, RecordError, StaleError, shown

State = Literal["good", "stale", "foreign", "damaged", "old"]


@dataclass(frozen=True)
class Examined:
    """A record file that was looked at.

    Attributes
    ----------
    state : str
    reason : str
        Why it is not good and what to do, in one line.
    records : list of Record
        Those of a good or stale file.
    """

    state: State
    reason: str = ""
    records: list[Record] = field(default_factory=list)

    def good(self) -> list[Record]:
        """Return the records; RecordError unless the file is good."""
        return self.known("good")

    def known(self, *states: State) -> list[Record]:
        """Return the records; RecordError unless the file is in one of the states."""
        if self.state not in states:
            kinds = {"stale": StaleError, "old": OldError}
            raise kinds.get(self.state, RecordError)(self.reason)
        return self.records


def examine(grid: Grid, job: Job) -> Examined:
    """Look what state the record file of a job is in."""
    path = Path(grid.results, "cells", job.path)
    try:
        records = list(read_records([path]))
    except OldError:
        return Examined("old", old(grid))
    except RecordError as error:
        return Examined("damaged", str(error))
    wanted, found = job.keys, [record.key for record in records]
    if found != wanted:
        odd = next((key for key in found if key not in wanted), None)
        what = f"has cell {shown(odd)}, which is another"
        if odd is None:
            what = f"has {len(found)} records, not the {len(wanted)} of its cells"
        return Examined("foreign", f"record file {path} {what}; {_hint(path)}")
    expected = grid.expected(job)
    for record, seed in zip(records, job.seeds, strict=True):
        other = expected.difference(record.cell, record.made_by, seed)
        if other:
            what = f"the record of cell {record.key} in {path} is of {other}"
            return Examined("stale", f"{what}; {_hint(path)}", records)
    return Examined("good", "", records)


def _hint(path: Path) -> str:
    return f"delete {path} and run the workflow again"


def old(grid: Grid) -> str:
    """Say once for all of them that the records are of an older gdexp."""
    return (
        f"the records in {grid.results} were made by an older gdexp, in another format:"
        f" delete or move the folder {grid.results}, and run the workflow again"
    )
