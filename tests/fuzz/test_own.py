"""Members of one's own that do what they should not: their cell alone, in one line."""

import math
import os
import random
import re
import resource
import signal
import sys
import textwrap
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from guests import HEAD, MEMBERS
from mutations import SEED, limited, one_line
from support import make_config

from gdexp.grid import own
from gdexp.grid.grid import Grid
from gdexp.grid.guests import guests
from gdexp.tracking.run import Run
from gdexp.util.errors import GdexpError
from gdexp.work.jobs import run_job

# where it happens: the kind, the line that it stands in the place of, its arguments
HOOKS = {
    "model.parameters": ("model", "return d", "d"),
    "model.f": ("model", "return b @ w", "b @ w"),
    "model.df": ("model", "return weights @ b", "weights @ b"),
    "model.start": ("model", "return rng.standard_normal(d)", "np.ones(d)"),
    "loss.value": ("loss", "return np.exp(-m)\n    def", "np.exp(-m)"),
    "loss.weight": ("loss", "tie=1.0):\n        return np.exp(-m)", "np.exp(-m)"),
    "algorithm.init": ("algorithm", 'return {"v": np.zeros_like(w)}', "{}"),
    "algorithm.update": (
        "algorithm",
        "return w + self.step * oracle(w), memory",
        "w + oracle(w)",
    ),
    "dataset.build": (
        "dataset",
        "return Dataset(rng.standard_normal((n, dim)), np.array([1.0, -1.0]))",
        "Dataset(np.eye(n, dim), np.array([1.0, -1.0]))",
    ),
    "observe.begin": ("observe", "return np.zeros(1)", "np.zeros(1)"),
    "observe.see": ("observe", "return memory + 1", "memory + 1"),
    "observe.value": ("observe", "return float(memory[0])", "1.0"),
}
# what is done before the value, or with it as x
DEEDS = {
    **{
        f"raises {name}": f"raise {name}('a\\nb' * 500)"
        for name in (
            *("ValueError", "KeyError", "OSError", "MemoryError", "RecursionError"),
            *("StopIteration", "SystemExit", "AssertionError", "ArithmeticError"),
        )
    },
    "raises what has no text": "class E(Exception):\n    __str__ = None\nraise E",
    "exits with 0": "sys.exit(0)",
    "calls itself": "def f(): return f()\nf()",
    "lacks a module": "import no_such_module",
    "a name that is none": "x = nothing",
    "None": "x = None",
    "a text": "x = 'x'",
    "NaN": "x = x * np.nan",
    "infinite": "x = x * np.inf",
    "complex": "x = x * 1j",
    "float32": "x = np.float32(x)",
    "whole numbers": "x = np.int64(x)",
    "objects": "x = np.asarray(x, object)",
    "a list": "x = list(np.ravel(x))",
    "another axis": "x = np.asarray(x)[..., None]",
    "one too few": "x = np.asarray(x)[1:]",
    "a number": "x = 1.0",
    "huge": "x = np.zeros(10**13)",
    "larger than any": "x = np.zeros(10**30)",
    "negative": "x = -3",
    "a folder": "os.chdir('/')",
    "an environment": "os.environ['HOME'] = 'x'; os.environ.pop('PATH', None)",
    "settings": "np.seterr(all='raise'); warnings.simplefilter('error')",
    "streams": "sys.stdout = sys.stderr = None",
    "a limit": "sys.setrecursionlimit(200)",
    "randomness": "np.random.seed(0)",
    "prints": "print('x' * 10**5, file=sys.stderr); print('y' * 10**5)",
    "writes": "os.write(1, b'z' * 10**4); os.write(2, b'z' * 10**4)",
    "a thread": "threading.Thread(target=print, daemon=True).start()",
    "warns": "warnings.warn('odd')",
    "samples": "oracle.samples[...] = 0",
    "b": "b *= 2; b[...] = 0",
    "w": "w -= 1",
    "m": "m[...] = 1",
    "weights": "weights *= 2",
    "the problem": "problem.data.b[...] = 0",
    "labels": "problem.data.labels[...] = 1",
    "a memory": "memory.clear()",
}


