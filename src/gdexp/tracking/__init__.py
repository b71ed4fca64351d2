"""Tracking: cells as MLflow runs. The only importer of mlflow.

The store is a view of the record files. Deleting it loses nothing: `sync` rebuilds
it, and leaves a store alone that agrees with the records.
"""

from gdexp.tracking.runs import log_cell
from gdexp.tracking.store import PAUSE, Store, create_store, database
from gdexp.tracking.summary import log_summary
from gdexp.tracking.sync import sync

__all__ = [
    "PAUSE",
    "Store",
    "create_store",
    "database",
    "log_cell",
    "log_summary",
    "sync",
]
