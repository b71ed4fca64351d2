"""Record files that are not what the grid asks for are refused, in one line each."""

import json
import re
from pathlib import Path

import pytest
from support import make_config, signed, stale_records

from gdexp.grid.grid import Grid
from gdexp.records.checked import checked, whole_records
from gdexp.records.examine import examine
from gdexp.records.status import Status
from gdexp.util.errors import RecordError
from gdexp.work.jobs import run_job
from gdexp.work.partial import Partial
from gdexp.work.tasks import Context
from gdexp.work.tasks.drawings import figure
from gdexp.work.tasks.tables import table


@pytest.fixture
def grid(tmp_path):
    config = make_config(
        results=str(tmp_path), cells_per_job=2, tracking={"mode": "none"}
    )
    config["experiments"]["tiny"]["dims"] = [8]
    return Grid.of(config)


@pytest.fixture
def path(grid):
    for job in grid.jobs():
        run_job(grid, job, Path(grid.results, "cells", job.path))
    return Path(grid.results, "cells", "tiny", "linear-gd", "d8", "s0-1.jsonl")


def change(**parts):
    """A change of the first record: fields of its parts, or the part itself."""

    def changed(lines):
        record = json.loads(lines[0])
        for part, new in parts.items():
            both = isinstance(new, dict) and isinstance(record[part], dict) and new
            record[part] = record[part] | new if both else new
        return [json.dumps(record, separators=(",", ":")), *lines[1:]]

    return changed


DAMAGE = {
    "one line short": lambda lines: lines[:1],
    "one line doubled": lambda lines: [*lines, lines[1]],
    "another order": lambda lines: lines[::-1],
    "key of slashes": change(key="a/b/c/d"),
    "key of a letter": change(key="x"),
    "key of a number": change(key=5),
    "cell of another place": change(cell={"seed": 7}),
    "cell of nothing": change(cell={}),
    "cell that is a list": change(cell=[1]),
    "iterations of text": change(outcome={"iterations": "abc"}),
    "iterations below zero": change(outcome={"iterations": -1}),
    "iterations of truth": change(outcome={"iterations": True}),
    "iterations without end": change(outcome={"iterations": 10**20}),
    "half a sample": change(outcome={"final_misclassified": 0.5}),
    "an outcome of its own": change(outcome={"outcome": "done"}),
    "a loss of text": change(outcome={"final_loss": "low"}),
    "no origin": change(made_by={}),
}
TRAJECTORIES = {
    "no trajectory": change(trajectory={}),
    "a trajectory of text": change(trajectory={"loss": ["a", "b"]}),
    "a short trajectory": change(trajectory={"loss": [0.5]}),
}


@pytest.mark.parametrize("damage", {**DAMAGE, **TRAJECTORIES})
def test_refused_wherever_it_is_read(grid, path, damage):
    good = path.read_text().splitlines()
    assert len(list(checked(grid, [path]))) == 2
    damaged = {**DAMAGE, **TRAJECTORIES}[damage](good)
    path.write_text("".join(f"{line}\n" for line in damaged))
    context, output = Context(grid), str(path.with_suffix(".csv"))
    uses = [
        lambda: table(context, "tiny", output, [str(path)]),
        lambda: figure(
            context, "tiny/trajectories", {"trajectories": [str(path)]}, [output]
        ),
        lambda: whole_records(grid, path),
    ]
    for use in uses:
        with pytest.raises(RecordError, match=re.escape(str(path))) as caught:
            use()
        assert "\n" not in str(caught.value)
        assert "delete" in str(caught.value)
    assert not Path(output).exists()
    partial = Partial.of(grid)
    assert (partial.cells, len(partial.refused)) == (2, 1)
    if damage in DAMAGE:
        counts = Status.of(grid).cells
        assert (counts["stale"], sum(counts.values())) == (2, 4)


def test_what_another_program_made_may_be_tracked_but_not_averaged(grid, path):
    lines = path.read_text().splitlines()
    made = change(made_by={"code": "other"})(lines)
    path.write_text(signed("\n".join(made)))
    assert len(whole_records(grid, path)) == 2
    job = next(iter(grid.jobs()))
    with pytest.raises(RecordError, match="another program"):
        examine(grid, job).good()


def test_an_unknown_commit_is_as_good_as_another(grid, path):
    made = change(made_by={"commit": "unknown", "dirty": "unknown"})
    path.write_text(signed("\n".join(made(path.read_text().splitlines()))))
    first, _ = checked(grid, [path])
    assert first.made_by["dirty"] == "unknown"
    assert Status.of(grid).done == 4
    assert not list(stale_records(grid))
    paths = [Path(grid.results, "cells", job.path) for job in grid.jobs()]
    table(Context(grid), "tiny", str(path.with_suffix(".csv")), paths)


def test_what_the_table_of_cells_lacks_is_named(grid, path):
    context, output = Context(grid), str(path.with_suffix(".csv"))
    lacking = "0 cells of tiny/conv2-perceptron/d8, not the 2 of the configuration"
    with pytest.raises(RecordError, match=re.escape(lacking)):
        table(context, "tiny", output, [str(path)])
    assert not Path(output).exists()
    table(Context(grid, mark="PARTIAL"), "tiny", output, [str(path)])


def test_a_file_of_no_job(grid, path):
    other = path.with_name("s0-9.jsonl")
    path.rename(other)
    with pytest.raises(RecordError, match="none of this grid"):
        list(checked(grid, [other]))
