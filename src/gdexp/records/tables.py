"""Tables of records: one row per cell, and trajectories."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gdexp.records.record import SERIES, Record
from gdexp.util.tables import (
    GAPS,
    NUMBER,
    TEXT,
    WHOLE,
    Types,
    joined,
    read_tables,
    table_of,
)

FloatArray = NDArray[np.float64]
LEADING = ["experiment", "model", "dim", "seed"]
CELLS: Types = {
    **{"experiment": TEXT, "model": TEXT, "dim": WHOLE, "seed": WHOLE},
    **{"outcome": TEXT, "iterations": WHOLE},
    **dict.fromkeys(("dataset", "algorithm", "step", "start"), TEXT),
    **{"max_iterations": WHOLE, "samples": GAPS, "kernel": GAPS, "root_seed": WHOLE},
    **{"precision": TEXT, "step_size": NUMBER, "family": TEXT, "rising_steps": GAPS},
    **{"final_loss": NUMBER, "final_accuracy": NUMBER, "final_misclassified": GAPS},
    **{"final_min_margin": NUMBER, "final_norm": NUMBER, "code": TEXT},
    **{"certificate": TEXT, "margin_over_bound": NUMBER, "unclear": WHOLE},
    **{"entry": TEXT, "loss": TEXT, "stop": TEXT, "form": TEXT, "updates": WHOLE},
    **{"gradients": NUMBER, "sample_gradients": WHOLE, "recorded_loss": TEXT},
    "observe": TEXT,
    **{"test_samples": GAPS, "labels": TEXT},
}


def cells_table(records: Iterable[Record]) -> pd.DataFrame:
    """Return one row per cell.

    Column ``model`` is the name of the model entry in the configuration, ``family``
    the model behind it; the rest is named as in the records. Behind `CELLS` there is a
    column for each setting of any member, in the order of the alphabet, empty where a
    cell has none such.
    """
    rows: list[dict[str, Any]] = []
    for record in records:
        cell = dict(record.cell)
        family, name = cell.pop("model"), cell.pop("name")
        rows.append(
            {
                **cell,
                "model": name,
                "entry": name,
                "family": family,
                **record.outcome,
                "code": record.made_by["code"],
            }
        )
    own = sorted({key for row in rows for key in row} - {*CELLS})
    types = {key: _kind([row[key] for row in rows if key in row]) for key in own}
    return table_of(rows, {**CELLS, **types}).sort_values(LEADING, ignore_index=True)


def read_cells(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Return tables of cells as one, with the settings of members behind `CELLS`.

    Such a column holds numbers, NaN where a cell has none, or texts, empty there.
    """
    own = joined(paths, CELLS).drop(columns=[*CELLS]).apply(_numbers)
    return pd.concat([read_tables(paths, CELLS), own], axis=1)


def _numbers(column: "pd.Series[Any]") -> "pd.Series[Any]":
    found = pd.to_numeric(column.where(column != ""), errors="coerce")
    return found if bool((found.notna() == (column != "")).all()) else column


def _kind(values: list[Any]) -> str:
    """Return what the column of a setting holds."""
    kinds = {type(value) for value in values if value is not None}
    return GAPS if kinds == {int} else NUMBER if kinds <= {int, float} else TEXT


def trajectories_table(records: Iterable[Record]) -> pd.DataFrame:
    """Return the trajectories in long form, one row per cell and iteration.

    Columns: experiment, model (the entry), dim, seed, step_size, iteration, loss,
    accuracy, misclassified, min_margin, norm, and the observables that some cell was
    asked for, NaN where a cell was not.
    """
    keys: dict[str, list[Any]] = {name: [] for name in (*LEADING, "step_size")}
    sizes: list[int] = []
    # an array for each cell: a frame of its own takes a thousand times longer to make
    series: dict[str, list[FloatArray]] = {name: [] for name in SERIES}
    for record in records:
        for name, column in keys.items():
            column.append(record.cell["name" if name == "model" else name])
        for name in record.trajectory:
            if name not in series:
                series[name] = [np.full(sum(sizes), np.nan)]
        sizes.append(len(record.trajectory["iteration"]))
        for name, parts in series.items():
            values = record.trajectory.get(name, [None] * sizes[-1])
            parts.append(np.asarray(values, dtype=float))  # null is NaN
    columns = {
        name: np.repeat(np.asarray(column, dtype=object), sizes)
        for name, column in keys.items()
    }
    for name, parts in series.items():
        columns[name] = np.concatenate([np.empty(0), *parts])
    types = {name: CELLS[name] for name in keys}
    types |= dict.fromkeys(("iteration", "misclassified"), WHOLE)
    return pd.DataFrame(columns).astype(types)


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
