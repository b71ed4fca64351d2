"""A store and its runs through MLflow alone, of any version; a program of its own.

python both.py make URI RUN     make a store, log the run of a JSON file into it
python both.py see URI          print all that MLflow's client says of the runs
python both.py delete URI       delete all runs, restore, delete and collect them
"""

import json
import os
import subprocess
import sys
from pathlib import Path

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

from mlflow import MlflowClient  # it reads the line above
from mlflow.entities import Metric, Param, ViewType

OWN = ("run_id", "run_uuid", "start_time", "end_time", "artifact_uri", "timestamp")


def make(client, path):
    run = json.loads(Path(path).read_text())
    experiment = client.create_experiment("tiny", Path(path).parent.as_uri())
    name, tags = run["name"], run["tags"]
    made = client.create_run(experiment, run["time"], tags, name).info.run_id
    client.log_batch(
        made,
        [Metric(key, value, run["time"], step) for key, value, step in run["metrics"]],
        [Param(key, value) for key, value in run["params"].items()],
    )
    client.set_terminated(made, "FINISHED")


def plain(entity):
    """An entity as what it says, but for ids and times of its own."""
    found = dict(entity)
    return {key: repr(found[key]) for key in sorted(found) if key not in OWN}


def runs(client, condition="", view=ViewType.ACTIVE_ONLY):
    (experiment,) = client.search_experiments(filter_string="name = 'tiny'")
    return client.search_runs([experiment.experiment_id], condition, view)


def see(client):
    told = []
    for found in runs(client):
        run = client.get_run(found.info.run_id)
        where = run.info.artifact_uri.replace(run.info.run_id, "ID")
        histories = {
            key: [
                plain(point)
                for point in client.get_metric_history(run.info.run_id, key)
            ]
            for key in sorted(run.data.metrics)
        }
        conditions = [
            # MLflow reads no exponents
            *(
                f"metrics.`{key}` = {value}"
                for key, value in run.data.metrics.items()
                if set(str(value)) <= set("-.0123456789")
            ),
            *(
                f"params.`{key}` = '{value}'"
                for key, value in run.data.params.items()
                if "'" not in value
            ),
            *(f"tags.`{key}` = '{value}'" for key, value in run.data.tags.items()),
            "attributes.status = 'FINISHED'",
            "metrics.loss > 0",
        ]
        told.append(
            {
                "info": plain(run.info),
                "artifacts": where,
                "listed": client.list_artifacts(run.info.run_id)
                if where.startswith("file")
                else None,
                "data": [run.data.params, run.data.tags, run.data.metrics],
                "latest": sorted(map(repr, map(plain, run.data._metric_objs))),
                "histories": histories,
                "inputs": repr(run.inputs),
                "outputs": repr(run.outputs),
                "duration": run.info.end_time - run.info.start_time >= 0,
                "found": {
                    condition: found.info.run_id
                    in [each.info.run_id for each in runs(client, condition)]
                    for condition in conditions
                },
            }
        )
    print(json.dumps(told, sort_keys=True))


def delete(client, uri):
    ids = [run.info.run_id for run in runs(client)]
    for run in ids:
        client.delete_run(run)
    assert not runs(client)
    for run in ids:
        client.restore_run(run)
    assert len(runs(client)) == len(ids)
    for run in ids:
        client.delete_run(run)
    # these runs alone: in a store that others use, what they deleted is theirs
    collect = [sys.executable, "-m", "mlflow", "gc", "--backend-store-uri", uri]
    collect += ["--run-ids", ",".join(ids)]
    environment = os.environ | {"MLFLOW_TRACKING_URI": uri}
    subprocess.run(collect, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert not runs(client, view=ViewType.ALL)
    print(json.dumps(len(ids)))


if __name__ == "__main__":
    what, uri, *rest = sys.argv[1:]
    client = MlflowClient(uri)
    {"make": make, "see": see, "delete": lambda client: delete(client, uri)}[what](
        client, *rest
    )
