"""What a record has to say to be that of a cell: the one expectation of all readers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gdexp.grid.cells import Cell
from gdexp.util.digests import files_digest
from gdexp.util.errors import DataError


@dataclass(frozen=True)
class Expected:
    """What the records of an entry at a dim say of their origin, but for the seed.

    Attributes
    ----------
    cell : dict
        What was run, `Cell.parameters`, with the seed of any.
    code : str
        Digest of the program.
    files : tuple of Path
        The data files that it reads.
    """

    cell: dict[str, Any]
    code: str
    files: tuple[Path, ...] = ()

    @classmethod
    def of(cls, cell: Cell) -> "Expected":
        """Return what the record of a cell, or of another seed, is expected to say."""
        return cls(cell.parameters(), cell.spec.code, cell.spec.family.files)

    @property
    def data(self) -> str | None:
        """Digest of the data files; None if there are none, or they are not there."""
        try:
            return files_digest(self.files)
        except DataError:
            return None

    def difference(
        self, cell: Mapping[str, Any], made_by: Mapping[str, Any], seed: int
    ) -> str:
        """Return of what other thing a record is, "" if it is as expected.

        Parameters
        ----------
        cell, made_by : mapping
            Of the record.
        seed : int
            That of the cell.
        """
        # as text: 1, 1.0 and true are equal, and the order of keys counts
        if repr(cell) != repr(self.cell | {"seed": seed}):
            return "another configuration"
        if made_by["code"] != self.code:
            return "another program"
        # files that are not there say nothing of a record that is
        if self.data is not None and made_by.get("data") != self.data:
            return "other data files"
        return ""
