"""Progress of the grid: how many jobs are done and how long the rest takes."""

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm  # well kept, estimates the remaining time, cheap per tick

OUTCOMES = ("separated", "capped", "diverged")
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
    """A bar on standard error, or a line every ten seconds if that is no terminal.

    Until it is started, as in a job of its own on a cluster, it shows nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bar: Any = None
        self._jobs = [0, 0]
        self._ends: Counter[str] = Counter()
        self._noted = 0.0

    def start(self, weights: Sequence[int]) -> None:
        """Show the bar for cell jobs of these weights; see `Experiment.weight`."""
        if not weights:
            return
        self._jobs = [0, len(weights)]
        self._bar = bar(sum(weights), self._text())
        # two lines per job, which no level of `quiet` leaves out, would tear the bar
        logging.getLogger("snakemake.logging").addFilter(_no_chatter)

    def add(self, weight: int, ends: Sequence[str] = ()) -> None:
        """Count a job as done, and how its cells ended. Safe to call from threads."""
        if self._bar is not None:
            with self._lock:
                self._jobs[0] += 1
                self._ends.update(ends)
                self._bar.set_description_str(self._text(), refresh=False)
                self._bar.update(weight)
                if self._bar.n == self._bar.total:
                    self._bar.close()

    def _text(self) -> str:
        return "cell jobs: {} of {}".format(*self._jobs)

    def note(self, text: str) -> None:
        """Say how far a long job is. Safe to call from threads."""
        if self._bar is not None:
            with self._lock:
                self._bar.set_postfix_str(text, refresh=False)
                if time.monotonic() - self._noted >= self._bar.mininterval:
                    self._noted = time.monotonic()
                    self._bar.refresh()

    def close(self) -> str:
        """Leave the bar as it stands; return how the cells of this run ended."""
        if self._bar is None:
            return "no cell had to be computed"
        self._bar.close()
        done, total = self._jobs
        counts = [f"{self._ends[name]} {name}" for name in OUTCOMES]
        text = f"cells: {', '.join(counts)}; {total - done} jobs failed or not run"
        lost = sorted(set(self._ends) - set(OUTCOMES))
        if lost:
            keys = ", ".join(key.removeprefix("untracked ") for key in lost[:5])
            more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
            text += f"; {len(lost)} untracked ('gdexp sync' repairs): {keys}{more}"
        return text


def _no_chatter(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(("Select jobs to execute", "Execute "))
