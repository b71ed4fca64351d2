"""A store as rows in MLflow's own tables: sqlite and PostgreSQL, without its client.

The client costs 25 ms of CPU a run, nearly all of it objects for 250 points of curves.
Rows cost 2 to 3. MLflow itself writes its tables so when it migrates its old file
store. It makes the store and the experiments; here finished runs are added, each whole
or not at all, and whatever is not as it is known goes through the client.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gdexp.tracking.client import NAME, ClientStore, deleted
from gdexp.tracking.connect import engine_of
from gdexp.tracking.insert import exist, insert, is_plain, rows_of
from gdexp.tracking.run import CELL, CURRENT, RECORD, RESULTS, Run
from gdexp.tracking.store import PATIENCE, Logged, NotYet, Store, reason
from gdexp.tracking.tables import COLUMNS, differences
from gdexp.util.errors import TrackingError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

BATCH = 100  # runs in one transaction

LOGGED = """
SELECT runs.run_uuid, cell.value, record.value, runs.status, current.value
FROM runs
JOIN tags AS own ON own.run_uuid = runs.run_uuid AND own.key = :own
JOIN tags AS cell ON cell.run_uuid = runs.run_uuid AND cell.key = :cell
JOIN tags AS record ON record.run_uuid = runs.run_uuid AND record.key = :record
LEFT JOIN tags AS current ON current.run_uuid = runs.run_uuid AND current.key = :current
WHERE runs.lifecycle_stage = 'active' AND own.value = :results
ORDER BY runs.start_time DESC, runs.run_uuid
"""

GATHER = "UPDATE tags SET value = :results WHERE key = :own AND value = :was"
UNMARK = "DELETE FROM tags WHERE key = :key AND run_uuid = :run"
MARK = "INSERT INTO tags (key, value, run_uuid) VALUES (:key, :value, :run)"

DELETE = """
UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = :now WHERE run_uuid = :run
"""

T = TypeVar("T")


class UnknownTables(TrackingError):  # noqa: N818  # the client is used then
    """The tables are not those that are known here."""


@dataclass(frozen=True)
class _Experiment:
    """An experiment as it was when the store was opened."""

    id: int
    made: int | None
    artifacts: str


class RowStore(Store):
    """A store that is there with its experiments.

    Parameters
    ----------
    results : str or Path
    experiments : iterable of str
    uri : str
        As of `gdexp.tracking.store.Store`; no tracking server.

    Raises
    ------
    NotYet
        If the store or one of its experiments is not there.
    UnknownTables
        If columns or constraints are not as they are known.
    TrackingError
        If it cannot be used, or an experiment was deleted in it.
    """

    def __init__(
        self, results: str | Path, experiments: Iterable[str], uri: str = ""
    ) -> None:
        super().__init__(results, uri)
        self._engine = engine_of(self._path or uri, PATIENCE)
        names = list(experiments)
        self._known = self._do(lambda connection: self._open(connection, names))
        self.experiments = {name: str(each.id) for name, each in self._known.items()}

    def log(self, runs: Sequence[Run]) -> list[str]:
        """As `Store.log`, in transactions of up to 100 runs."""
        plain = [run for run in runs if is_plain(run)]
        ids = []
        for first in range(0, len(plain), BATCH):
            ids += self._log(plain[first : first + BATCH])
        rest = [run for run in runs if not is_plain(run)]
        if rest:
            ids += ClientStore(self.folder, self.experiments, self.uri).log(rest)
        return ids

    def logged(self) -> Iterator[Logged]:
        """As `Store.logged`."""
        keys = {"own": RESULTS, "cell": CELL, "record": RECORD, "current": CURRENT}
        asked = {**keys, "results": self.results}
        for run, cell, record, status, current in self._ask(LOGGED, asked):
            yield Logged(run, cell, record, status == "FINISHED", current == "true")

    def gather(self) -> None:
        """As `Store.gather`."""
        for was in self._was:
            self._ask(GATHER, {"results": self.results, "own": RESULTS, "was": was})

    def mark(self, runs: Sequence[str], current: bool) -> None:
        """As `Store.mark`, in one transaction."""
        from sqlalchemy import text

        value = str(current).lower()
        rows = [{"key": CURRENT, "value": value, "run": run} for run in runs]

        def write(connection: "Connection") -> None:
            for query in (UNMARK, MARK):
                connection.execute(text(query), rows)

        if rows:
            self._do(write)

    def delete(self, run: str) -> None:
        """As `Store.delete`."""
        self._ask(DELETE, {"now": int(time.time() * 1000), "run": run})

    def _ask(self, query: str, values: Mapping[str, object]) -> "Sequence[Row[Any]]":
        """Execute a statement and return its rows, if it has any."""
        from sqlalchemy import text

        def execute(connection: "Connection") -> "Sequence[Row[Any]]":
            found = connection.execute(text(query), values)
            return found.all() if found.returns_rows else []

        return self._do(execute)

    def _log(self, runs: Sequence[Run]) -> list[str]:
        """Log plain runs in one transaction."""
        self.check()
        named = {uuid.uuid4().hex: run for run in runs}
        rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in COLUMNS}
        for id_, run in named.items():
            known = self._known[run.experiment]
            for table, found in rows_of(id_, run, known.id, known.artifacts):
                rows[table] += found

        def write(connection: "Connection") -> None:
            self._check_experiments(connection, {run.experiment for run in runs})
            # the answer to a commit may be lost with the connection
            if not exist(connection, named):
                for table, found in rows.items():
                    insert(connection, table, found)

        self._do(write)
        return list(named)

    def _do(self, work: "Callable[[Connection], T]") -> T:
        """Do something in one transaction, again for a while if a server is away."""
        from sqlalchemy.exc import OperationalError, SQLAlchemyError

        driver: Any = self._engine.dialect.dbapi  # COPY has errors of its own
        away = OperationalError, driver.OperationalError, driver.InterfaceError
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with self._engine.begin() as connection:
                    done = work(connection)
                self._away = 0.0
                return done
            except away as error:
                # a file was waited for, see `engine_of`
                if self._path is not None or time.monotonic() > end:
                    self._away = time.monotonic()
                    raise TrackingError(f"{self._place}: {reason(error)}") from None
            except (SQLAlchemyError, driver.Error) as error:
                # what it refuses says nothing about the next
                raise TrackingError(f"{self._place}: {reason(error)}") from None
            time.sleep(0.2)

    def _open(
        self, connection: "Connection", names: Sequence[str]
    ) -> dict[str, _Experiment]:
        """Look at the tables and return the experiments."""
        from sqlalchemy import MetaData, Table, inspect, select, text

        tables = inspect(connection).get_table_names()
        if not {"experiments", "experiment_tags"} <= set(tables):
            raise NotYet(f"no tables in the MLflow store {self._place}")
        table = Table("experiments", MetaData(), autoload_with=connection)
        # where there are workspaces, this is the one of whoever asks for none
        asked = select(table)
        if "workspace" in table.c:
            asked = asked.where(table.c.workspace == "default")
        rows = connection.execute(asked).mappings().all()
        tags = text("SELECT experiment_id, value FROM experiment_tags WHERE key = :key")
        first = dict(connection.execute(tags, {"key": NAME}).tuples().all())
        # one that was renamed is still the one that it was made as
        found = {
            first[row["experiment_id"]]: row
            for row in rows
            if row["experiment_id"] in first and row.get("lifecycle_stage") == "active"
        }
        found |= {row["name"]: row for row in rows}
        for name in names:
            if name not in found:
                raise NotYet(f"no experiment {name!r} in {self._place}")
        # Not before: in a store that MLflow makes at this moment the tables have been
        # those of all its versions, one after another, and experiments come last.
        told = differences(connection)
        if not {"creation_time", "lifecycle_stage"} <= set(table.c.keys()):
            told.append("experiments are not as known")
        if told:
            raise UnknownTables(f"the MLflow store {self._place}: {'; '.join(told)}")
        known = {}
        for name in names:
            row = found[name]
            if row["lifecycle_stage"] != "active":
                raise TrackingError(deleted(name, self._place))
            place = row["artifact_location"] or ""
            if "?" in place or "#" in place:
                raise UnknownTables(f"artifacts of {name!r} are at {place}")
            known[name] = _Experiment(row["experiment_id"], row["creation_time"], place)
        return known

    def _check_experiments(self, connection: "Connection", names: set[str]) -> None:
        """Raise TrackingError if this is another store than the one that was opened."""
        from sqlalchemy import text

        self.check()
        asked = text(
            "SELECT creation_time, lifecycle_stage FROM experiments"
            " WHERE experiment_id = :id"
        )
        for name in names:
            known = self._known[name]
            row = connection.execute(asked, {"id": known.id}).one_or_none()
            if row is None or row[0] != known.made:
                raise TrackingError(f"the MLflow store {self._place} was replaced")
            if row[1] != "active":
                raise TrackingError(deleted(name, self._place))
