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
from gdexp.util.errors import DataError, OldError, RecordError, shown
from gdexp.util.files import whole
from gdexp.util.provenance import made_by

FORMAT = 3  # 1 knew no certificates, 2 no sums
SUM = ',"sum":"'  # a line ends with it, the digest of the rest, and CLOSED
CLOSED = '"}'
DIGITS = 16  # of a digest, hexadecimal
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
        """Make the record of a finished cell.

        Raises
        ------
        DataError
            If its data files are not those any more that it was computed from.
        """
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
        if outcome.read:
            origin["data"] = outcome.read
        told = cell.parameters()  # also what the files say
        if files_digest(cell.spec.family.files) != outcome.read:
            raise DataError(
                f"a file of dataset {cell.spec.dataset!r} was changed while {cell.key}"
                " was computed; run it again"
            )
        return cls(cell.key, told, end, series | observed, origin)

    @property
    def line(self) -> str:
        """The record as one line of JSON, with the digest of the rest as ``sum``."""
        return f"{self._text[:-1]}{SUM}{self.digest}{CLOSED}"

    @property
    def digest(self) -> str:
        """Digest of all that it says, 16 hexadecimal digits."""
        return digest_of(self._text.encode())

    @property
    def _text(self) -> str:
        return json.dumps(
            {"format": FORMAT, **self.__dict__}, separators=(",", ":"), allow_nan=False
        )


def digest_of(text: bytes) -> str:
    """Return the digest of a line without its sum, 16 hexadecimal digits."""
    return hashlib.sha256(text).hexdigest()[:DIGITS]


def as_written(line: bytes) -> bytes:
    """Return a line without its sum, empty if not every byte is as it was written."""
    text, _, told = line.rpartition(SUM.encode())
    text += b"}"
    return text if told == f"{digest_of(text)}{CLOSED}".encode() else b""


def _finite(x: float) -> float | None:
    return x if math.isfinite(x) else None


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write a record file, whole or not at all."""
    with whole(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(f"{record.line}\n" for record in records)


def read_plain(path: str | Path) -> tuple[int, bytes]:
    """Return when a file was written, in nanoseconds, and what it holds.

    Of a plain file: a pipe would be waited for. Without a file object of Python, which
    takes longer to make than all the rest.

    Raises
    ------
    OSError
        If it cannot be read, or is no plain file.
    """
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        state = os.fstat(file)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        parts = []
        while part := os.read(file, state.st_size + 1):
            parts.append(part)
        return state.st_mtime_ns, b"".join(parts)
    finally:
        os.close(file)


def read_records(paths: Iterable[str | Path]) -> Iterator[Record]:
    """Read record files.

    Raises
    ------
    RecordError
        If a file is missing, empty, truncated or of another format.
    """
    for path in map(Path, paths):
        yield from _read(path)


def _read(path: Path) -> Iterator[Record]:
    hint = f"delete {path} and run the workflow again"
    try:
        lines = read_plain(path)[1].removesuffix(b"\n").split(b"\n")
        if lines == [b""]:
            raise RecordError(f"record file {path} is empty; {hint}")
        for line in lines:
            fields = json.loads(line)
            found = fields.pop("format")
            if type(found) is int and found < FORMAT:
                raise OldError(f"record file {path} was made by an older gdexp; {hint}")
            if found != FORMAT:
                what = f"has format {shown(found)}, not {FORMAT}"
                raise RecordError(f"record file {path} {what}; {hint}")
            if not as_written(line):
                raise ValueError("bytes were changed")
            del fields["sum"]
            yield Record(**fields)
    except OSError as error:
        raise RecordError(
            f"record file {path} cannot be read: {error.strerror}; {hint}"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise RecordError(
            f"record file {path} is damaged or no record; {hint}"
        ) from None
