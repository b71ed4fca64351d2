"""MLflow's tables of runs, as they are known here, and what is different in a store.

No column of them changed from MLflow 3.0 to 3.17. MLflow makes and migrates them; rows
are written into tables that are exactly these, see `gdexp.tracking.rows`.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection

# In the order in which rows are inserted: a run before what is its own. After each
# column its kind, the room that a text needs, and "!" if there must be a value.
TABLES = {
    "runs": "run_uuid:text:32! name:text:250 source_type:text:20 source_name:text:500"
    " entry_point_name:text:50 user_id:text:256 status:text:8 start_time:whole"
    " end_time:whole deleted_time:whole source_version:text:50 lifecycle_stage:text:8"
    " artifact_uri:text:200 experiment_id:whole",
    "tags": "key:text:250! value:text:5000 run_uuid:text:32!",
    "params": "key:text:250! value:text:5000! run_uuid:text:32!",
    "metrics": "key:text:250! value:real! timestamp:whole! run_uuid:text:32!"
    " step:whole! is_nan:truth!",
    "latest_metrics": "key:text:250! value:real! timestamp:whole run_uuid:text:32!"
    " step:whole! is_nan:truth!",
}
COLUMNS = {
    table: [column.split(":")[0] for column in text.split()]
    for table, text in TABLES.items()
}
PRIMARY = {
    "runs": {"run_uuid"},
    "tags": {"key", "run_uuid"},
    "params": {"key", "run_uuid"},
    "metrics": {"key", "timestamp", "step", "run_uuid", "value", "is_nan"},
    "latest_metrics": {"key", "run_uuid"},
}
# The words in each rule for values: states, or the column that is 0 or 1 in sqlite.
CHECKS = {
    "runs": [
        {"active", "deleted"},
        {"NOTEBOOK", "JOB", "LOCAL", "UNKNOWN", "PROJECT"},
        {"SCHEDULED", "FAILED", "FINISHED", "RUNNING", "KILLED"},
    ],
    "metrics": [{"is_nan"}],
    "latest_metrics": [{"is_nan"}],
}
TRIGGERS = {
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT event_object_table, trigger_name"
    " FROM information_schema.triggers",
}


def differences(connection: "Connection") -> list[str]:
    """Return in what the tables of a store are not those that are known, in words."""
    from sqlalchemy import inspect
    from sqlalchemy.exc import NoSuchTableError

    found = inspect(connection)
    told = []
    for table in TABLES:
        try:
            told += [f"{table}: {what}" for what in _differences(found, table)]
        except NoSuchTableError:
            told.append(f"no table {table}")
    for table, name in connection.exec_driver_sql(TRIGGERS[connection.dialect.name]):
        if table in TABLES:
            told.append(f"{table}: trigger {name}")
    return told


def _differences(found: Any, table: str) -> Iterator[str]:
    columns = {column["name"]: column for column in found.get_columns(table)}
    known = dict(column.split(":", 1) for column in TABLES[table].split())
    for name in sorted(columns.keys() ^ known.keys()):
        yield f"{'new' if name in columns else 'no'} column {name}"
    for name in sorted(columns.keys() & known.keys()):
        if not _fits(columns[name], known[name]):
            column = columns[name]
            none = "" if column["nullable"] else " not null"
            yield f"column {name} is {column['type']}{none}"
    key = found.get_pk_constraint(table)["constrained_columns"]
    if set(key) != PRIMARY[table]:
        yield f"primary key {', '.join(key)}"
    parent, column = ("runs", "run_uuid")
    if table == "runs":
        parent, column = ("experiments", "experiment_id")
    keys = [
        (key["referred_table"], *key["constrained_columns"], *key["referred_columns"])
        for key in found.get_foreign_keys(table)
    ]
    if keys != [(parent, column, column)]:
        yield f"foreign keys {keys}"
    for each in found.get_unique_constraints(table):
        yield f"unique {', '.join(each['column_names'])}"
    for each in found.get_check_constraints(table):
        words = set(re.findall(r"'(\w+)'", each["sqltext"])) or {
            re.split(r"\W", each["sqltext"])[0]
        }
        if words not in CHECKS.get(table, []):
            yield f"check {each['sqltext']}"


def _fits(column: Any, known: str) -> bool:
    """Return whether a column takes what is written of a kind."""
    from sqlalchemy import Boolean, Float, Integer, String

    kinds = {"text": String, "whole": Integer, "real": Float, "truth": Boolean}
    kind, _, room = known.rstrip("!").partition(":")
    length = getattr(column["type"], "length", None)
    return (
        isinstance(column["type"], kinds[kind])
        and column["nullable"] is not known.endswith("!")
        and (not room or length is None or length >= int(room))
    )
