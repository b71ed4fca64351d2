"""What is known of which cells have a run, without asking the store.

A file for each job, below ``tracking`` and gone with the store there. It is written
once the runs are finished and says of which record each of them is: of one that is made
anew it says nothing, also where a worker was killed in between or it cannot be deleted.
"""

import json
from collections.abc import Iterable

from gdexp.grid.job import Job
from gdexp.records.record import Record
from gdexp.util.files import write_json


def _path(results: str, job: Job) -> str:
    # no Path: to put one together takes longer than to read its file
    return f"{results}/tracking/cells/{job.text}.json"


def note(results: str, job: Job, records: Iterable[Record]) -> None:
    """Say which records of a job have a run."""
    known = {record.key: record.digest for record in records}
    write_json({"tracked": known}, _path(results, job))


def noted(results: str, job: Job) -> dict[str, str]:
    """Return the digests of records that have a run, by key, as far as is known."""
    try:
        with open(_path(results, job), "rb") as file:  # noqa: PTH123  # as above
            return dict(json.loads(file.read())["tracked"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
