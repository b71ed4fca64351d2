"""The warm workers of a workflow: start-up is paid once, not once per cell.

A job costs about a millisecond of computing, importing what it needs about two
seconds. So the rules do not start a process per job: they hand it to one of a few
worker processes that stay for the whole workflow, forked from one that has imported.

Plain pipes rather than a ProcessPoolExecutor: one dead worker breaks an executor with
all jobs on it, and its workers outlive a parent that is killed.
"""

import os
import queue
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from gdexp.util.errors import JobError
from gdexp.work.nursery import Nursery
from gdexp.work.process import DiedError, Worker

# Tasks that import MLflow, for seconds: one worker does them all, one by one.
MLFLOW = {"store", "late", "summary"}


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
        # first in, first out: the last one may still log what it has computed
        self._idle: queue.Queue[Worker] = queue.Queue()
        self._mlflow: queue.Queue[Worker] = queue.Queue()
        self._alone = threading.Lock()
        self._all: WeakSet[Worker] = WeakSet()
        self._nursery: Nursery | None = None
        self._modules: Sequence[str] = ()
        self._lock = threading.Lock()

    def start(self, count: int, modules: Sequence[str], also_mlflow: bool) -> None:
        """Start workers ahead of their first tasks, to import at the same time.

        Parameters
        ----------
        count : int
        modules : sequence of str
            What is imported for all of them.
        also_mlflow : bool
            Whether the one for tasks with MLflow is started too.
        """
        if also_mlflow:  # first: it takes longest, and needs none of the others
            self._mlflow.put(self._born(["mlflow"]))
        self._modules = modules
        for _ in range(count):
            self._idle.put(self._born())

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
        idle: "queue.Queue[Worker]",
        task: str,
        log: str,
        arguments: Mapping[str, Any],
        again: bool = True,
    ) -> Any:
        waited = True
        try:
            worker = idle.get_nowait()
        except queue.Empty:
            waited = False
            try:
                worker = self._born()
            except OSError as error:
                why = error.strerror
                raise JobError(f"{task} failed: no worker starts: {why}") from None
        message = {"task": task, "log": log, "arguments": arguments}
        try:
            answer = worker.ask(message, self._progress, self._once)
        except DiedError as died:
            status = worker.close()
            if not died.begun and (waited or again):  # of something else
                return self._do(idle, task, log, arguments, again and waited)
            told = "" if status is None else f" with status {status}"
            answer = {"error": f"its worker died{told}"}
        else:
            idle.put(worker)
        if answer["error"] is not None:
            raise JobError(f"{task} failed: {answer['error']}; see {log}")
        return answer["result"]

    def rest(self) -> None:
        """Wait until all workers have done what follows their last answers."""
        message = {"task": "after", "log": os.devnull, "arguments": {}}
        for _ in range(self._idle.qsize()):
            with suppress(queue.Empty):
                worker = self._idle.get_nowait()
                try:
                    worker.ask(message, self._progress, self._once)
                except DiedError:
                    worker.close()
                else:
                    self._idle.put(worker)
        with self._lock:
            workers = list(self._all)
        for worker in workers:  # those with another task that is not begun yet too
            worker.rested.wait()

    def _born(self, then: Sequence[str] = ()) -> Worker:
        with self._lock:
            if self._nursery is None:
                self._nursery = Nursery()
            order = self._config, self._modules, then
            try:
                worker = Worker(self._nursery, *order)
            except ConnectionError:  # it died
                if self._nursery.close() != -signal.SIGINT:
                    self._nursery = Nursery()
                worker = Worker(self._nursery, *order)
            self._all.add(worker)
            return worker

    def _once(self, text: str) -> None:
        if text not in self._noticed:
            self._noticed.add(text)
            self._notice(text)

    def close(self) -> None:
        """End the idle workers, and their parent."""
        for idle in (self._idle, self._mlflow):
            while not idle.empty():
                idle.get_nowait().close()
        if self._nursery is not None:
            self._nursery.close()
