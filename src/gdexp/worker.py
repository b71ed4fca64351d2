"""A warm worker: a process that does tasks until its parent goes away.

``python -m gdexp.worker`` reads one JSON object per line on standard input: first the
configuration, then tasks as ``{"task": name, "log": file, "arguments": {...}}``; see
`gdexp.tasks`. It answers each task with one line, ``{"error": null}`` or the error as
text, on what was standard output; while a task runs, both output streams go to its log
and ``{"progress": text}`` may come before the answer.

The end of standard input ends the worker at once, in mid-task if need be. The pipe is
closed by the kernel however the parent ends, so no worker outlives it. Nothing is lost
in mid-task: records are written whole or not at all.
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
from gdexp.tasks import TASKS, Context


def main() -> None:
    """Serve tasks until standard input ends."""
    # Ctrl-C ends a worker at once, also in compiled code, where Python cannot see it
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    faulthandler.enable()  # a crash in compiled code leaves a traceback in the log too
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    lines: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()

    def say(text: str) -> None:
        print(text)
        answers.write(json.dumps({"progress": text}) + "\n")

    context = Context(Grid.of(lines.get()), say=say)
    if context.tracked:
        import mlflow  # noqa: F401  # seconds, while the workflow is still starting
    while True:
        job = lines.get()
        error = None
        Path(job["log"]).parent.mkdir(parents=True, exist_ok=True)
        with Path(job["log"]).open("w", buffering=1) as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            try:
                TASKS[job["task"]](context, **job["arguments"])
            except GdexpError as reason:
                error = str(reason)
                print(f"gdexp: {error}", file=sys.stderr)
            except SystemExit as end:
                # at once: while Python winds up, the end of standard input would win
                os._exit(end.code if isinstance(end.code, int) else 1)
            except Exception as reason:
                error = f"{type(reason).__name__}: {reason}"
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
        answers.write(json.dumps({"error": error}) + "\n")


def _listen(lines: "queue.Queue[dict[str, Any]]") -> None:
    for line in sys.stdin:
        lines.put(json.loads(line))
    os._exit(0)


if __name__ == "__main__":
    main()
