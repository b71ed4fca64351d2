"""Record files: finished cells, one JSON line each.

A file holds the cells of one job, in the order of their seeds. A line depends on
the cell alone, so the lines are the same however many cells share a job. Numbers
that no JSON number can hold (an overflowing loss) are written as null.
"""

import errno
import hashlib
import json
import math
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gdexp.core.outcome import Outcome
from gdexp.grid.cells import Cell
from gdexp.util.digests import files_digest
from gdexp.util.errors import OldError, RecordError, shown
from gdexp.util.files import whole
from gdexp.util.provenance import made_by

FORMAT = 2  # 1 knew no certificates
SERIES = ("iteration", "loss", "accuracy", "misclassified", "min_margin", "norm")


@dataclass(frozen=True)
class Record:
    """A finished cell.

    Attributes
    ----------
    key : str
        The key of the cell.
    cell : dict
        What was run, flat: `Cell.parameters`.
    outcome : dict
        Status as ``outcome``, ``iterations``, the observables of the last iteration as
        ``final_loss``, ``final_accuracy``, ..., and how certain the end is: the kind of
        ``certificate``, the smallest ``margin_over_bound``, ``unclear`` signs; see
        `gdexp.core.outcome.Outcome`.
    trajectory : dict
        Observable -> list of numbers, all of one length; those chosen come last.
    made_by : dict
        As from `gdexp.util.provenance`, with the digest of the program as ``code``,
        that of the image files that it was computed from as ``data``, and of networks
        the version of JAX and the device, as ``jax`` and ``device``.
    """

    key: str
    cell: dict[str, Any]
    outcome: dict[str, Any]
    trajectory: dict[str, list[Any]]
    made_by: dict[str, Any]

    @classmethod
    def of(cls, cell: Cell, outcome: Outcome) -> "Record":
        """Make the record of a finished cell."""
        series = {
            name: [_finite(x) for x in getattr(outcome.trajectory, name).tolist()]
            for name in SERIES
        }
        observed = {
            name: [_finite(x) for x in values.tolist()]
            for name, values in outcome.trajectory.observed.items()
        }
        proof = outcome.certificate
        end = {
            "outcome": outcome.status,
            "iterations": outcome.iterations,
            "rising_steps": outcome.trajectory.rising,
            **{f"final_{name}": series[name][-1] for name in SERIES[1:]},
            "certificate": proof and proof.kind,
            "margin_over_bound": proof and _finite(proof.ratio),
            "unclear": outcome.unclear,
            "updates": outcome.updates,
            "gradients": outcome.gradients,
            "sample_gradients": outcome.sample_gradients,
            "recorded_loss": outcome.loss,
        }
        origin: dict[str, Any] = made_by() | {"code": cell.spec.code, **outcome.engine}
        if cell.spec.family.files:
            origin["data"] = files_digest(cell.spec.family.files)
        return cls(cell.key, cell.parameters(), end, series | observed, origin)

    @property
    def line(self) -> str:
        """The record as one line of JSON."""
        return json.dumps(
            {"format": FORMAT, **self.__dict__}, separators=(",", ":"), allow_nan=False
        )

    @property
    def digest(self) -> str:
        """Digest of the line, 16 hexadecimal digits."""
        return hashlib.sha256(self.line.encode()).hexdigest()[:16]


def _finite(x: float) -> float | None:
    return x if math.isfinite(x) else None


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write a record file, whole or not at all."""
    with whole(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(f"{record.line}\n" for record in records)


def plain_file(path: str, flags: int) -> int:
    """Open a file, as an opener of `open`, but no pipe, which would be waited for.

    Raises
    ------
    OSError
        If it cannot be opened, or is no plain file.
    """
    found = os.open(path, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise OSError(errno.EINVAL, "it is no plain file")
    return found


def read_records(paths: Iterable[str | Path]) -> Iterator[Record]:
    """Read record files.

    Raises
    ------
    RecordError
        If a file is missing, empty, truncated or of another format.
    """
    for path in map(Path, paths):
        yield from _read(path)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of pairs; ValueError if it has a key twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _none(constant: str) -> None:
    """Refuse NaN and Infinity, which Python's reader takes and no writer here makes."""
    raise ValueError(f"{constant} is no JSON")


STRICT = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_none)


def _read(path: Path) -> Iterator[Record]:
    hint = f"delete {path} and run the workflow again"
    try:
        with open(path, "rb", opener=plain_file) as file:  # an opener
            lines = file.read().decode().splitlines()  # faster than as text
        if not lines:
            raise RecordError(f"record file {path} is empty; {hint}")
        for line in lines:
            fields = STRICT.decode(line)
            found = fields.pop("format")
            if type(found) is int and found < FORMAT:
                raise OldError(f"record file {path} was made by an older gdexp; {hint}")
            if found != FORMAT:
                what = f"has format {shown(found)}, not {FORMAT}"
                raise RecordError(f"record file {path} {what}; {hint}")
            yield Record(**fields)
    except OSError as error:
        raise RecordError(
            f"record file {path} cannot be read: {error.strerror}; {hint}"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise RecordError(
            f"record file {path} is damaged or no record; {hint}"
        ) from None
