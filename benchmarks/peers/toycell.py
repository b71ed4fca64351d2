"""The toy cell of all peers: nothing to compute, one MLflow run to log.

Shaped as a cell of gdexp: 14 parameters, 11 tags, 5 curves of 50 points.
"""

import os
import sqlite3
import time
from functools import cache
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

MODELS = ("linear-gd", "linear-perceptron", "conv2-gd", "conv2-perceptron")
DIMS = tuple(2**i for i in range(4, 14))
KEYS = ("loss", "accuracy", "misclassified", "min_margin", "norm")


def uri(folder: str | Path) -> str:
    """Return the address of the store."""
    return f"sqlite:///{Path(folder).resolve()}/mlflow.db"


@cache
def client(folder: str):
    """Open the store once per process."""
    from mlflow import MlflowClient

    return MlflowClient(uri(folder))


def create_store(folder: str | Path) -> None:
    """Create store and experiment before several processes log to it."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    place = (Path(folder).resolve() / "artifacts").as_uri()
    client(str(folder)).create_experiment("toy", artifact_location=place)


def log_cell(folder: str | Path, model: str, dim: int, seed: int) -> int:
    """Log a cell as one finished run and return its number of iterations."""
    from mlflow.entities import Metric, Param

    store = client(str(folder))
    experiment = store.get_experiment_by_name("toy").experiment_id
    now = int(time.time() * 1000)
    cell = {"model": model, "dim": dim, "seed": seed}
    cell |= {f"parameter{i}": "value" for i in range(11)}
    run = store.create_run(
        experiment,
        start_time=now,
        tags={f"tag{i}": "value" for i in range(11)},
        run_name=f"{model} d={dim} seed={seed}",
    )
    store.log_batch(
        run.info.run_id,
        metrics=[Metric(key, i / 7, now, i) for key in KEYS for i in range(50)],
        params=[Param(key, str(value)) for key, value in cell.items()],
    )
    store.set_terminated(run.info.run_id)
    return dim // 2


def finished(folder: str | Path) -> int:
    """Return the number of finished runs in a store."""
    with sqlite3.connect(Path(folder) / "mlflow.db") as connection:
        query = "SELECT COUNT(*) FROM runs WHERE status = 'FINISHED'"
        return connection.execute(query).fetchone()[0]
