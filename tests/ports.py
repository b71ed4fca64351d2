"""Ports for servers that are told theirs. ``python tests/ports.py`` prints one."""

import secrets
import socket
from contextlib import suppress


def free_port() -> int:
    """Return a port that nobody listens at, of those that the kernel gives to nobody.

    One that the kernel gave would be free for the next who asks, as soon as it is known
    here and not yet in use.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)  # tests have seeds, all the same
        with socket.socket() as one, suppress(OSError):
            one.bind(("", port))
            return port


if __name__ == "__main__":
    print(free_port())
