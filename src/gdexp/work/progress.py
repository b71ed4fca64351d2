"""Progress of the grid: how many jobs are done and how long the rest takes."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent
from tqdm import tqdm  # well kept, estimates the remaining time, cheap per tick

from gdexp.grid.cost import CELL
from gdexp.util.screen import SCREEN

# what is said per job; errors are not
CHATTER = (
    LogEvent.JOB_INFO,
    LogEvent.JOB_STARTED,
    LogEvent.JOB_FINISHED,
    LogEvent.PROGRESS,
)


def say(text: str) -> None:
    """Say something in a line of its own, above a bar. Safe from threads."""
    tqdm.write(f"gdexp: {text}", file=SCREEN)


def bar(total: int, text: str, left: str = "") -> Any:
    """Return a bar on standard error, or lines every ten seconds if it is a file.

    What is left is said by tqdm, or in the caller's words if there are any: then they
    are the attribute `unit` of the bar.
    """
    terminal = SCREEN.isatty()
    rest = "{unit}" if left else "about {remaining} left"
    shown = "{desc} {percentage:3.0f}%|{bar}| {elapsed}, "
    if not terminal:
        shown = "{desc} ({percentage:.0f} %), {elapsed} elapsed, "
    return tqdm(
        total=total,
        desc=text,
        disable=not total,
        mininterval=0.2 if terminal else 10,
        maxinterval=10,
        file=SCREEN,
        dynamic_ncols=terminal,
        bar_format=shown + rest + "{postfix}" + "\n" * (not terminal),
        unit=left,
    )


class Progress:
    """The bar of a workflow's cell jobs, moved by what Snakemake says of its jobs.

    Wherever they run: in threads here, or on the nodes of a cluster. Until it is
    started, as in a process that runs one job on a node, it shows nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bar: Any = None
        self._weights: dict[int, int] = {}
        self._began: dict[int, float] = {}
        self._done = 0
        self._noted = 0.0
        self._cores = 1
        # Seconds by the size of a job: quick jobs and those of minutes are off from
        # what is expected by other factors.
        self._ahead: defaultdict[int, float] = defaultdict(float)
        self._expected: defaultdict[int, float] = defaultdict(float)
        self._took: defaultdict[int, float] = defaultdict(float)

    def start(self, weights: Mapping[int, int], cores: int) -> None:
        """Show the bar for the jobs of these numbers and weights, run on some cores.

        A weight is the core seconds that a job is expected to take, in units of
        `gdexp.grid.cost.CELL`; see `Experiment.weight`.
        """
        self._weights, self._cores = dict(weights), cores
        total = sum(weights.values())
        for weight in weights.values():
            self._ahead[_size(weight)] += weight * CELL
        # tqdm takes the speed so far for that of the rest: the first jobs are not like
        # the last
        self._bar = bar(total, self._text(), self._left())
        # Lines per job, some of which no level of `quiet` leaves out, would tear it
        logging.getLogger("snakemake.logging").addFilter(self._hear)

    def note(self, text: str) -> None:
        """Say how far a long job is. Safe to call from threads."""
        if self._bar is not None:
            with self._lock:
                self._bar.set_postfix_str(text, refresh=False)
                self._bar.unit = self._left()
                if time.monotonic() - self._noted >= self._bar.mininterval:
                    self._noted = time.monotonic()
                    self._bar.refresh()

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()

    def _hear(self, record: logging.LogRecord) -> bool:
        """Count a job that ended; return whether a line is to be shown at all."""
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_STARTED:
            with self._lock:
                for job in getattr(record, "jobs", []):
                    self._begin(job)
        if event == LogEvent.JOB_FINISHED:
            self._count(getattr(record, "job_id", -1))
        chatter = str(record.msg).startswith(("Select jobs to execute", "Execute "))
        return not chatter and event not in CHATTER

    def _count(self, job: int) -> None:
        if job not in self._weights:
            return
        with self._lock:
            self._done += 1
            self._begin(job)
            weight = self._weights[job]
            self._expected[_size(weight)] += weight * CELL
            self._took[_size(weight)] += time.monotonic() - self._began.pop(job)
            self._bar.set_description_str(self._text(), refresh=False)
            self._bar.unit = self._left()
            self._bar.update(self._weights[job])
            if self._done == len(self._weights):
                self._bar.close()

    def _begin(self, job: int) -> None:
        if job in self._weights and job not in self._began:
            self._began[job] = time.monotonic()
            weight = self._weights[job]
            self._ahead[_size(weight)] -= weight * CELL

    def _left(self) -> str:
        """Return how long the rest takes, by its weights and the pace so far.

        A run that ended long before its cap says nothing of those that do not.
        """
        now = time.monotonic()
        running = [
            max(0.0, self._pace(weight) * weight * CELL - (now - began))
            for weight, began in (
                (self._weights[job], began) for job, began in self._began.items()
            )
        ]
        ahead = sum(self._pace(1 << size) * left for size, left in self._ahead.items())
        together = max(self._cores, len(running))
        # one job is on one core
        seconds = max((sum(running) + ahead) / together, *running, 0.0)
        return f"about {tqdm.format_interval(seconds)} left"

    def _pace(self, weight: int) -> float:
        """Return how much longer jobs of a size take than was expected."""
        size = _size(weight)
        if not self._expected[size]:
            return 1.0
        return max(1.0, self._took[size] / self._expected[size])

    def _text(self) -> str:
        return f"cell jobs: {self._done} of {len(self._weights)}"


def _size(weight: int) -> int:
    """Return the power of two that a weight is near."""
    return weight.bit_length() - 1
