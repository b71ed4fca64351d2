"""The parent of the workers: it imports what they need, once, and forks them.

``python -m gdexp.work.nursery NUMBER HOW`` takes orders from the socket with this
number, each the length of a JSON object in four bytes and the object. One with
``{"born": name, "first": modules, "then": modules}`` comes with two ends of pipes, on
which a new worker listens and answers, see `gdexp.work.worker`: it is forked once the
first modules are imported, and imports the others while it has no task yet. To one with
``{"died": name}`` it says in four bytes with which status that worker ended. It ends
with the process at the other end of the socket, as workers do, each by itself.

Two seconds of imports for each worker were half of the time that 40 cells took. Not
multiprocessing's forkserver: it imports anew the program that started it, Snakemake,
and whatever lies in the working folder under the name of a module.

A fork copies one thread. There is only one here, see `ENVIRONMENT`, but for that of
pyarrow's allocator, which knows about forks. Where libraries of the system do not, HOW
is "spawn", and workers start anew.
"""

import errno
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gdexp.tracking.connect import SETTINGS
from gdexp.util.screen import settle_streams

# -P: what lies in the working folder is none of its modules
COMMAND = sys.executable, "-P", "-m"
HOW = "fork" if sys.platform == "linux" else "spawn"
# As many workers as cores are at work anyway, and threads do not live through a fork.
ENVIRONMENT = {"NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Nursery:
    """The process, as who orders workers sees it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._orders, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [*COMMAND, "gdexp.work.nursery", str(number), HOW],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[number],
                # MLflow reads its settings while it is imported
                env=SETTINGS | os.environ | ENVIRONMENT,
            )

    def bear(
        self, listen: int, answer: int, first: Sequence[str], then: Sequence[str]
    ) -> int:
        """Order a worker and return its name.

        Raises
        ------
        ConnectionError
            If the nursery died.
        InterruptedError
            If it did of Ctrl-C, which is meant for the workers too.
        """
        with self._lock:
            if self._process.poll() == -signal.SIGINT:
                raise InterruptedError(errno.EINTR, "interrupted")
            self._count += 1
            order = {"born": self._count, "first": list(first), "then": list(then)}
            socket.send_fds(self._orders, [_framed(order)], [listen, answer])
            return self._count

    def status(self, name: int) -> int | None:
        """Return the exit status of a worker, waited for; None if nobody knows."""
        with self._lock, suppress(OSError):
            self._orders.sendall(_framed({"died": name}))
            said = self._orders.recv(4)
            return int.from_bytes(said, signed=True) if said else None
        return None

    def close(self) -> int:
        """End it, not its workers; return its exit status."""
        self._orders.close()
        return self._process.wait()


def _framed(order: Mapping[str, object]) -> bytes:
    text = json.dumps(order).encode()
    return len(text).to_bytes(4) + text


def main() -> None:
    """Take orders until nobody gives any."""
    from gdexp.work.worker import prepare, serve

    settle_streams()  # before what is opened could be in the place of one
    prepare()
    orders = socket.socket(fileno=int(sys.argv[1]))
    bear = {"fork": _fork, "spawn": _spawn}[sys.argv[2]]
    waits: dict[int, Callable[[], int]] = {}
    while True:
        head, ends, _, _ = socket.recv_fds(orders, 4, 2)
        size = int.from_bytes(head)
        order = json.loads(orders.recv(size, socket.MSG_WAITALL) or "null")
        if not order:
            os._exit(0)  # at once: there is nothing to wind up
        if "died" in order:
            status = waits.pop(order["died"], int)()
            orders.sendall(status.to_bytes(4, signed=True))
            continue
        listen, answer = ends
        try:
            wait = bear(listen, answer, order["first"], order["then"])
        except OSError as error:  # no room for one more; the next order may find some
            said = {"error": f"no worker starts: {error.strerror}", "later": False}
            os.write(answer, json.dumps(said).encode() + b"\n")
        else:
            if wait is None:
                orders.close()
                os.dup2(listen, 0)
                os.close(listen)
                break
            waits[order["born"]] = wait
        os.close(listen)
        os.close(answer)
    serve(answer, order["then"])


def _fork(
    _listen: int, _answer: int, first: Sequence[str], _then: Sequence[str]
) -> Callable[[], int] | None:
    """Return what waits for its end with which status; None in the worker itself."""
    for module in first:
        with suppress(Exception):  # it is said by the task that needs it
            importlib.import_module(module)
    gc.freeze()  # pages with objects that no collection touches stay shared
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, see above
        child = os.fork()
    if child == 0:
        with suppress(OSError):  # as ps and top show it
            Path("/proc/self/comm").write_text("gdexp-worker")
        return None
    return lambda: os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _spawn(
    listen: int, answer: int, first: Sequence[str], then: Sequence[str]
) -> Callable[[], int]:
    command = [*COMMAND, "gdexp.work.worker", str(answer), *first, *then]
    return subprocess.Popen(command, stdin=listen, pass_fds=[answer]).wait


if __name__ == "__main__":
    main()
