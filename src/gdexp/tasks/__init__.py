"""The jobs of the workflow as functions: files in, files out.

Each rule of the workflow hands its files to the function of its name, on a worker that
has imported and opened what it needs. Context is what all of them share.
"""

from collections.abc import Callable

from gdexp.tasks.cells import cell, plan, store, summary, track
from gdexp.tasks.context import Context
from gdexp.tasks.drawings import (
    accuracy,
    iterations,
    scaling,
    study_figure,
    trajectories,
)
from gdexp.tasks.tables import claims, collect, exponents, pages, study

__all__ = [
    "TASKS",
    "Context",
    "accuracy",
    "cell",
    "claims",
    "collect",
    "exponents",
    "iterations",
    "pages",
    "plan",
    "scaling",
    "store",
    "study",
    "study_figure",
    "summary",
    "track",
    "trajectories",
]

TASKS: dict[str, Callable[..., object]] = {
    task.__name__: task
    for task in (
        store,
        cell,
        collect,
        exponents,
        scaling,
        trajectories,
        iterations,
        accuracy,
        study,
        study_figure,
        claims,
        pages,
        plan,
        track,
        summary,
    )
}
