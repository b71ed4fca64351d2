"""Status: how far a grid is, from its files alone: records, logs, notes of runs.

No process is asked and no store: it answers on a login node while the cells run
elsewhere, and after everything was killed.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gdexp.core.outcome import STATUSES
from gdexp.core.spec import Spec
from gdexp.grid import cost
from gdexp.grid.grid import Grid
from gdexp.grid.job import Job
from gdexp.records.looks import Looks
from gdexp.records.tracked import noted
from gdexp.util.files import is_held

ENDS = tuple(STATUSES.values())


@dataclass
class Status:
    """How the cells of a grid, or of some of its jobs, stand.

    Attributes
    ----------
    cells : Counter
        Number of cells that are done, by outcome; ``stale`` ones, whose record is
        damaged, or of another configuration or program; ``running``; ``failed``, which
        have a log and no record, be it that they were cut short; and ``waiting``.
    untracked : list of str
        Keys of cells that are done and have no run in the store, as far as is known
        without asking it.
    failed : list of Path
        The logs of failed jobs.
    unasked : list of Path
        Those among them that may run, as the disk has no locks.
    seconds : float
        Core seconds that remain, estimated; see `Estimate`.
    unclear : int
        Number of cells in which the sign of a margin decided something while it was
        within its rounding error.
    old : str
        What to do about records of an older gdexp, if there are any.
    """

    cells: Counter[str] = field(default_factory=Counter)
    untracked: list[str] = field(default_factory=list)
    failed: list[Path] = field(default_factory=list)
    unasked: list[Path] = field(default_factory=list)
    seconds: float = 0.0
    unclear: int = 0
    old: str = ""

    @classmethod
    def of(
        cls,
        grid: Grid,
        jobs: Iterable[Job] | None = None,
        looks: Looks | None = None,
    ) -> "Status":
        """Look at the records and logs of a grid, or of some of its jobs."""
        status, estimate = cls(), Estimate()
        synced = Path(grid.results, "tracking", "synced.json")
        since = synced.stat().st_mtime_ns if synced.exists() else 0
        open_jobs = []
        looks, logs = looks or Looks(grid), Path(grid.results, "logs", "cells")
        for job in grid.jobs() if jobs is None else jobs:
            seen = looks.at(job)
            if seen.state == "absent":
                state = status._without((logs / job.path).with_suffix(".log"))
            else:
                state = "done" if seen.state == "good" else "stale"
                if seen.state == "old":
                    status.old = seen.reason
            if state == "done":
                for end in seen.ends:
                    status.cells[end.outcome] += 1
                    status.unclear += end.unclear > 0
                    estimate.learn(job, end.iterations)
                if seen.made > since and grid.tracking != "none":
                    known = noted(grid.results, job)
                    status.untracked += [
                        key
                        for key, end in zip(job.keys, seen.ends, strict=True)
                        if known.get(key) != end.digest
                    ]
                continue
            status.cells[state] += len(job.seeds)
            open_jobs.append(job)
        status.seconds = sum(estimate.seconds(grid, job) for job in open_jobs)
        return status

    @property
    def ends(self) -> str:
        """How the cells ended, in one line."""
        counts = [f"{self.cells[end]} {end}" for end in ENDS]
        lost = self.cells.total() - self.done
        text = f"cells: {', '.join(counts)}; {lost} failed or not run"
        if self.unclear:
            text += f"; unclear signs in {self.unclear}"
        if self.untracked:
            shown = ", ".join(self.untracked[:5])
            more = len(self.untracked) - 5
            text += f"; {len(self.untracked)} untracked ('gdexp sync' repairs): {shown}"
            text += f" and {more} more" * (more > 0)
        return text

    @property
    def lines(self) -> list[str]:
        """The counts and what to do about them, a line for each."""
        told = {
            "done": self.done,
            "running": self.cells["running"],
            "failed": self.cells["failed"],
            "stale": self.cells["stale"],
            "waiting": self.cells["waiting"],
            "untracked": len(self.untracked),
        }
        first = next((f"such as {log}" for log in self.failed), "")
        or_run = " or running: their locks cannot be asked" if self.unasked else ""
        hints = {
            "done": f"of {self.cells.total():,}: "
            + ", ".join(f"{self.cells[end]:,} {end}" for end in ENDS),
            "failed": f"failed or cut short{or_run}; logs {first}",
            "stale": self.old
            or "the record is damaged or of another configuration, program or data",
            "untracked": "'gdexp sync' logs their runs",
        }
        return [
            f"{name:<9} {count:>9,}  {hints.get(name, '') if count else ''}".rstrip()
            for name, count in told.items()
        ] + [f"remaining {self.seconds / 3600:>9.3g}  core-hours, estimated"]

    @property
    def done(self) -> int:
        """Number of cells with a good record."""
        return sum(self.cells[end] for end in ENDS)

    def _without(self, log: Path) -> str:
        """Return what is with a job that has no record: a worker holds its log."""
        if not log.exists():
            return "waiting"
        held = is_held(log)
        if held:
            return "running"
        self.failed.append(log)
        if held is None:
            self.unasked.append(log)
        return "failed"


class Estimate:
    """Expected iterations, learned from the cells that are done.

    The mean of the same model entry at the same dim; else of the nearest dim that has
    any, times the ratio of the dims; else the cap, which is an upper limit.
    """

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], dict[int, tuple[int, int]]] = {}

    def learn(self, job: Job, iterations: int) -> None:
        """Take a finished cell into account."""
        dims = self._sums.setdefault((job.experiment, job.name), {})
        total, count = dims.get(job.dim, (0, 0))
        dims[job.dim] = total + iterations, count + 1

    def iterations(self, job: Job, spec: Spec) -> float:
        """Return the expected iterations of a cell, never more than its cap."""
        dims = self._sums.get((job.experiment, job.name))
        if not dims:
            return spec.max_iterations
        nearest = min(dims, key=lambda dim: abs(dim - job.dim))
        total, count = dims[nearest]
        return min(total / count * job.dim / nearest, spec.max_iterations)

    def seconds(self, grid: Grid, job: Job) -> float:
        """Return about how many core seconds a job takes."""
        spec = grid.experiments[job.experiment].specs[job.name]
        each = cost.seconds(spec, job.dim, self.iterations(job, spec))
        return len(job.seeds) * each
