"""What a record says of a run besides what decides it, and the names taken for it."""

import math
from collections.abc import Mapping
from typing import Any

from gdexp.core.datasets.base import DatasetFamily
from gdexp.util.errors import MemberError, shown

# What a cell, its record and the command line call by these names already.
RESERVED = frozenset(
    (
        *("algorithm", "at", "cells_per_job", "certificate", "code", "config", "cores"),
        *("data", "dataset", "dim", "dims", "entry", "experiment", "family", "form"),
        *("gradients", "help", "here", "init", "iterations", "labels", "loss"),
        *("margin_over_bound", "max_iterations", "model", "models", "name", "observe"),
        *("origin", "outcome", "own", "plot", "precision", "recorded_loss"),
        *("rising_steps", "root_seed", "sample_gradients", "samples", "seed", "seeds"),
        *("settings", "start", "step_size", "stop", "test_samples", "tracking"),
        *("trajectory", "unclear", "updates", "uri", "full_trajectory", "final_loss"),
        *("final_norm", "final_accuracy", "final_misclassified", "final_min_margin"),
    )
)
# what is recorded along each run, beside which an observable stands
SERIES = frozenset(
    ("iteration", "loss", "accuracy", "misclassified", "min_margin", "norm")
)
# datasets may say so what their labels stand for
FREE = frozenset(("labels",))


def facts_of(family: DatasetFamily, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a dataset, once they are seen to be such.

    Parameters
    ----------
    family : DatasetFamily
    chosen : mapping
        What decides on a run, by names that no fact may have.

    Raises
    ------
    MemberError
        If there is one that a record cannot say, or has another thing by its name.
    """
    facts, where = family.facts, f"dataset {family.label!r}"
    if not isinstance(facts, Mapping):
        raise MemberError(
            f"{where}: facts {shown(facts)}; allowed: texts and numbers by name"
        )
    for key, fact in facts.items():
        plain = type(fact) is float and math.isfinite(fact)
        plain = plain or fact is None or type(fact) in (str, int, bool)
        new = isinstance(key, str) and key.isascii() and key.isidentifier()
        if not (plain and new) or key in (RESERVED - FREE).union(chosen):
            raise MemberError(
                f"{where}: facts: {shown(key)} is {shown(fact)}; allowed: a new name,"
                " and a text or a number"
            )
    return dict(facts)


def check_told(family: DatasetFamily) -> None:
    """Raise MemberError unless captions can say what a dataset is, and where from."""
    note = family.note
    if not (isinstance(note, str) and note.isprintable()):
        raise MemberError(
            f"dataset {family.label!r}: note {shown(note)}; allowed: a text of one line"
        )
