"""Damage of texts and trees by a seed, and limits of time and memory."""

import copy
import os
import resource
import signal
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

SEED = 2512

TOKENS = (
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400, "0x10", "010"),
    *("null", "true", "[]", "{}", "[" * 5000, '{"a":' * 5000, "1.5", "-1", "0", '""'),
    *("\0", "\ufeff", "\u2028", "\x85", "\r", "\n", "\t", '"', "'", ",", ":", "{", "}"),
    *("&a ", "*a", "<<: ", "!!binary ", "!!python/name:os.system ", "? ", "- ", "#"),
    *("\U0001f600", "e\u0301", "1:30", "2025-11-24", ".nan", ".inf", "~", "| ", "%"),
)
VALUES = (
    *(None, True, False, 0, -1, 1, 2, 10**6, 10**9, 10**18, 2**63, 10**400, 1.0, 0.5),
    *(float("nan"), float("inf"), -0.0, 1e308, 5e-324, "", " ", "NaN", "1e5", "010"),
    *("../x", "/", "a b", "a\nb", "\0", "\U0001f600", "x" * 2000, "(" * 300, "1/0"),
    *("d**d**d", "9" * 5000, "http://u:p@h", [], {}, [[]], [None], [1, 1], [1, 1.0]),
    *([1, "a", True], {"a": 1}, {1: {2: {3: {}}}}, b"bytes", date(2025, 11, 24)),
    *(set("ab"), [16] * 300, list(range(2, 200)), ["0.1", "1/d"], "linear", "gd"),
)


def seeds(count):
    """The inputs of a test by number: a twentieth of them in the short suite."""
    return range(count if settings().max_examples == 100 else max(1, count // 20))


def damaged(raw, rng, other=b""):
    """Return bytes with one to three changes of any kind."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        raw = rng.choice(CHANGES)(raw, rng, other)
    return raw


def _place(raw, rng):
    return rng.randrange(len(raw) + 1)


def _span(raw, rng):
    first = _place(raw, rng)
    return first, min(len(raw), first + rng.choice([1, 1, 2, 10, 100, 1000]))


def _flip(raw, rng, other):
    at = rng.randrange(len(raw)) if raw else 0
    return (
        raw[:at] + bytes([raw[at] ^ 1 << rng.randrange(8)]) + raw[at + 1 :]
        if raw
        else raw
    )


def _replace(raw, rng, other):
    first, last = _span(raw, rng)
    return raw[:first] + rng.randbytes(last - first) + raw[last:]


def _digit(raw, rng, other):
    """Another character of a number where there is one."""
    places = [i for i, byte in enumerate(raw) if byte in b"0123456789.-e"]
    if not places:
        return raw
    at = rng.choice(places)
    return raw[:at] + rng.choice("0123456789.-e,").encode() + raw[at + 1 :]


def _cut(raw, rng, other):
    return raw[: _place(raw, rng)]


def _drop(raw, rng, other):
    first, last = _span(raw, rng)
    return raw[:first] + raw[last:]


def _double(raw, rng, other):
    first, last = _span(raw, rng)
    return raw[:last] + raw[first:]


def _insert(raw, rng, other):
    at = _place(raw, rng)
    return raw[:at] + rng.choice(TOKENS).encode() + raw[at:]


def _merge(raw, rng, other):
    return raw[: _place(raw, rng)] + other[_place(other, rng) :]


def _lines(raw, rng, other):
    """Lines in another order, fewer or twice."""
    lines = raw.splitlines(keepends=True)
    return b"".join(
        rng.choices(lines, k=rng.choice([len(lines), 1, len(lines) + 1]))
        if lines
        else []
    )


def _words(raw, rng, other):
    """Something between two marks, twice or instead of another such."""
    parts = raw.split(b",")
    at, to = rng.randrange(len(parts)), rng.randrange(len(parts))
    parts[to : to + rng.randrange(2)] = [parts[at]]
    return b",".join(parts)


def _encode(raw, rng, other):
    text = raw.decode("utf-8", "replace")
    return text.encode(
        rng.choice(["utf-16", "utf-8-sig", "utf-32", "cp500"]), "replace"
    )


def _ends(raw, rng, other):
    return rng.choice(
        [raw.replace(b"\n", b"\r\n"), raw.rstrip(b"\n"), raw + b"\n", b""]
    )


CHANGES = (
    *(_flip, _flip, _replace, _digit, _digit, _cut, _drop, _double, _insert, _insert),
    *(_merge, _lines, _words, _words, _encode, _ends),
)


def paths(tree, here=()):
    """Yield the path of each value in nested mappings and lists."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield (*here, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*here, key))


def grown(tree, rng):
    """Return a tree with one change, and the path of it."""
    tree = copy.deepcopy(tree)
    path = rng.choice(list(paths(tree)))
    place = tree
    for key in path[:-1]:
        place = place[key]
    key, value = path[-1], copy.deepcopy(rng.choice(VALUES))
    change = rng.randrange(6)
    if change == 0:
        del place[key]
    elif change == 1 and isinstance(place, dict):
        letters = list(str(key))
        rng.shuffle(letters)
        key = "".join(letters) or "x"
        place[key] = place.pop(path[-1])
        path = (*path[:-1], key)
    elif change == 2 and isinstance(place, dict):
        key = rng.choice(["settings", "here", "data", "loss", "observe", "x", 5, None])
        place[key] = value
        path = (*path[:-1], key)
    elif change == 3:
        place[key] = [value, place[key]]
    else:
        place[key] = value
    return tree, path


class TooLongError(BaseException):
    """An answer took too long."""


@contextmanager
def limited(seconds=20, gib=2):
    """Give no more than so much time and memory."""

    def end(*_):
        raise TooLongError

    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf(
        "SC_PAGE_SIZE"
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    old = signal.signal(signal.SIGALRM, end)
    resource.setrlimit(resource.RLIMIT_AS, (used + gib * 2**30, hard))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    late = False
    try:
        yield
    except TooLongError:
        late = True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGALRM, old)
    if late:  # without the traceback of a place that nobody chose
        pytest.fail(f"no answer in {seconds} s", pytrace=False)


def one_line(said):
    """Say whether a message is one line that can be read."""
    return 5 < len(said) < 1000 and said.isprintable()
