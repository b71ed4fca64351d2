"""One flat MLflow run per cell."""

import time

import numpy as np

from gdexp.records.record import Record
from gdexp.tracking.store import Store

# 3 + 5 metric keys, and what is observed besides; more points cost time
MAX_POINTS = 50

CELL, RECORD, KIND = "gdexp.cell", "gdexp.record", "gdexp.kind"
RESULTS = "gdexp.results"  # the id of the results folder that a run is of


def log_cell(store: Store, record: Record, config_digest: str) -> str:
    """Log a record as a finished run and return the run's id.

    Parameters: what was run. Metrics: ``iterations``, ``gradients``,
    ``sample_gradients`` and the trajectory, by step, at no more than 50 of its
    iterations. Tags: outcome, certificate, number of unclear signs, keys, provenance.

    Raises
    ------
    TrackingError
        If the store does not take it.
    """
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    cell, made_by = record.cell, record.made_by
    tags = {
        CELL: record.key,
        RECORD: record.digest,
        KIND: "cell",
        RESULTS: store.results,
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
    parameters = [
        Param(key, str(value)) for key, value in cell.items() if value is not None
    ]
    metrics = [
        Metric(key, record.outcome[key], now, 0)
        for key in ("iterations", "gradients", "sample_gradients")
    ]
    iterations = record.trajectory["iteration"]
    for key, values in record.trajectory.items():
        if key == "iteration":
            continue
        for row in thin(len(values)):
            if values[row] is not None:
                metrics.append(Metric(key, values[row], now, iterations[row]))
    store.check()
    client = store.client
    run = store.call(
        client.create_run,
        store.experiments[cell["experiment"]],
        start_time=now,
        tags=tags,
        run_name=f"{cell['name']} d={cell['dim']} seed={cell['seed']}",
    )
    run_id = str(run.info.run_id)
    store.call(client.log_batch, run_id, metrics=metrics, params=parameters)
    store.call(client.set_terminated, run_id, status="FINISHED")
    return run_id


def thin(length: int) -> list[int]:
    """Return at most 50 evenly spaced indices, the first and last included.

    >>> thin(3)
    [0, 1, 2]
    """
    count = min(length, MAX_POINTS)
    return [int(i) for i in np.linspace(0, length - 1, count).round()]
