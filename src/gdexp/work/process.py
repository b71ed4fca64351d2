"""One worker process, as who asks it sees it; see `gdexp.work.worker` for its side."""

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Any

from gdexp.work.nursery import Nursery


class DiedError(Exception):
    """The worker died; `begun` says whether it had begun its task."""

    def __init__(self, begun: bool) -> None:
        super().__init__()
        self.begun = begun


class Worker:
    """A worker that a nursery bears, with two pipes of its own."""

    def __init__(
        self,
        nursery: Nursery,
        setup: Mapping[str, Any],
        first: Sequence[str] = (),
        then: Sequence[str] = (),
    ) -> None:
        self._nursery = nursery
        self.rested = threading.Event()  # whether nothing is left of its last task
        self.rested.set()
        # a pipe of its own: whatever prints, when Python starts too, cannot disturb it
        with ExitStack() as theirs, ExitStack() as ours:
            answers, answer = os.pipe()
            self._answers = ours.enter_context(os.fdopen(answers, encoding="utf-8"))
            theirs.callback(os.close, answer)
            listen, tasks = os.pipe()
            self._tasks = ours.enter_context(os.fdopen(tasks, "w", encoding="utf-8"))
            theirs.callback(os.close, listen)
            self._name = nursery.bear(listen, answer, first, then)
            ours.pop_all()
        with suppress(BrokenPipeError):  # it is seen when a job is asked for
            self._say(setup)

    def ask(
        self,
        job: Mapping[str, Any],
        progress: Callable[[str], None],
        notice: Callable[[str], None],
    ) -> dict[str, Any]:
        """Run a job; return its error and result. DiedError if the worker died."""
        begun = False
        with suppress(BrokenPipeError):
            self._say(job)
        for line in self._answers:
            if not line.endswith("\n"):
                break  # it died while it wrote
            answer: dict[str, Any] = json.loads(line)
            if "error" in answer:
                if answer["later"]:
                    self.rested.clear()
                return answer
            if "begun" in answer:
                begun = True
                self.rested.set()
            for kind, say in (("progress", progress), ("notice", notice)):
                if kind in answer:
                    say(str(answer[kind]))
        self.rested.set()
        raise DiedError(begun)

    def close(self) -> int | None:
        """End the worker and return its exit status, None if nobody knows."""
        with suppress(BrokenPipeError):  # it died with something left to read
            self._tasks.close()
        self._answers.close()
        return self._nursery.status(self._name)

    def _say(self, message: Mapping[str, Any]) -> None:
        self._tasks.write(json.dumps(message) + "\n")
        self._tasks.flush()