def file_of(hook, deed):
    kind, line, value = HOOKS[hook]
    body = f"x = {value}\n{DEEDS[deed]}\n"
    body += "return x, memory" if hook == "algorithm.update" else "return x"
    rest = "\n    def" if line.endswith("def") else ""
    start = line.partition("return")[0]
    start = start.rstrip(" ") if start else ""
    lead = start or ""
    text = (
        textwrap.indent(body, " " * 8).lstrip()
        if not start
        else ("\n" + textwrap.indent(body, " " * 8))
    )
    head = start.rstrip("\n")
    assert line in MEMBERS[kind]
    return HEAD + MEMBERS[kind].replace(
        line, f"{head}{text}{rest}" if lead else f"{text}{rest}"
    )


CASES = [(hook, deed) for hook in HOOKS for deed in DEEDS]


def config_of(folder, kind=None):
    """A grid of good cells on a table and on c1, and of one of one's own."""
    table = folder / "t.csv"
    rows = [f"{i % 7},{i % 5},{i * i % 11},{'ab'[i % 2]}" for i in range(20)]
    table.write_text("\n".join(["x,y,z,label", *rows]) + "\n")
    config = make_config(results=str(folder / "results"), tracking={"mode": "none"})
    tiny = config["experiments"]["tiny"]
    tiny |= {"dims": [8], "seeds": 1, "max_iterations": 50}
    # in the direct form, with and without a model of one's own on the same table
    entry = {"model": "diagonal", "alpha": 0.5, "algorithm": "gd", "step": 0.1}
    common = {"seeds": 1, "max_iterations": 50}
    config["experiments"]["table"] = common | {
        "dataset": f"table:{table}",
        "models": {
            "good": entry,
            "linear": tiny["models"]["linear-gd"] | {"form": "direct"},
        },
    }
    if kind:
        mine = {"model": "linear", "algorithm": "gd", "step": 0.1, "form": "direct"}
        mine |= {kind: "mine"} if kind != "dataset" else {}
        where = {"dataset": "mine", "dims": [8]} if kind == "dataset" else {}
        config["experiments"]["bad"] = (
            {"dataset": f"table:{table}"} | common | where | {"models": {"mine": mine}}
        )
    return config


def records(grid, experiments):
    """Compute experiments; return their record files."""
    found = {}
    for experiment in experiments:
        for job in grid.jobs(experiment):
            path = Path(grid.results, "cells", job.path)
            run_job(grid, job, path)
            found[job.path] = path.read_bytes()
    return found


GOOD = ("tiny", "table")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    grid = Grid.of(config_of(tmp_path_factory.mktemp("good")))
    return records(grid, GOOD)


def surroundings():
    return (
        *(Path.cwd(), dict(os.environ), np.geterr(), list(warnings.filters)),
        *(sys.stdout, sys.stderr, sys.getrecursionlimit()),
    )


def tried(case, tmp_path, reference):
    """Compute a cell of one's own, then the good ones; return what was said."""
    hook, deed = case
    folder = tmp_path / "own"
    folder.mkdir(exist_ok=True)
    (folder / "mine.py").write_text(file_of(hook, deed))
    before = surroundings()
    said = ""
    with limited(30, 4):
        own.load(folder)
        try:
            with guests():
                grid = Grid.of(config_of(tmp_path, HOOKS[hook][0]))
                job = next(iter(grid.jobs("bad")))
                path = Path(grid.results, "cells", job.path)
                (record,) = run_job(grid, job, path)
                assert Run.of(record, "results", "").params
                assert path.read_bytes().decode() == f"{record.line}\n"
        except GdexpError as error:
            said = str(error)
        assert surroundings() == before, case
        after = records(Grid.of(config_of(tmp_path)), GOOD)
    for path, raw in reference.items():
        # where the table lies is part of the cell, and of the sum
        mine, theirs = (
            re.sub(rb',"sum":"\w+"', b"", each).partition(b'"outcome"')[2]
            for each in (after[path], raw)
        )
        assert mine == theirs, (case, path)
    return said


