"""What is known of which cells have a run, without asking the store.

A file for each job, below ``tracking`` and gone with the store there. It is deleted
before the record is written and written once the runs are finished, so that a worker
that is killed in between leaves none.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from gdexp.grid.job import Job
from gdexp.util.files import write_json


def _path(results: str, job: Job) -> str:
    # no Path: to put one together takes longer than to read its file
    return f"{results}/tracking/cells/{job.text}.json"


def forget(results: str, job: Job) -> None:
    """Say that no cell of a job has a run, as far as is known."""
    Path(_path(results, job)).unlink(missing_ok=True)


def note(results: str, job: Job, keys: Iterable[str]) -> None:
    """Say which cells of a job have a run."""
    write_json({"tracked": list(keys)}, _path(results, job))


def noted(results: str, job: Job) -> set[str]:
    """Return the keys of the cells of a job that have a run, as far as is known."""
    try:
        with open(_path(results, job), "rb") as file:  # noqa: PTH123  # as above
            return set(json.loads(file.read())["tracked"])
    except (OSError, ValueError, KeyError, TypeError):
        return set()
