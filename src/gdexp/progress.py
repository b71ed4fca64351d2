"""Progress of the grid: how many jobs are done and how long the rest takes."""

import logging
import sys
import threading
import time
from typing import Any

from tqdm import tqdm  # well kept, estimates the remaining time, cheap per tick

LINES = (
    "{desc}: {n_fmt} of {total_fmt} ({percentage:.0f} %),"
    " {elapsed} elapsed, about {remaining} left{postfix}\n"
)


class Progress:
    """A bar on standard error, or a line every ten seconds if that is no terminal.

    Until it is started, as in a job of its own on a cluster, it shows nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bar: Any = None
        self._noted = 0.0

    def start(self, total: int) -> None:
        """Show the bar for a number of cell jobs."""
        if total == 0:
            return
        terminal = sys.stderr.isatty()
        self._bar = tqdm(
            total=total,
            desc="cell jobs",
            mininterval=0.2 if terminal else 10,
            maxinterval=10,
            file=sys.stderr,
            dynamic_ncols=terminal,
            bar_format=None if terminal else LINES,
        )
        # two lines per job, which no level of `quiet` leaves out, would tear the bar
        logging.getLogger("snakemake.logging").addFilter(_no_chatter)

    def add(self, jobs: int) -> None:
        """Count jobs as done. Safe to call from threads."""
        if self._bar is not None:
            with self._lock:
                self._bar.update(jobs)
                if self._bar.n == self._bar.total:
                    self._bar.close()

    def note(self, text: str) -> None:
        """Say how far a long job is. Safe to call from threads."""
        if self._bar is not None:
            with self._lock:
                self._bar.set_postfix_str(text, refresh=False)
                if time.monotonic() - self._noted >= self._bar.mininterval:
                    self._noted = time.monotonic()
                    self._bar.refresh()

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()


def _no_chatter(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(("Select jobs to execute", "Execute "))
