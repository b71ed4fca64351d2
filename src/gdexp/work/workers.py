"""The warm workers of a workflow: start-up is paid once, not once per cell.

A job costs about a millisecond of computing, importing what it needs about two
seconds. So the rules do not start a process per job: they hand it to one of a few
worker processes that stay for the whole workflow.

Plain pipes rather than a ProcessPoolExecutor. A tracked cell of a 400-cell grid took
35.0 ms [34.6, 36.5] on pipes and 35.5 ms (fork), 36.7 ms (spawn) or 37.7 ms
(forkserver) with the executor in their place, medians of five runs in turn: no
difference that decides. What does: one dead worker breaks an executor with all jobs on
it, its workers outlive a parent that is killed, and fork copies Snakemake's threads.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from gdexp.util.errors import JobError

# Tasks that import MLflow, for seconds: one worker does them all, one by one.
MLFLOW = {"store", "late", "summary"}


# -P: what lies in the working folder is none of its modules
START = "-P", "-m", "gdexp.work.worker"


class Worker:
    """One worker process; see `gdexp.work.worker` for what is said on its pipes."""

    def __init__(self, setup: Mapping[str, Any], modules: Sequence[str] = ()) -> None:
        # a pipe of its own: whatever prints, when Python starts too, cannot disturb it
        answers, written = os.pipe()
        self._answers = os.fdopen(answers, encoding="utf-8")
        try:
            self._process = subprocess.Popen(
                [sys.executable, *START, f"{written}", *modules],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[written],
                text=True,
                # as many workers as cores are at work anyway
                env=os.environ | {"NUMBA_NUM_THREADS": "1"},
            )
        finally:
            os.close(written)
        self._say(setup)

    def ask(
        self,
        job: Mapping[str, Any],
        progress: Callable[[str], None],
        notice: Callable[[str], None],
    ) -> dict[str, Any]:
        """Run a job; return its error and result. OSError if the worker died."""
        self._say(job)
        for line in self._answers:
            answer: dict[str, Any] = json.loads(line)
            if "error" in answer:
                return answer
            for kind, say in (("progress", progress), ("notice", notice)):
                if kind in answer:
                    say(str(answer[kind]))
        raise BrokenPipeError

    def close(self) -> int:
        """End the worker and return its exit status."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died with something left to read
            self._process.stdin.close()
        self._answers.close()
        return self._process.wait()

    def _say(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()


class Workers:
    """As many workers as tasks run at once, started when first needed.

    Parameters
    ----------
    config : mapping
        The configuration, as read.
    progress : callable
        Called with a line of text while a long task goes on.
    notice : callable
        Called with a line of text that the user is to see, once however many workers
        say it.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        progress: Callable[[str], None] = lambda text: None,
        notice: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._config = config
        self._progress = progress
        self._notice = notice
        self._noticed: set[str] = set()
        self._idle: queue.LifoQueue[Worker] = queue.LifoQueue()
        self._mlflow: queue.LifoQueue[Worker] = queue.LifoQueue()
        self._alone = threading.Lock()

    def start(self, count: int, modules: Sequence[str], also_mlflow: bool) -> None:
        """Start workers ahead of their first tasks, to import at the same time.

        Parameters
        ----------
        count : int
        modules : sequence of str
            What each of them imports as long as it has nothing else to do.
        also_mlflow : bool
            Whether the one for tasks with MLflow is started too.
        """
        for _ in range(count):
            self._idle.put(Worker(self._config, modules))
        if also_mlflow:
            self._mlflow.put(Worker(self._config, ["mlflow"]))

    def do(self, task: str, *, log: str, **arguments: Any) -> Any:
        """Do a task on an idle worker and wait for it. Safe to call from threads.

        Parameters
        ----------
        task : str
            One of `gdexp.work.tasks.TASKS`.
        log : str
            File for what the task prints.
        **arguments
            The function's arguments: numbers, texts, or collections of texts.

        Returns
        -------
        object
            What the function returns.

        Raises
        ------
        JobError
            If the task failed or its worker died; other tasks are not affected.
        """
        if task in MLFLOW:
            with self._alone:
                return self._do(self._mlflow, task, log, arguments)
        return self._do(self._idle, task, log, arguments)

    def _do(
        self,
        idle: "queue.LifoQueue[Worker]",
        task: str,
        log: str,
        arguments: Mapping[str, Any],
    ) -> Any:
        try:
            worker = idle.get_nowait()
        except queue.Empty:
            worker = Worker(self._config)
        message = {"task": task, "log": log, "arguments": arguments}
        try:
            answer = worker.ask(message, self._progress, self._once)
        except OSError:
            status = worker.close()
            answer = {"error": f"its worker died with status {status}"}
        else:
            idle.put(worker)
        if answer["error"] is not None:
            raise JobError(f"{task} failed: {answer['error']}; see {log}")
        return answer["result"]

    def _once(self, text: str) -> None:
        if text not in self._noticed:
            self._noticed.add(text)
            self._notice(text)

    def close(self) -> None:
        """End the idle workers."""
        for idle in (self._idle, self._mlflow):
            while not idle.empty():
                idle.get_nowait().close()
