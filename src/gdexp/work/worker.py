"""A warm worker: a process that does tasks until its parent goes away.

It is forked by `gdexp.work.nursery`, or started as ``python -m gdexp.work.worker NUMBER
[MODULE ...]``. It reads one JSON object per line on standard input: first the
configuration, then tasks as ``{"task": name, "log": file, "arguments": {...}}``; see
`gdexp.work.tasks`. It answers each on the open file with this number: ``{"begun":
true}``, and in the end one line with the ``error`` as text or null, the ``result``, and
whether something is left for ``later``, to be done before the next task.
Meanwhile both output streams go to the task's log, and ``{"progress": text}`` may come
in between, or ``{"notice": text}`` for a line that the user is to see once.

While there is no task yet it imports the modules that it was given, one by one.

The end of standard input ends the worker at once, in mid-task if need be. The pipe is
closed by the kernel however the parent ends, so no worker outlives it. Nothing is lost
in mid-task: records are written whole or not at all.
"""

import faulthandler
import gc
import importlib
import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

from gdexp.core.forms._announce import tell_of_compiling
from gdexp.grid.grid import Grid
from gdexp.grid.guests import guests
from gdexp.util.errors import GdexpError, line_of
from gdexp.util.files import kept
from gdexp.work.tasks import TASKS, Context


def prepare() -> None:
    """Set up a process that is to be a worker, or their parent."""
    # Ctrl-C ends a worker at once, also in compiled code, where Python cannot see it,
    # unless it does not end the workflow: one that a script began in the background
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    faulthandler.enable()  # a crash in compiled code leaves a traceback in the log too
    # Python would look for cycles, of which there are none to speak of, among all that
    # was imported: 8 % of the time that a run by MLflow's client costs
    gc.set_threshold(100_000, 50, 100)


def serve(number: int, modules: Sequence[str]) -> None:
    """Serve tasks until standard input ends.

    Parameters
    ----------
    number : int
        The open file to answer on.
    modules : sequence of str
        What to import while there is no task yet.
    """
    os.set_inheritable(number, False)
    # a member that forks would keep the pipes open when the worker is no more
    nothing = os.open(os.devnull, os.O_RDWR)
    # and one that asks for input would wait for ever, on the lock of who listens
    tasks = os.dup(0)
    os.dup2(nothing, 0)
    for pipe in (tasks, number):
        os.register_at_fork(after_in_child=partial(os.dup2, nothing, pipe))
    answers = os.fdopen(number, "w", buffering=1)
    lines: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(tasks, lines), daemon=True).start()

    def say(text: str, kind: str = "progress") -> None:
        print(text)
        answers.write(json.dumps({kind: text}) + "\n")

    tell_of_compiling(partial(say, kind="notice"))
    context = Context(Grid.of(lines.get()), say=say)
    for module in modules:
        if lines.empty():
            with suppress(Exception):  # it is said by the task that needs it
                importlib.import_module(module)
    while True:
        job = lines.get()
        answers.write('{"begun": true}\n')
        with _log(job["log"]) as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            error, result = _do(context, job["task"], job["arguments"])
        later = bool(context.later)
        said = {"error": error, "result": result, "later": later}
        answers.write(json.dumps(said) + "\n")
        if later:
            _do(context, "after", {})


@contextmanager
def _log(path: str) -> Iterator[IO[bytes]]:
    """Open a log, locked while the task goes on; see `gdexp.records.status`.

    What is said is lost where it cannot be opened, but the task is done.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        log = Path(path).open("w+b")  # noqa: SIM115  # closed below
    except OSError:
        log = Path(os.devnull).open("r+b")  # noqa: SIM115
    with log, kept(log):
        yield log


def _do(
    context: Context, task: str, arguments: dict[str, Any]
) -> tuple[str | None, object]:
    """Do a task; return its error, if any, and its result."""
    error: str | None = None
    result: object = None
    # a full disk takes no log either, nor does a stream that a thread has closed; the
    # answer has the error
    with suppress(OSError, ValueError):
        try:
            with guests():
                result = TASKS[task](context, **arguments)
        except GdexpError as reason:
            error = str(reason)
            print(f"gdexp: {error}", file=sys.stderr)
        except SystemExit as end:
            # at once: while Python winds up, the end of standard input would win
            os._exit(end.code if isinstance(end.code, int) else 1)
        except OSError as reason:  # no room, no permission: the user's to mend
            where = reason.filename or context.grid.results
            error = f"{reason.strerror or reason}: {where}"
            print(f"gdexp: {error}", file=sys.stderr)
        except Exception as reason:
            error = line_of(reason)
            traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    return error, result


def _listen(tasks: int, lines: "queue.Queue[dict[str, Any]]") -> None:
    try:
        with os.fdopen(tasks, encoding="utf-8") as stream:
            for line in stream:
                lines.put(json.loads(line))
    finally:  # after half a line too
        os._exit(0)


if __name__ == "__main__":
    prepare()
    serve(int(sys.argv[1]), sys.argv[2:])
