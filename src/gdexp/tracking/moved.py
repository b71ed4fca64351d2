"""The sqlite store below a results folder goes where the folder goes.

It knows its artifacts by their full paths, and its runs by the id of the folder. It is
looked at without MLflow and without SQLAlchemy, which take too long to import.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from gdexp.tracking.run import CELL, RESULTS
from gdexp.util.address import file_of
from gdexp.util.identity import Identity, known

ARTIFACTS = """
UPDATE runs SET artifact_uri = ? || substr(artifact_uri, length(?) + 1)
WHERE experiment_id = ? AND substr(artifact_uri, 1, length(?)) = ?
"""

STATE = """
SELECT count(*), sum(runs.rowid), sum(status = 'FINISHED'), sum(experiment_id)
FROM runs JOIN tags ON tags.run_uuid = runs.run_uuid AND tags.key = ?
WHERE lifecycle_stage = 'active'
"""


def artifacts_of(path: Path, experiment: str) -> str:
    """Return the address of the artifacts of an experiment, beside its store."""
    return (path.resolve().parent / "artifacts" / experiment).as_uri()


def follow(path: Path, results: str | Path, who: Identity) -> None:
    """Let a store that was moved or copied along with its folder know its new place."""
    beside = path.resolve().parent.as_uri()
    copied = who.copy_of if _belongs(path, results) else ""
    # a store that MLflow has changed, or of a disk that is read only, is left as it is
    with suppress(sqlite3.Error), closing(_open(path, "rw")) as store:
        asked = store.execute(
            "SELECT experiment_id, artifact_location FROM experiments"
        )
        moved = []
        for number, old in asked.fetchall():
            start, _, name = str(old).rpartition("/tracking/artifacts/")
            new = f"{beside}/artifacts/{name}"
            if start and name and old != new:
                moved.append((number, old, new))
        own = (
            copied
            and store.execute(
                "SELECT 1 FROM tags WHERE key = ? AND value = ?", (RESULTS, copied)
            ).fetchone()
        )
        if not (moved or own):
            return
        store.execute("BEGIN IMMEDIATE")
        for number, old, new in moved:
            store.execute(
                "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
                (new, number),
            )
            store.execute(ARTIFACTS, (new, old, number, old, old))
        store.execute(
            "UPDATE tags SET value = ? WHERE key = ? AND value = ?",
            (who.id, RESULTS, copied),
        )
        store.execute("COMMIT")


def state(results: str | Path, uri: str) -> str:
    """Return which runs of cells a store has, in short, and whose they are.

    Whatever is deleted, restored, logged or renamed there makes it another one, with no
    more than a glance at the file. A server is not asked.
    """
    path = file_of(uri, results)
    with suppress(OSError, sqlite3.Error):
        who = known(results)
        if path is None:
            return repr((who.id, who.was))
        # a copy has the runs that were copied with it; of others it has none at first
        own = "" if not uri and _belongs(path, results) else who.id
        with closing(_open(path, "ro")) as store:
            runs = store.execute(STATE, (CELL,)).fetchone()
            asked = "SELECT experiment_id, lifecycle_stage FROM experiments"
            return repr((own, who.was, runs, sorted(store.execute(asked).fetchall())))
    return "none"


def _belongs(path: Path, results: str | Path) -> bool:
    """Return whether a store is copied with a folder, not behind a link in it."""
    return path.resolve().is_relative_to(Path(results).resolve())


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode={mode}",
        uri=True,
        timeout=10,
        isolation_level=None,
    )
