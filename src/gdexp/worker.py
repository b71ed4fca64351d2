"""A warm worker: a process that runs jobs until its parent goes away.

``python -m gdexp.worker`` reads one JSON object per line on standard input: first
``{"config": ..., "tracked": true or false}``, then for each job ``{"job":
[experiment, model, dim, seeds], "output": ..., "log": ...}``; without cells (null)
the job is to create the MLflow store. It answers each job with one line, ``{"error":
null}`` or the error as text, on what was standard output; while a job runs, both
output streams go to the log file of that job.

The end of standard input ends the worker at once, in mid-job if need be. The pipe
is closed by the kernel however the parent ends, so no worker outlives it. Nothing is
lost in mid-job: records are written whole or not at all.
"""

import faulthandler
import json
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from gdexp.errors import GdexpError
from gdexp.grid import Grid
from gdexp.jobs import open_store, run_job
from gdexp.tracking import Store, create_store


def main() -> None:
    """Serve jobs until standard input ends."""
    # Ctrl-C ends a worker at once, also in compiled code, where Python cannot see it
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    faulthandler.enable()  # a crash in compiled code leaves a traceback in the log too
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    jobs: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()

    setup = jobs.get()
    grid = Grid.of(setup["config"])
    store: Store | None = None
    while True:
        job = jobs.get()
        with Path(job["log"]).open("w", buffering=1) as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            error = None
            try:
                if job["job"] is None:
                    store = create_store(grid.results, grid.experiments)
                else:
                    if store is None and setup["tracked"]:
                        store = open_store(grid)
                    where = grid.job(*job["job"])
                    run_job(grid, where, Path(job["output"]), store)
            except GdexpError as reason:
                error = str(reason)
                print(f"gdexp: {error}", file=sys.stderr)
            except Exception as reason:
                error = f"{type(reason).__name__}: {reason}"
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
        answers.write(json.dumps({"error": error}) + "\n")


def _listen(jobs: "queue.Queue[dict[str, Any]]") -> None:
    for line in sys.stdin:
        jobs.put(json.loads(line))
    os._exit(0)


if __name__ == "__main__":
    main()
