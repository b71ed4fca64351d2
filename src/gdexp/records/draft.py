"""Drafts: what a job of many cells has finished so far."""

from contextlib import suppress
from pathlib import Path

from gdexp.records.record import Record, read_records, write_records
from gdexp.util.errors import RecordError


def append_record(path: Path, record: Record) -> None:
    """Add a record to the draft of a record file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{record.line}\n")


def read_draft(path: Path) -> list[Record]:
    """Read the records of a draft, if there is one, and cut off a broken end."""
    records: list[Record] = []
    if path.exists():
        with suppress(RecordError):
            for record in read_records([path]):
                records.append(record)  # those before a broken one are kept
        write_records(path, records)
    return records
