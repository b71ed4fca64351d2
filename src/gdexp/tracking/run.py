"""A cell as a run of MLflow: what any writer writes of it."""

import time
from dataclasses import dataclass

import numpy as np

from gdexp.records.record import Record

# 3 + 5 metric keys, and what is observed besides; more points cost time
MAX_POINTS = 50

CELL, RECORD, KIND = "gdexp.cell", "gdexp.record", "gdexp.kind"
RESULTS = "gdexp.results"  # the id of the results folder that a run is of
# whether a run is that of a record of the configuration that was run last
CURRENT = "gdexp.current"


@dataclass(frozen=True)
class Run:
    """A finished run.

    Parameters: what was run. Metrics: ``iterations``, ``gradients``,
    ``sample_gradients``, ``dim``, which as a parameter would be sorted as text, and the
    trajectory, by step, at no more than 50 of its iterations. Tags: outcome,
    certificate, number of unclear signs, keys, provenance.

    Attributes
    ----------
    experiment : str
        Name of the experiment.
    name : str
    time : int
        When it is logged, in milliseconds since 1970.
    tags, params : dict of str to str
    metrics : list of (str, float, int)
        Key, value and step.
    """

    experiment: str
    name: str
    time: int
    tags: dict[str, str]
    params: dict[str, str]
    metrics: list[tuple[str, float, int]]

    @classmethod
    def of(cls, record: Record, results: str, config_digest: str) -> "Run":
        """Return the run of a record.

        Parameters
        ----------
        record : Record
        results : str
            The id of the results folder, `gdexp.util.identity`.
        config_digest : str
        """
        cell, made_by = record.cell, record.made_by
        tags = {
            CELL: record.key,
            RECORD: record.digest,
            KIND: "cell",
            RESULTS: results,
            CURRENT: "true",
            "outcome": record.outcome["outcome"],
            "certificate": record.outcome["certificate"] or "none",
            "unclear": str(record.outcome["unclear"]),
            "gdexp.config": config_digest,
            "gdexp.version": made_by["gdexp"],
            "gdexp.code": made_by["code"],
            "gdexp.commit": made_by["commit"],
            "gdexp.dirty": str(made_by["dirty"]).lower(),
            "mlflow.source.name": "gdexp",
            "mlflow.source.git.commit": made_by["commit"],
        }
        metrics = [
            (key, record.outcome[key], 0)
            for key in ("iterations", "gradients", "sample_gradients")
        ]
        metrics.append(("dim", cell["dim"], 0))
        iterations = record.trajectory["iteration"]
        rows = thin(len(iterations))
        for key, values in record.trajectory.items():
            if key != "iteration":
                metrics += [
                    (key, values[row], iterations[row])
                    for row in rows
                    if values[row] is not None
                ]
        return cls(
            experiment=cell["experiment"],
            name=f"{cell['name']} d={cell['dim']} seed={cell['seed']}",
            time=int(time.time() * 1000),
            tags=tags,
            params={
                key: str(value) for key, value in cell.items() if value is not None
            },
            metrics=metrics,
        )


def thin(length: int) -> list[int]:
    """Return at most 50 evenly spaced indices, the first and last included.

    >>> thin(3)
    [0, 1, 2]
    """
    count = min(length, MAX_POINTS)
    return [int(i) for i in np.linspace(0, length - 1, count).round()]
