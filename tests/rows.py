"""A run logged both ways, by rows and by the client, and what MLflow says of them."""

import dataclasses
import json
import math
import os
import subprocess
from pathlib import Path

from gdexp.tracking import RowStore, database
from gdexp.tracking.run import Run

BOTH = Path(__file__).with_name("both.py")


def awkward(record):
    """A run with what a writer may get wrong."""
    run = Run.of(record, "results", "digest")
    metrics = [
        *run.metrics,
        ("infinite", math.inf, 0),
        ("infinite", -math.inf, 3),
        ("none", math.nan, 2),
        ("back", 1.0, 7),
        ("back", 2.0, 5),
        ("twice", 0.5, 1),
        ("twice", 0.5, 1),
        ("ties", 1.0, 4),
        ("ties", 3.0, 4),
        ("ties", 2.0, 4),
        ("whole", 2**60, 2**60),
        ("tiny", 5e-324, 0),
        ("zero", -0.0, 0),
    ]
    params = run.params | {"empty": "", "quoted": "a'b\"c\\d%s", "greek": "γ² ≤ 1/√d"}
    return dataclasses.replace(run, metrics=metrics, params=params)


def both(python, *arguments, environment=None):
    done = subprocess.run(
        [python, str(BOTH), *map(str, arguments)],
        env=os.environ | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def compare(python, results, uri, run, environment=None):
    """Log a run both ways into a store; compare all that MLflow says of them."""
    file = results / "run.json"
    file.write_text(json.dumps(dataclasses.asdict(run)))
    address = uri or f"sqlite:///{database(results)}"
    both(python, "make", address, file, environment=environment)
    RowStore(results, ["tiny"], uri).log([run])
    by_rows, by_client = both(python, "see", address, environment=environment)
    assert by_rows == by_client
    lost = {asked for asked, there in by_rows["found"].items() if not there}
    assert lost == set()
    assert both(python, "delete", address, environment=environment) == 2
