"""Progress of the grid: how many jobs are done and how long the rest takes."""

import logging
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent
from tqdm import tqdm  # well kept, estimates the remaining time, cheap per tick

# what is said per job; errors are not
CHATTER = (
    LogEvent.JOB_INFO,
    LogEvent.JOB_STARTED,
    LogEvent.JOB_FINISHED,
    LogEvent.PROGRESS,
)
LINES = (
    "{desc} ({percentage:.0f} %), {elapsed} elapsed, about {remaining} left{postfix}\n"
)


def bar(total: int, text: str) -> Any:
    """Return a bar on standard error, or lines every ten seconds if it is a file."""
    terminal = sys.stderr.isatty()
    return tqdm(
        total=total,
        desc=text,
        disable=not total,
        mininterval=0.2 if terminal else 10,
        maxinterval=10,
        file=sys.stderr,
        dynamic_ncols=terminal,
        bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}, about"
        " {remaining} left{postfix}"
        if terminal
        else LINES,
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
        self._done = 0
        self._noted = 0.0

    def start(self, weights: Mapping[int, int]) -> None:
        """Show the bar for the jobs of these numbers and weights.

        A weight is what of the whole a job takes; see `Experiment.weight`.
        """
        self._weights = dict(weights)
        self._bar = bar(sum(weights.values()), self._text())
        # Lines per job, some of which no level of `quiet` leaves out, would tear it
        logging.getLogger("snakemake.logging").addFilter(self._hear)

    def note(self, text: str) -> None:
        """Say how far a long job is. Safe to call from threads."""
        if self._bar is not None:
            with self._lock:
                self._bar.set_postfix_str(text, refresh=False)
                if time.monotonic() - self._noted >= self._bar.mininterval:
                    self._noted = time.monotonic()
                    self._bar.refresh()

    def notice(self, text: str) -> None:
        """Say something in a line of its own, above the bar. Safe from threads."""
        tqdm.write(f"gdexp: {text}", file=sys.stderr)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()

    def _hear(self, record: logging.LogRecord) -> bool:
        """Count a job that ended; return whether a line is to be shown at all."""
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_FINISHED:
            self._count(getattr(record, "job_id", -1))
        chatter = str(record.msg).startswith(("Select jobs to execute", "Execute "))
        return not chatter and event not in CHATTER

    def _count(self, job: int) -> None:
        if job not in self._weights:
            return
        with self._lock:
            self._done += 1
            self._bar.set_description_str(self._text(), refresh=False)
            self._bar.update(self._weights[job])
            if self._done == len(self._weights):
                self._bar.close()

    def _text(self) -> str:
        return f"cell jobs: {self._done} of {len(self._weights)}"
