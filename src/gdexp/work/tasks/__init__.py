"""The jobs of the workflow as functions: files in, files out.

Each rule of the workflow hands its files to the function of its name, on a worker that
has imported and opened what it needs. Context is what all of them share.
"""

from collections.abc import Callable

from gdexp.work.tasks import browser, cells, drawings, tables
from gdexp.work.tasks.context import Context

__all__ = ["TASKS", "Context", "browser", "cells", "drawings", "tables"]

TASKS: dict[str, Callable[..., object]] = {
    task.__name__: task
    for task in (
        cells.store,
        cells.cell,
        cells.late,
        cells.after,
        cells.plan,
        cells.track,
        cells.summary,
        tables.rows,
        tables.table,
        tables.exponents,
        tables.collect,
        tables.study,
        tables.claims,
        tables.pages,
        drawings.figure,
        browser.index,
    )
}
