"""Tables: records -> one row per cell, and trajectories."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from gdexp.files import whole
from gdexp.records import Record

# the columns of cells.csv; spelled out, for a table without rows has them too
LEADING = ["experiment", "model", "dim", "seed", "outcome", "iterations"]
COLUMNS = [
    *LEADING,
    *("dataset", "algorithm", "step", "start", "max_iterations", "samples", "kernel"),
    *("root_seed", "precision", "step_size", "family", "rising_steps", "final_loss"),
    *("final_accuracy", "final_misclassified", "final_min_margin", "final_norm"),
    *("code", "certificate", "margin_over_bound", "unclear"),
]


def cells_table(records: Iterable[Record]) -> pd.DataFrame:
    """Return one row per cell.

    Column ``model`` is the name of the model entry in the configuration, ``family``
    the model behind it; the rest is named as in the records.
    """
    rows = []
    for record in records:
        cell = dict(record.cell)
        family, name = cell.pop("model"), cell.pop("name")
        rows.append(
            {
                **cell,
                "model": name,
                "family": family,
                **record.outcome,
                "code": record.made_by["code"],
            }
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("samples", "kernel"):
        table[column] = table[column].astype("Int64")
    return table.sort_values(LEADING[:4], ignore_index=True)


def trajectories_table(records: Iterable[Record]) -> pd.DataFrame:
    """Return the trajectories in long form, one row per cell and iteration."""
    frames = [
        pd.DataFrame(record.trajectory).assign(
            model=record.cell["name"], dim=record.cell["dim"], seed=record.cell["seed"]
        )
        for record in records
    ]
    return pd.concat(frames, ignore_index=True)


def images_table(records: Iterable[Record]) -> pd.DataFrame:
    """Return accuracies along runs, one row per cell and iteration.

    Columns: experiment, model, family, kernel, start, step_size, samples, seed,
    iteration, accuracy, outcome, iterations, rising_steps, max_iterations.
    """
    frames = []
    for record in records:
        cell, end = record.cell, record.outcome
        names = (
            "experiment",
            "kernel",
            "start",
            "step",
            "step_size",
            "samples",
            "seed",
        )
        frames.append(
            pd.DataFrame(
                {
                    "model": cell["name"],
                    "family": cell["model"],
                    **{name: cell[name] for name in names},
                    "iteration": record.trajectory["iteration"],
                    "accuracy": record.trajectory["accuracy"],
                    "outcome": end["outcome"],
                    "iterations": end["iterations"],
                    "rising_steps": end["rising_steps"],
                    "max_iterations": cell["max_iterations"],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as CSV, with every digit of every number."""
    with whole(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