# what goes on as if nothing were
HARMLESS = {
    *("a folder", "an environment", "settings", "streams", "a limit", "randomness"),
    *("prints", "writes", "a thread", "warns"),
}
NAMED = ("mine", "Mine")


def some_cases(cases, tmp_path, reference):
    failed, wrong = 0, []
    for case in cases:
        said = tried(case, tmp_path, reference)
        own._loaded.clear()
        for _, known, _ in own.KINDS:
            known.pop("mine", None)
        failed += bool(said)
        deed = case[1]
        fine = not said or (one_line(said) and any(name in said for name in NAMED))
        if deed.startswith(("raises", "exits", "calls", "lacks")):
            fine = "mine.py, line " in said
        if deed in HARMLESS - {"warns", "settings"}:
            fine = said == ""
        if not fine:
            wrong.append((*case, said))
    assert not wrong
    return failed


LEAVES = {
    "a folder": "os.chdir('/')",
    "an environment": "os.environ['HOME'] = 'x'",
    "settings": "np.seterr(all='raise'); warnings.simplefilter('error')",
    "streams": "sys.stdout = None",
    "a closed stream": "sys.stdout.close()",
    "a closed file": "os.close(1)",
    "a depth": "sys.setrecursionlimit(60)",
    "a path": "sys.path.clear()",
    "a thread": "threading.Thread(target=__import__('time').sleep, args=[5]).start()",
    "an alarm": "signal.alarm(100)",
    "a handler": "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "a limit": "resource.setrlimit(resource.RLIMIT_FSIZE,"
    " (100, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))",
}
CHANGES = {
    "numpy.abs": "np.abs = lambda x, f=np.abs: 0 * f(x) + 1.0",
    "numpy.linalg.norm": "np.linalg.norm = lambda *x: 7.0",
    "math.sqrt": "import math; math.sqrt = len",
    "builtins.sum": "import builtins; builtins.sum = len",
}


def process():
    """What a cell of others may depend on."""
    return (
        *(Path.cwd(), dict(os.environ), np.geterr(), list(warnings.filters)),
        *(sys.stdout.closed, os.fstat(1).st_ino, sys.getrecursionlimit(), [*sys.path]),
        *(signal.getitimer(signal.ITIMER_REAL)[0], signal.getsignal(signal.SIGTERM)),
        *(resource.getrlimit(resource.RLIMIT_FSIZE)[0], np.abs, np.linalg.norm),
        *(math.sqrt, sum),
        # for which a process would wait at its end
        *(each for each in threading.enumerate() if not each.daemon),
    )


@pytest.mark.parametrize("at", ["import", "run"])
@pytest.mark.parametrize("what", [*LEAVES, *CHANGES])
def test_what_a_file_changes_is_put_back(what, at, registries, tmp_path, monkeypatch):
    """When it is imported, and when a function of it runs."""
    deed = {**LEAVES, **CHANGES}[what]
    deed = textwrap.indent(deed, "    ")
    text = f"{HEAD}import resource, signal\ndef deed():\n{deed}\n"
    (tmp_path / "mine.py").write_text(text + ("deed()\n" if at == "import" else ""))
    said = ""
    with (tmp_path / "out").open("w") as out:  # one that may be closed
        monkeypatch.setattr(sys, "stdout", out)
        before = process()
        try:
            own.load(tmp_path)
            with guests():
                own._loaded[str(tmp_path / "mine.py")].deed()
        except GdexpError as error:
            said = str(error)
        assert process() == before
    assert (f"has changed {what} for" in said) == (what in CHANGES)
    assert one_line(said) if what in CHANGES else not said


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:odd")
def test_own_members(registries, tmp_path, reference):
    assert some_cases(CASES, tmp_path, reference) > len(CASES) / 3


@pytest.mark.filterwarnings("ignore:odd")
def test_some_own_members(registries, tmp_path, reference):
    rng = random.Random(SEED)
    some_cases(rng.sample(CASES, 15), tmp_path, reference)
