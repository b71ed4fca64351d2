"""Members of one's own that go wrong in a workflow: a line, and no other cell."""

import os
import re
import signal
import subprocess
import sys

import pytest
from guests import HEAD, MEMBERS
from support import make_config, wait_for, workers_of

# what the gradient does instead, by the name of the model
DEEDS = {
    "raises": "raise ValueError('a' + chr(10) + 'b')",
    "leaves": "sys.exit(0)",
    "dies": "os._exit(0)",
    "closes": "sys.stdout.close()",
    "changes": "b[...] = 0",
    "moves": "os.chdir('/'); os.environ['PATH'] = ''; sys.stdout = None",
    "talks": "os.write(1, b'z' * 10**6)",
    "alarms": "import signal; signal.alarm(1)",
    "limits": "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 9**9))",
    "asks": "input()",
    "stops": "breakpoint()",
    "hangs": "threading.Event().wait()",
}
RETURN = "return weights @ b"

# what is said of those that fail
FAILING = {
    "raises": r"mine\.py, line \d+, in Raises\.df: ValueError: a b",
    "leaves": r"mine\.py, line \d+, in Leaves\.df: SystemExit: 0",
    "changes": r"mine\.py, line \d+, in Changes\.df: ValueError: .*read-only",
    "dies": "its worker died with status 0",
    "asks": r"mine\.py, line \d+, in Asks\.df: EOFError",
    "stops": r"mine\.py, line \d+, in Stops\.df: BdbQuit",
}


def members():
    """A file with a model for each deed, which is good but for its gradient."""
    parts = [HEAD]
    for name, deed in DEEDS.items():
        text = MEMBERS["model"].replace('"mine"', f'"{name}"')
        text = text.replace("class Mine", f"class {name.title()}")
        parts.append(text.replace(RETURN, f"{deed}\n        {RETURN}"))
    return "".join(parts)


def config():
    tree = make_config(tracking={"mode": "none"})
    tiny = tree["experiments"]["tiny"]
    tiny |= {"dims": [8], "seeds": 1}
    entry = {"algorithm": "gd", "step": 0.1}
    own = {name: entry | {"model": name} for name in DEEDS}
    tree["experiments"]["bad"] = tiny | {"models": own}
    return tree


@pytest.mark.slow
def test_a_member_harms_its_own_cells_alone(copied_workflow):
    workflow = copied_workflow
    good = config()
    del good["experiments"]["bad"]
    workflow.configure(good)
    workflow.run("--until", "cell")
    before = workflow.records()
    assert len(before) == 2
    for path in workflow.results.rglob("s*.jsonl"):
        path.unlink()
    own = workflow.snakefile.parent / "own"
    own.mkdir()
    (own / "mine.py").write_text(members())
    workflow.configure(config())
    said = workflow.folder / "said.txt"
    with said.open("w") as stderr:
        process = subprocess.Popen(
            workflow.command("--until", "cell", cores=3),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env=os.environ | {"PYTHONPATH": str(workflow.snakefile.parent / "src")},
            start_new_session=True,
            # as a terminal gives it; ignored if these tests began in the background
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        # all but the one that hangs, whose worker holds its log
        wait_for(lambda: len(workflow.records()) >= len(before) + 5)
        wait_for(lambda: said.read_text().count("cell failed") >= len(FAILING))
        wait_for(lambda: re.search(r"^running +1$", status(workflow), re.MULTILINE))
    finally:
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C
        process.wait()
    errors = said.read_text()
    logs = workflow.results / "logs" / "cells" / "bad"
    assert not workers_of(workflow)
    assert "mine.py" not in "".join(re.findall(r"Traceback.*?\n\S", errors, re.DOTALL))
    records = workflow.records()
    assert {path: records[path] for path in before} == before
    assert {path.split("/")[1] for path in records.keys() - before} == {
        *("closes", "moves", "talks", "alarms", "limits"),
    }
    for name, words in FAILING.items():
        log = logs / name / "d8" / "s0.log"
        (line,) = [
            x
            for x in errors.splitlines()
            if "cell failed" in x and str(log.relative_to(workflow.results)) in x
        ]
        assert re.search(words, line), line
    assert not list(workflow.folder.glob("z*"))
    assert (logs / "talks" / "d8" / "s0.log").stat().st_size > 10**6


def status(workflow):
    done = subprocess.run(
        [
            sys.executable,
            *("-m", "gdexp", "status", "--config", "config.yaml"),
        ],
        cwd=workflow.folder,
        env=os.environ | {"PYTHONPATH": str(workflow.snakefile.parent / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
