"""A quick look at record files, for who looks at all of a grid.

To parse a record takes longer than to read it. One that is as it was written, begins
byte by byte as is expected of its cell, and ends like one that was examined and found
good, is good itself. On whatever else there is `examine` decides.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Literal, NamedTuple

from gdexp.core.outcome import KINDS, STATUSES
from gdexp.grid.grid import Grid
from gdexp.grid.job import Job
from gdexp.records.examine import State, examine
from gdexp.records.record import CLOSED, DIGITS, FORMAT, SERIES, as_written, read_plain
from gdexp.util.digests import content

COUNT = r"(?:0|[1-9]\d{0,17})"
NUMBER = r"(?:null|-?[\d.e+-]+)"
_FINAL = "".join(f',"final_{name}":{NUMBER}' for name in SERIES[1:])
_TEXT = (
    rf'"outcome":{{"outcome":"({"|".join(STATUSES.values())})","iterations":({COUNT})'
    rf',"rising_steps":(?:null|{COUNT}){_FINAL}'
    rf',"certificate":(?:null|"({"|".join(KINDS)})"),"margin_over_bound":{NUMBER}'
    rf',"unclear":({COUNT}),"updates":{COUNT},'
)
OUTCOME = re.compile(_TEXT.encode())


class End(NamedTuple):
    """How a cell ended: of its record what `gdexp.records.status` tells or compares."""

    outcome: str
    iterations: int
    unclear: int
    digest: str


class Seen(NamedTuple):
    """A record file that was looked at.

    Attributes
    ----------
    state : str
        As of `gdexp.records.examine`, or "absent".
    reason : str
        Why it is not good and what to do, in one line.
    ends : sequence of End
        Those of the cells of a good one.
    made : int
        When it was written, in nanoseconds.
    """

    state: State | Literal["absent"]
    reason: str = ""
    ends: Sequence[End] = ()
    made: int = 0


class Looks:
    """Looks at the record files of a grid.

    Attributes
    ----------
    contents : dict of str to bytes
        The digests of what those hold that were looked at, by their paths below the
        results; see `gdexp.util.digests.content`.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._cells = f"{grid.results}/cells"
        self._expected = cache(self._expect)
        self.contents: dict[str, bytes] = {}

    def at(self, job: Job) -> Seen:
        """Look at the record file of a job."""
        try:
            name = job.path
            made, data = read_plain(f"{self._cells}/{name}")
            self.contents[f"cells/{name}"] = content(data)
            lines = data.split(b"\n")
        except FileNotFoundError:
            return Seen("absent")
        except OSError:
            made, lines = 0, []
        starts, known = self._expected(job.experiment, job.name, job.dim)
        if lines[-1:] == [b""] and len(lines) == len(job.seeds) + 1:
            ends = []
            for seed, line in zip(job.seeds, lines, strict=False):
                start = (f"{seed}".encode()).join(starts)
                text = as_written(line)
                found = OUTCOME.match(text, len(start))
                if not (found and text.startswith(start) and text.endswith((*known,))):
                    break
                outcome, iterations, kind, unclear = found.groups()
                if (kind is not None) != (outcome == b"separated"):
                    break
                told = line[-len(CLOSED) - DIGITS : -len(CLOSED)].decode()
                ends.append(End(outcome.decode(), int(iterations), int(unclear), told))
            else:
                return Seen("good", "", ends, made)
        return self._examined(job, made, known)

    def _examined(self, job: Job, made: int, known: set[bytes]) -> Seen:
        """Examine a file as a whole, and learn from a good one how others may end."""
        found = examine(self._grid, job)
        if found.state != "good":
            return Seen(found.state, found.reason, (), made)
        ends = []
        for record in found.records:
            origin = json.dumps(record.made_by, separators=(",", ":"))
            known.add(f'}},"made_by":{origin}}}'.encode())
            end = record.outcome
            told = end["outcome"], end["iterations"], end["unclear"]
            ends.append(End(*told, record.digest))
        return Seen("good", "", ends, made)

    def _expect(
        self, experiment: str, name: str, dim: int
    ) -> tuple[list[bytes], set[bytes]]:
        """Return the beginning of a record, cut where its seed is, and known ends."""
        job = Job(experiment, name, dim, range(-1, 0))
        cell = self._grid.expected(job).cell | {"seed": -1}
        fields = {"format": FORMAT, "key": job.keys[0], "cell": cell}
        text = json.dumps(fields, separators=(",", ":"))[:-1] + ","
        key, _, rest = text.partition('/s-1"')
        before, _, after = rest.partition('"seed":-1,')
        parts = f"{key}/s", f'"{before}"seed":', f",{after}"
        return [part.encode() for part in parts], set()
