"""A results folder as tables: what a script or a notebook begins with.

Nothing is imported but what is used: pandas takes a second.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gdexp.util.errors import ConfigError, GdexpError, RecordError, short

if TYPE_CHECKING:
    import pandas as pd

    from gdexp.grid.grid import Grid
    from gdexp.records.found import Found
    from gdexp.records.record import Record
    from gdexp.util.tables import Types


@dataclass(frozen=True)
class Results:
    """What is in a results folder, each table read when it is first asked for.

    See `load`. What is lacking or left out is said on standard error, in one line, when
    the records are first looked at.
    """

    folder: Path
    stale: bool = False

    def __repr__(self) -> str:
        """Say what is there, in one line."""
        found = self._found
        text = f"{self.folder}: {len(found.paths)} record files"
        text += f", {found.missing} cells missing" if found.missing else ""
        text += f", {len(found.left_out)} left out" if found.left_out else ""
        return f"<Results {text}>"

    @cached_property
    def cells(self) -> "pd.DataFrame":
        """One row per cell, as in ``tables/cells.csv``; from the records."""
        from gdexp.records.tables import cells_table

        return cells_table(self._records())

    @cached_property
    def trajectories(self) -> "pd.DataFrame":
        """One row per cell and recorded iteration, a column for each observable.

        Columns experiment, model, dim and seed are those of `cells`, to merge by;
        ``model`` is the entry. An observable that a cell was not asked for is NaN.
        """
        from gdexp.records.tables import LEADING, trajectories_table

        table = trajectories_table(self._records())
        return table.sort_values(LEADING, kind="stable", ignore_index=True)

    @cached_property
    def exponents(self) -> "pd.DataFrame":
        """One row per entry, statistic and kind of fit: ``tables/exponents.csv``.

        RecordError if no run has come so far.
        """
        from gdexp.stats.exponents import EXPONENTS

        return self._table("exponents", EXPONENTS)

    @cached_property
    def claims(self) -> "pd.DataFrame":
        """One row per claim, with its verdict: ``tables/claims.csv``.

        RecordError if no run has come so far.
        """
        from gdexp.claims.page import VERDICTS

        return self._table("claims", VERDICTS)

    @property
    def left_out(self) -> list[str]:
        """Why a record file is not in the tables, a line for each such file."""
        return list(self._found.left_out)

    @property
    def missing(self) -> int:
        """How many cells of the configuration have no record."""
        return self._found.missing

    def _records(self) -> "Iterator[Record]":
        from gdexp.records.record import read_records

        return read_records(self._found.paths)

    def _table(self, name: str, types: "Types") -> "pd.DataFrame":
        """Read a table of the workflow's; say if it was made of something else."""
        from gdexp.util.tables import read_table
        from gdexp.work.notes import outdated

        file = f"tables/{name}.csv"
        path = self.folder / file
        if not path.exists():
            raise RecordError(
                f"there is no {path}: no run has come so far; finish it, or see"
                " 'gdexp collect --partial'"
            )
        grid, _ = self._asked
        if grid is not None and outdated(grid, {}, [file]):
            _say(f"{path} is of other records or code; run the workflow again")
        return read_table(path, types)

    @cached_property
    def _asked(self) -> "tuple[Grid | None, str]":
        """The grid of the configuration that was run last, or why there is none."""
        from gdexp.grid.grid import LAST, Grid

        path = self.folder / LAST
        try:
            config = json.loads(path.read_text("utf-8"))
            return Grid.of(config, where_it_ran(config, self.folder)), ""
        except OSError as error:
            return None, f"{path}: {error.strerror}"
        except GdexpError as error:
            return None, f"{path}: {error}"
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None, f"{path} is damaged"

    @cached_property
    def _found(self) -> "Found":
        from gdexp.records.found import all_of, asked_for

        grid, why = self._asked
        if grid is None:
            found = all_of(self.folder / "cells")
            _say(f"compared with no configuration: {why}")
        else:
            found = asked_for(grid, self.stale)
        lacking = [f"cells without a record: {found.missing}"] if found.missing else []
        if found.left_out:
            files = f"record files left out: {len(found.left_out)}, see left_out"
            lacking.append(f"{files}; the first: {found.left_out[0]}")
        if lacking:
            _say(f"{self.folder}: {'; '.join(lacking)}")
        return found


def load(results: str | Path = "results", *, stale: bool = False) -> Results:
    """Return what is in a results folder as tables.

    Of a run that is finished, under way or cut short, and of a folder that was moved or
    copied. Cells and trajectories come from the records; what the configuration of the
    last run (``config.json`` in the folder) does not ask for is not in them. A record
    that is damaged, foreign or stale is named in one line and left out; without that
    configuration, so are files that have a cell in common.

    Parameters
    ----------
    results : str or Path
        The folder.
    stale : bool
        Whether to take records of another program or configuration too; column ``code``
        of the cells tells programs apart.

    Returns
    -------
    Results
        With the tables ``cells``, ``trajectories``, ``exponents`` and ``claims``.

    Raises
    ------
    ConfigError
        If there is no such folder.

    Examples
    --------
    A grid of two cells, computed here and not by the workflow:

    >>> import json, tempfile
    >>> from gdexp.grid.grid import Grid
    >>> from gdexp.records.record import Record, write_records
    >>> folder = tempfile.TemporaryDirectory()
    >>> entry = {"model": "linear", "algorithm": "gd", "step": 1}
    >>> tiny = {"dataset": "c1", "dims": [64, 256], "seeds": 1, "models": {"gd": entry}}
    >>> config = {"experiments": {"tiny": tiny | {"max_iterations": 1000}}}
    >>> grid = Grid.of(config | {"results": folder.name})
    >>> for job in grid.jobs():
    ...     cells = grid.cells(job)
    ...     records = [Record.of(each, each.spec.run(each.dim, 0)) for each in cells]
    ...     write_records(Path(folder.name, "cells", job.path), records)
    >>> _ = Path(folder.name, "config.json").write_text(json.dumps(config))

    and read:

    >>> results = load(folder.name)
    >>> results.cells[["model", "dim", "outcome", "iterations"]]
      model  dim    outcome  iterations
    0    gd   64  separated          29
    1    gd  256  separated         122
    >>> results.trajectories.groupby("dim")["accuracy"].last().to_dict()
    {64: 1.0, 256: 1.0}
    >>> folder.cleanup()
    """
    folder = Path(results)
    if not os.access(f"{folder}/cells/.", os.R_OK):  # not if it is a file
        raise ConfigError(
            f"there are no results in {short(folder)} that may be read; allowed: a"
            " folder that 'snakemake' or 'gdexp cell' has written, which has a folder"
            " cells"
        )
    return Results(folder, stale)


def where_it_ran(config: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Return the paths of a configuration as they read where its results are now.

    The relative ones start where the run was; that is known as long as the folder ends
    with the name that it has in the configuration.
    """
    said, whole = Path(config.get("results", "results")), folder.resolve()
    start = Path()
    if not said.is_absolute() and whole.parts[-len(said.parts) :] == said.parts:
        start = Path(*whole.parts[: -len(said.parts)])
    others = {"data": "data", "tables": "."}
    moved = {name: str(start / config.get(name, x)) for name, x in others.items()}
    return {"results": str(folder)} | moved


def _say(line: str) -> None:
    print(f"gdexp: {line}", file=sys.stderr)
