"""The summary run of an experiment: its exponents, its figures, its tables."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gdexp.grid.names import slug
from gdexp.tracking.client import ClientStore
from gdexp.tracking.run import KIND, RECORD, RESULTS
from gdexp.tracking.views import Views
from gdexp.util.provenance import made_by

if TYPE_CHECKING:
    import pandas as pd

NOTE = "mlflow.note.content"  # the description, as the UI calls it


def log_summary(
    store: ClientStore,
    experiment: str,
    exponents: "pd.DataFrame",
    files: Sequence[Path],
    views: Views,
    config_digest: str,
) -> str:
    """Log the summary run of an experiment, in place of an older one; and its views.

    Parameters
    ----------
    store : ClientStore
    experiment : str
        Name of the experiment.
    exponents : DataFrame
        The rows of exponents.csv for this experiment.
    files : sequence of Path
        Figures and tables, logged as artifacts.
    views : Views
        What its description links.
    config_digest : str

    Returns
    -------
    str
        The run's id; that of the existing run if nothing changed.
    """
    from mlflow.entities import Param

    content = hashlib.sha256(f"{config_digest} {views}".encode())
    content.update(exponents.to_csv(index=False).encode())
    for file in files:
        content.update(file.name.encode() + file.read_bytes())
    digest = content.hexdigest()[:16]

    experiment_id = store.experiments[experiment]
    for key, state in views.tags.items():
        store.call(store.client.set_experiment_tag, experiment_id, key, state)
    kept = ""
    for run in store.search(experiment_id, condition=f"tags.`{KIND}` = 'summary'"):
        same = run.info.status == "FINISHED" and run.data.tags[RECORD] == digest
        if same and not kept:
            kept = str(run.info.run_id)
        else:
            store.call(store.client.delete_run, run.info.run_id)
    if kept:
        return kept

    now = int(time.time() * 1000)
    origin = made_by()
    tags = {
        KIND: "summary",
        RESULTS: store.results,
        RECORD: digest,
        "gdexp.config": config_digest,
        "gdexp.version": str(origin["gdexp"]),
        "gdexp.commit": str(origin["commit"]),
        "gdexp.dirty": str(origin["dirty"]).lower(),
        "mlflow.source.name": "gdexp",
    }
    run = store.call(
        store.client.create_run,
        experiment_id,
        start_time=now,
        tags=tags,
        run_name="summary",
    )
    run_id = str(run.info.run_id)
    page = f"#/experiments/{experiment_id}"
    note = describe(experiment, exponents, page, run_id, views)
    # of metrics the UI would make charts, empty but for this run
    params = [
        Param(f"exponent_{row['statistic']}.{slug(row['model'])}", str(row["exponent"]))
        for row in exponents.dropna(subset="exponent").to_dict("records")
    ]
    served = str(run.info.artifact_uri).startswith("mlflow-artifacts")
    if served and not store.uri.startswith("http"):
        # only the server that made the experiment has a place for them
        print(
            f"gdexp: the figures of {experiment!r} are not sent: its artifacts are kept"
            " by a tracking server; 'gdexp sync --uri' with its address sends them"
        )
        files = ()
    for file in files:
        folder = "figures" if file.suffix in {".png", ".pdf"} else "tables"
        store.call(store.client.log_artifact, run_id, str(file), folder)
    store.call(store.client.log_batch, run_id, params=params)
    store.call(store.client.set_tag, run_id, NOTE, note)
    # the experiment's page shows the same text above its runs
    store.call(store.client.set_experiment_tag, experiment_id, NOTE, note)
    store.call(store.client.set_terminated, run_id, status="FINISHED")
    return run_id


def describe(
    experiment: str, exponents: "pd.DataFrame", page: str, run_id: str, views: Views
) -> str:
    """Return the exponents as Markdown, with links into the UI.

    Parameters
    ----------
    experiment : str
    exponents : DataFrame
        The rows of exponents.csv for this experiment.
    page : str
        Address of the experiment in the UI.
    run_id : str
        The summary run.
    views : Views
    """
    links = [f"[{words}]({address})" for words, address in views.links(page)]
    links.append(f"[figures and tables]({page}/runs/{run_id}/artifacts)")
    lines = [
        f"Exponents of `{experiment}`: least-squares slope of log T on log d, where T"
        " is the number of iterations until every margin is positive, with 95 %"
        " bootstrap intervals over seeds. After the experiments of"
        " [arXiv 2512.11587](https://arxiv.org/abs/2512.11587).",
        "",
        " · ".join(links),
        "",
        "| model | statistic of T | exponent | interval | cells | capped | diverged |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    known = exponents.notna().to_dict("records")
    for row, has in zip(exponents.to_dict("records"), known, strict=True):
        fit = "not fitted |"
        if has["exponent"]:
            low, high = row["ci_low"], row["ci_high"]
            interval = f"{low:.3f} to {high:.3f}" if has["ci_low"] else "no interval"
            fit = f"{row['exponent']:.3f} | {interval}"
        lines.append(
            f"| {row['model']} | {row['statistic']} | {fit}"
            f" | {row['cells']} | {row['capped']} | {row['diverged']} |"
        )
    return "\n".join(lines)
