"""The rows of a run in MLflow's tables, as MLflow's client would have made them."""

import math
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from gdexp.tracking.run import Run
from gdexp.tracking.tables import COLUMNS

if TYPE_CHECKING:
    from sqlalchemy import Connection

LARGEST = 1.7976931348623157e308  # stands for infinity, as in MLflow's own rows

NAMES = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,249}")
LONGEST = 5000  # of values that MLflow would cut somewhere above


def is_plain(run: Run) -> bool:
    """Return whether MLflow would neither refuse, cut nor change anything of a run."""
    keys = [*run.tags, *run.params, *{key for key, _, _ in run.metrics}]
    values = [*run.tags.values(), *run.params.values()]
    return (
        all(map(NAMES.fullmatch, keys))
        and len(run.name) <= 250
        and all(value.isprintable() and len(value) <= LONGEST for value in values)
        and all(abs(step) < 2**63 for _, _, step in run.metrics)
    )


def rows_of(
    id_: str, run: Run, experiment: int, artifacts: str
) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """Yield the rows of a run, by table, in the order of their columns."""
    whole = {
        "run_uuid": id_,
        "name": run.name,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "user_id": "unknown",
        "status": "FINISHED",
        "start_time": run.time,
        "end_time": int(time.time() * 1000),
        "deleted_time": None,
        "source_version": "",
        "lifecycle_stage": "active",
        "artifact_uri": f"{artifacts.rstrip('/')}/{id_}/artifacts",
        "experiment_id": experiment,
    }
    yield "runs", [tuple(whole[column] for column in COLUMNS["runs"])]
    tags = {**run.tags, "mlflow.runName": run.name}
    yield "tags", [(key, value, id_) for key, value in tags.items()]
    yield "params", [(key, value, id_) for key, value in run.params.items()]
    # columns: key, value, timestamp, run_uuid, step, is_nan
    points: list[tuple[object, ...]] = []
    latest: dict[str, tuple[object, ...]] = {}
    newest: dict[str, tuple[int, float]] = {}
    for key, value, step in run.metrics:
        # as MLflow writes them; PostgreSQL reads its -0.0 as 0
        lost = math.isnan(value)
        value = 0.0 if lost else min(max(float(value), -LARGEST), LARGEST) + 0.0
        points.append((key, value, run.time, id_, step, lost))
        if key not in newest or (step, value) > newest[key]:
            newest[key], latest[key] = (step, value), points[-1]
    yield "metrics", list(dict.fromkeys(points))
    yield "latest_metrics", list(latest.values())


def exist(connection: "Connection", ids: Iterable[str]) -> bool:
    """Return whether runs are there: all of a transaction, or none."""
    from sqlalchemy import text

    asked = text("SELECT 1 FROM runs WHERE run_uuid = :id")
    found = connection.execute(asked, {"id": next(iter(ids))})
    return found.one_or_none() is not None


def insert(
    connection: "Connection", table: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Insert rows, given in the order of the table's columns."""
    columns = ", ".join(COLUMNS[table])
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(COLUMNS[table]))
        insert = f"INSERT INTO {table} ({columns}) VALUES ({places})"
        connection.exec_driver_sql(insert, list(rows))
        return
    # twice as fast as INSERT; texts have no tabs or ends of lines, see `is_plain`
    text = StringIO("".join("\t".join(map(_copied, row)) + "\n" for row in rows))
    cursor: Any = connection.connection.cursor()
    with cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", text)


def _copied(value: object) -> str:
    r"""Return a value as COPY reads it.

    >>> [_copied(value) for value in ("a\\b", 0.1, None, True)]
    ['a\\\\b', '0.1', '\\N', 'True']
    """
    return "\\N" if value is None else str(value).replace("\\", "\\\\")
