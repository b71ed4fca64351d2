"""Paired measurements: ours and the peer's in turn, their ratio in each repetition."""

import csv
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

REPETITIONS = 5
COLUMNS = (
    "name",
    "peer",
    "ratio_median",
    "ratio_min",
    "ratio_max",
    "target",
    "machine",
    "ours_median",
    "peer_median",
    "unit",
    "repetitions",
)


@dataclass(frozen=True)
class Figure:
    """One line of results.csv; a ratio is the peer's value over ours, larger is better.

    Attributes
    ----------
    name, peer : str
    ours, theirs : sequence of float
        One value per repetition.
    unit : str
    target : float or None
        The ratio to reach; None for a figure that is only reported.
    """

    name: str
    peer: str
    ours: Sequence[float]
    theirs: Sequence[float]
    unit: str
    target: float | None

    def row(self) -> dict[str, object]:
        """Return the line."""
        ratios = [b / a for a, b in zip(self.ours, self.theirs, strict=True)]
        return {
            "name": self.name,
            "peer": self.peer,
            "ratio_median": f"{statistics.median(ratios):.3g}",
            "ratio_min": f"{min(ratios):.3g}",
            "ratio_max": f"{max(ratios):.3g}",
            "target": "" if self.target is None else f"{self.target:.3g}",
            "machine": machine(),
            "ours_median": f"{statistics.median(self.ours):.4g}",
            "peer_median": f"{statistics.median(self.theirs):.4g}",
            "unit": self.unit,
            "repetitions": len(ratios),
        }


def pair(
    name: str,
    peer: str,
    ours: Callable[[], float],
    theirs: Callable[[], float] | float,
    *,
    unit: str,
    target: float | None,
    repetitions: int = REPETITIONS,
) -> Figure:
    """Measure ours and the peer in turn; a number as peer is a limit to stay under."""
    mine, other = [], []
    for _ in range(repetitions):
        mine.append(ours())
        other.append(theirs() if callable(theirs) else theirs)
    return Figure(name, peer, mine, other, unit, target)


def machine() -> str:
    """Return the processor, the number of cores in use and the Python."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [x.partition(":")[2] for x in lines if x.startswith("model name")]
        model = " ".join((names or [model])[0].split())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    return f"{model}, {cores} cores, Python {platform.python_version()}"


def write(path: Path, figures: Sequence[Figure]) -> None:
    """Write figures into results.csv; those of other suites stay."""
    rows = {(f.name, f.peer): {k: str(v) for k, v in f.row().items()} for f in figures}
    if path.exists():
        with path.open(newline="") as file:
            old = {(row["name"], row["peer"]): row for row in csv.DictReader(file)}
        rows = old | rows
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())
