"""Tables: records -> one row per cell, and trajectories; how tables are read."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from gdexp.errors import RecordError
from gdexp.files import whole
from gdexp.records import Record

# The columns of each table and what they hold; those of studies are with the studies.
# Spelled out, as a table without rows has them too, and as whoever reads one must not
# guess: an entry may be named NA, or 2e-1, or 2025. Int64 is int64 with gaps.
Types = Mapping[str, str]
TEXT, WHOLE, GAPS, NUMBER = "str", "int64", "Int64", "float64"

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
}
COUNTS: Types = {"cells": WHOLE, "capped": WHOLE, "diverged": WHOLE}
POINTS: Types = {
    **{"experiment": TEXT, "model": TEXT, "dim": WHOLE, "statistic": TEXT},
    **{"value": NUMBER, "ci_low": NUMBER, "ci_high": NUMBER},
    **COUNTS,
    **{"censored": "bool", "beyond": NUMBER},
}
EXPONENTS: Types = {
    **{"experiment": TEXT, "model": TEXT, "statistic": TEXT, "exponent": NUMBER},
    **{"ci_low": NUMBER, "ci_high": NUMBER, "intercept": NUMBER},
    **{"dims_used": WHOLE, "dims": WHOLE, "note": TEXT},
    **COUNTS,
}
VERDICTS: Types = dict.fromkeys(
    ("claim", "text", "source", "expected", "measured", "verdict", "reason"), TEXT
)


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
                "entry": name,
                "family": family,
                **record.outcome,
                "code": record.made_by["code"],
            }
        )
    return table_of(rows, CELLS).sort_values(LEADING, ignore_index=True)


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


def table_of(rows: Iterable[Mapping[str, object]], types: Types) -> pd.DataFrame:
    """Return rows as a table of these columns, whatever the values look like."""
    table = pd.DataFrame(list(rows), columns=list(types))
    # no text is an empty one, as in the file
    texts = [name for name, kind in types.items() if kind == TEXT]
    table[texts] = table[texts].astype(object).where(table[texts].notna(), "")
    return table.astype(dict(types))


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as CSV, with every digit of every number."""
    with whole(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def read_table(path: str | Path, types: Types) -> pd.DataFrame:
    """Read the columns of a table of ours, as what they were written.

    Parameters
    ----------
    path : str or Path
    types : mapping of str to str
        `CELLS`, `POINTS`, `EXPONENTS`, `VERDICTS` or the ``columns`` of a study.

    Raises
    ------
    RecordError
        If a column is missing, or has a value that is not of its type.
    """
    gaps = {name: [""] for name, kind in types.items() if kind != TEXT}
    try:
        table = pd.read_csv(
            path,
            usecols=list(types),
            dtype=dict(types),
            keep_default_na=False,
            na_values=gaps,
        )
    except (ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise RecordError(
            f"table {path} is damaged ({reason}); delete it and run the workflow again"
        ) from None
    return table[list(types)]
