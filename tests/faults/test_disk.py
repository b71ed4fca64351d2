"""A full disk, a read-only one, damaged records: one line, and nothing averaged in."""

import json
import os
import subprocess
from contextlib import suppress

import pytest
from support import make_config, signed

from gdexp.cli.main import main


@pytest.fixture
def small_disk(workflow):
    """A results folder on a file system of its own, of a size to choose."""
    folder = workflow.results
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a tmpfs needs root and permission to mount")
    yield lambda options: subprocess.run(
        ["mount", "-o", f"remount,{options}", str(folder)], check=True
    )
    subprocess.run(["umount", "-l", str(folder)], check=True)


def one_line(done, *words):
    """The run failed, said so in words, and showed no traceback of ours."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if words[0] in line]
    assert lines
    for word in words[1:]:
        assert any(word in line for line in lines), (word, lines)


@pytest.mark.slow
def test_a_full_disk(workflow, small_disk):
    workflow.configure(make_config(tracking={"mode": "none"}))
    filler = workflow.results / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    done = workflow.run(check=False)
    one_line(done, "gdexp: cannot write to results: No space left on device")
    filler.unlink()
    done = workflow.run(check=False)
    one_line(done, "No space left on device", "cell failed")
    written = workflow.records()
    assert 0 < len(written) < 12
    for content in written.values():
        assert json.loads(content.splitlines()[-1])["format"] == 3
    small_disk("size=50m")
    workflow.run()
    assert len(workflow.records()) == 12
    assert workflow.records().items() >= written.items()


def test_a_read_only_disk(workflow, small_disk, monkeypatch, capsys):
    workflow.configure(make_config(tracking={"mode": "none"}))
    small_disk("ro")
    one_line(workflow.run(check=False), "Read-only file system", "results")
    small_disk("rw,size=50m")
    workflow.run("collect", cores=1)
    assert len(workflow.records()) == 12
    workflow.configure(make_config())  # nor is a place for a store asked for
    small_disk("ro")
    assert "Nothing to be done" in workflow.run("collect", cores=1).stderr
    monkeypatch.chdir(workflow.folder)
    assert main(["status"]) == 0
    assert capsys.readouterr().out.startswith("done             12")
    for words in ("collect --partial", "sync", "cell tiny linear-gd 8 0"):
        assert main(words.split()) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "results" in said


def test_a_read_only_folder(workflow):
    folder = str(workflow.folder)
    for mount in (["--bind", folder, folder], ["-o", "remount,bind,ro", folder]):
        if os.geteuid() or subprocess.run(["mount", *mount], check=False).returncode:
            pytest.skip("to mount needs root and permission")
    try:
        done = workflow.run(check=False)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
    one_line(done, "gdexp: cannot write to", "where Snakemake keeps its notes")


DAMAGE = {  # three of the kinds of tests/unit/test_checked.py
    "truncated": lambda line: line[: len(line) // 2],
    "another version": lambda line: line.replace('"format":3', '"format":99', 1),
    "another cell": lambda line: line.replace('"seed":0', '"seed":1', 1),
}
STALE = {
    "another program": lambda line: line.replace('"code":"', '"code":"0', 1),
    "another configuration": lambda line: line.replace('"step":"1"', '"step":"2"', 1),
}


def test_a_record_in_the_place_of_another(finished):
    folder = finished.results / "cells" / "tiny" / "linear-gd" / "d8"
    (folder / "s0.jsonl").write_bytes((folder / "s1.jsonl").read_bytes())
    one_line(finished.run(check=False), "record", "d8/s1", "d8/s0.jsonl has cell")


@pytest.mark.slow
def test_a_damaged_record_is_never_averaged_in(finished):
    workflow = finished
    good = workflow.records()
    table = (workflow.results / "tables" / "cells.csv").read_bytes()
    path = workflow.results / "cells" / "tiny" / "linear-gd" / "d8" / "s0.jsonl"
    text = path.read_text()
    for name, damage in DAMAGE.items():
        damaged = damage(text)
        assert damaged != text, name
        path.write_text(damaged)
        done = workflow.run("collect", check=False)
        one_line(done, "record", "d8/s0", "run the workflow again")
        assert not (workflow.results / "tables" / "cells.csv").exists()
    path.unlink()  # as the line said
    workflow.run()
    assert workflow.records() == good
    assert (workflow.results / "tables" / "cells.csv").read_bytes() == table


@pytest.mark.slow
def test_records_of_something_else_are_made_anew(finished):
    workflow = finished
    good = workflow.records()
    table = (workflow.results / "tables" / "cells.csv").read_bytes()
    folder = workflow.results / "cells" / "tiny" / "linear-gd"
    for dim, (name, change) in zip((8, 16), STALE.items(), strict=True):
        path = folder / f"d{dim}" / "s0.jsonl"
        made = path.stat().st_mtime
        stale = change(path.read_text())
        assert stale != path.read_text(), name
        path.write_text(signed(stale))
        os.utime(path, (made, made))
    assert workflow.run("--dry-run").stdout.count("rule cell:") == 2
    workflow.run()
    assert workflow.records() == good
    assert (workflow.results / "tables" / "cells.csv").read_bytes() == table
    assert "Nothing to be done" in workflow.run().stderr
