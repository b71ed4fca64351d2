"""`gdexp diff`: what is told of two cells, entries and results folders."""

import json
import os
import shutil

import pytest
import yaml
from support import make_config, signed

from gdexp.cli.main import main
from gdexp.records.ratios import by_dim
from gdexp.records.record import Record, read_records


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a configuration and its twelve cells, four files of two seeds."""
    folder = tmp_path_factory.mktemp("differences")
    config = make_config(
        results=str(folder / "results"), tracking={"mode": "none"}, statistic="median"
    )
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    for entry in config["experiments"]["tiny"]["models"]:
        for dim in (8, 16, 32):
            command = ["cell", "tiny", entry, str(dim), "0-1", "--config"]
            assert main([*command, str(folder / "config.yaml")]) == 0
    return folder


def diff(place, capsys, a, b, *more):
    words = [str(each).replace("@", str(place / "results")) for each in (a, b)]
    status = main(["diff", *words, "--config", str(place / "config.yaml"), *more])
    return status, *capsys.readouterr()


def told(place, capsys, a, b):
    status, out, err = diff(place, capsys, a, b, "--json")
    assert not err
    found = json.loads(out)
    assert status == (0 if found["same"] else 1)
    return found


def test_cells(place, capsys):
    a, b = "tiny/linear-gd/d16/s0", "tiny/linear-gd/d16/s1"
    found = told(place, capsys, a, b)
    assert found["run"] == {"seed": [0, 1]}
    assert found["made_by"] == {}
    records = [
        next(each for each in read_records([place_of(place, key)]) if each.key == key)
        for key in (a, b)
    ]
    for name in ("outcome", "iterations", "certificate", "final_loss"):
        assert found["outcome"][name] == [each.outcome[name] for each in records]
    assert found["trajectory"]["iteration"] == 0  # another start
    assert told(place, capsys, a, a)["same"]


def place_of(place, key):
    return place / "results" / "cells" / key.rpartition("/")[0] / "s0-1.jsonl"


def test_cells_as_text(place, capsys):
    a, b = "tiny/linear-gd/d16/s0", "@/cells/tiny/conv2-perceptron/d16/s0.jsonl"
    status, out, _ = diff(place, capsys, a, b)
    assert status == 1
    assert out.splitlines()[-1] == "they differ"
    told = [line.split() for line in out.splitlines()]
    assert ["model", "linear", "conv"] in told
    assert ["algorithm", "gd", "perceptron"] in told
    assert "(other code was run, as other members were)" in out
    status, out, _ = diff(place, capsys, a, a)
    assert (status, out.splitlines()[-1]) == (0, "they are the same")


def test_entries(place, capsys):
    found = told(place, capsys, "tiny/linear-gd", "@/cells/tiny/conv2-perceptron")
    assert found["statistic"] == "median"
    assert found["run"]["step"] == ["1", "0.25/sqrt(d)"]
    assert "step_size" not in found["run"]
    assert [row["dim"] for row in found["dims"]] == [8, 16, 32]
    for row in found["dims"]:
        a, b = row["value"]
        assert row["ratio"] == (b / a if a else None)
        assert row["ratio_low"] is None  # two seeds are too few
        assert row["cells"] == [2, 2]
    assert told(place, capsys, "tiny/linear-gd", "tiny/linear-gd")["same"]


def record(seed, iterations, outcome="separated", dim=8):
    end = {"outcome": outcome, "iterations": iterations}
    return Record("", {"dim": dim, "seed": seed}, end, {}, {})


def test_a_ratio_of_the_same_seeds_has_no_more_noise_than_they_have():
    times = [5, 70, 3, 900, 40, 12, 33, 8, 60, 17]
    a = [record(seed, t) for seed, t in enumerate(times)]
    b = [record(seed, 3 * t) for seed, t in enumerate(times)]
    (row,) = by_dim(a, b, "median")
    assert (row["ratio"], row["ratio_low"], row["ratio_high"]) == (3, 3, 3)
    apart = [record(seed + 1, 3 * t) for seed, t in enumerate(times)]
    (row,) = by_dim(a, apart, "median")
    assert row["ratio"] == 3
    assert row["ratio_low"] < 2 < 4 < row["ratio_high"]
    assert row["only"] == [1, 1]


def test_a_ratio_of_what_is_not_separated():
    a = [record(0, 5), record(1, 9, dim=16)]
    b = [record(0, 50, "capped")]
    rows = by_dim(a, b, "mean")
    assert rows[0]["value"] == [5, "not separated"]
    assert rows[0]["ratio"] is None
    assert rows[0]["differ"] == 1
    assert rows[1]["value"] == [9, None]
    assert by_dim(b, [record(0, 51, "capped")], "mean")[0]["differ"] == 1


def test_folders(place, tmp_path, capsys):
    assert told(place, capsys, "@", "@")["same"]
    other = tmp_path / "other"
    shutil.copytree(place / "results", other)
    (other / "cells/tiny/linear-gd/d8/s0-1.jsonl").unlink()
    changed = other / "cells/tiny/linear-gd/d16/s0-1.jsonl"
    one = next(read_records([changed]))
    t = one.outcome["iterations"]
    text = changed.read_text().replace(
        f'"iterations":{t},', f'"iterations":{t + 1},', 1
    )
    changed.write_text(signed(text))
    found = told(place, capsys, "@", other)
    assert found["only_a"] == ["tiny/linear-gd/d8/s0", "tiny/linear-gd/d8/s1"]
    assert found["only_b"] == []
    assert (found["cells"], found["common"]) == ([12, 10], 10)
    (differ,) = found["differ"]
    assert differ["cell"] == "tiny/linear-gd/d16/s0"
    assert differ["iterations"] == [t, t + 1]
    status, out, _ = diff(place, capsys, "@", other)
    assert status == 1
    assert "what came out differs: 1 of 10" in out
    assert "only in A: 2" in out


def test_versions_are_told_and_make_no_difference(place, tmp_path, capsys):
    other = tmp_path / "other"
    shutil.copytree(place / "results", other)
    path = other / "cells/tiny/linear-gd/d16/s0-1.jsonl"
    numpy = next(read_records([path])).made_by["numpy"]
    text = path.read_text()
    path.write_text(signed(text.replace(f'"numpy":"{numpy}"', '"numpy":"0.1"')))
    status, out, _ = diff(
        place, capsys, "tiny/linear-gd/d16/s0", path.parent / "s0.jsonl"
    )
    assert status == 0
    assert "told only" in out
    assert f"numpy  {numpy}" in out
    code = next(read_records([path])).made_by["code"]
    path.write_text(signed(text.replace(f'"code":"{code}"', '"code":"0123456789ab"')))
    found = told(place, capsys, "@", other)
    assert len(found["other_code_or_data"]) == 2
    assert found["differ"] == []


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("tiny/linear-gd", "tiny/linear-gd/d16/s0", ["kind entry", "two of one kind"]),
        ("tiny/liner-gd", "@", ["did you mean 'linear-gd'?"]),
        ("tinny/linear-gd", "@", ["'tinny'"]),
        ("tiny/linear-gd/d17/s0", "@", ["dim 17"]),
        ("tiny/linear-gd/d16/s5", "@", ["allowed: a seed"]),
        ("tiny/linear-gd/d16/s0-1", "@", ["2 cells", "name one seed"]),
        ("@/cells/tiny/linear-gd/d16/s0-1.jsonl", "@", ["has 2 cells"]),
        ("@/cells/tiny/linear-gd/d16/s7.jsonl", "@", ["no record of cell"]),
        ("@/tables", "@", ["no records"]),
        ("nothing", "@", ["nothing to compare", "a results folder"]),
    ],
)
def test_mistakes(place, capsys, a, b, words):
    (place / "results" / "tables").mkdir(exist_ok=True)
    status, out, err = diff(place, capsys, a, b)
    assert status == 2
    assert out == ""
    assert err.startswith("gdexp: ")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


def test_a_damaged_record_is_one_line(place, tmp_path, capsys):
    other = tmp_path / "other"
    shutil.copytree(place / "results", other)
    path = other / "cells/tiny/linear-gd/d16/s0-1.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    status, out, err = diff(place, capsys, "@", other)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "damaged" in err


def test_a_file_of_other_cells_than_its_name_is_no_cell(place, tmp_path, capsys):
    """Neither by key nor by path: what is shown would be another cell."""
    cells = tmp_path / "results" / "cells"
    shutil.copytree(place / "results" / "cells", cells)
    lines = (cells / "tiny/linear-gd/d16/s0-1.jsonl").read_text().splitlines(True)
    other = cells / "tiny/linear-gd/d32"
    (other / "s0-1.jsonl").unlink()
    for name, text in (("s0", lines[0]), ("s1-2", "".join(lines))):
        (other / f"{name}.jsonl").write_text(text)
    for name in ("s0.jsonl", "s1.jsonl"):
        status, out, err = diff(place, capsys, other / name, "tiny/linear-gd/d16/s0")
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert "though its name says so" in err or "other cells than its name" in err
    shutil.copy(other / "s0.jsonl", tmp_path / "mine.jsonl")  # says nothing
    assert told(place, capsys, tmp_path / "mine.jsonl", "tiny/linear-gd/d16/s0")["same"]
    (other / "s0.jsonl").rename(other / "s0-1.jsonl")  # cut short
    (other / "s1-2.jsonl").unlink()
    status, _, err = diff(place, capsys, other / "s1.jsonl", "tiny/linear-gd/d16/s0")
    assert (status, err.count("\n")) == (2, 1)
    assert "no cell tiny/linear-gd/d32/s1" in err


@pytest.mark.parametrize("name", ["two\nlines", os.fsdecode(b"w\xe9")])
def test_paths_of_any_bytes(place, tmp_path, capsys, name):
    folder = tmp_path / name
    shown = ascii(name)[1:-1]
    shutil.copytree(place / "results", folder)
    status, out, err = diff(place, capsys, folder, "@")
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == f"A  {tmp_path}/{shown}"
    assert out.splitlines()[-1] == "they are the same"
    record = folder / "cells/tiny/linear-gd/d8/s0-1.jsonl"
    assert diff(place, capsys, record.parents[1], "tiny/linear-gd")[0] == 0
    record.write_text("{}")
    status, _, err = diff(place, capsys, folder, "@")
    assert (status, err.count("\n")) == (2, 1)
    assert f"record file {tmp_path}/{shown}/cells/" in err


def test_what_is_no_record_is_not_to_be_deleted(place, tmp_path, capsys):
    table = tmp_path / "data.csv"
    for text in ("a,b\n1,2\n", "", '{"format":1}\n', '{"format":9}\n'):
        table.write_text(text)
        status, out, err = diff(place, capsys, table, place / "config.yaml")
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert f"{table} is no record file" in err
        assert "delete" not in err


def test_a_cell_that_two_files_have(place, tmp_path, capsys):
    """By name that which the configuration asks for; else it is not known which."""
    results = tmp_path / "results"
    shutil.copytree(place / "results" / "cells", results / "cells")
    config = yaml.safe_load((place / "config.yaml").read_text())
    config |= {"results": str(results)}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    folder = results / "cells/tiny/linear-gd/d16"
    whole = (folder / "s0-1.jsonl").read_text()
    one = whole.splitlines(True)[0]
    norm = json.loads(one)["trajectory"]["norm"][1]
    (folder / "s0.jsonl").write_text(signed(one.replace(f",{norm},", ",9.5,", 1)))
    (folder / "s7.jsonl").write_text(one)  # of more seeds than there are now
    key, entry = "tiny/linear-gd/d16/s0", "tiny/linear-gd"
    base = place / "results/cells" / entry
    # the configuration has one cell per job: s0.jsonl
    status, out, _ = diff(tmp_path, capsys, key, base / "d16/s0.jsonl")
    assert (status, "in norm: 9.5" in out) == (1, True)
    status, out, _ = diff(tmp_path, capsys, entry, base, "--json")
    assert [row["cells"] for row in json.loads(out)["dims"]] == [[2, 2]] * 3
    for path, other in ((folder.parent, base), (results, place / "results")):
        status, _, err = diff(tmp_path, capsys, path, other)
        assert (status, err.count("\n")) == (2, 1)
        assert f"{folder / 's0-1.jsonl'} and {folder / 's0.jsonl'}" in err
        assert f"cell {key} is in two record files" in err
    config |= {"cells_per_job": 3}
    config["experiments"]["tiny"]["seeds"] = 3
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    status, _, err = diff(tmp_path, capsys, key, key)
    assert (status, "two record files" in err) == (2, True)


def test_entries_of_the_same_t_whose_ends_differ(place, tmp_path, capsys):
    """As on another device: T is no more than the end of it."""
    folder = tmp_path / "cells/tiny/linear-gd"
    shutil.copytree(place / "results/cells/tiny/linear-gd", folder)
    path = folder / "d16/s0-1.jsonl"
    line = path.read_text().splitlines(True)
    loss = json.loads(line[1])["outcome"]["final_loss"]
    line[1] = line[1].replace(f'"final_loss":{loss},', '"final_loss":0.125,', 1)
    path.write_text(signed("".join(line)))
    found = told(place, capsys, "tiny/linear-gd", folder)
    assert not found["same"]
    assert (found["run"], found["made_by"]) == ({}, {})
    assert [row["differ"] for row in found["dims"]] == [0, 0, 0]
    assert [row["other"] for row in found["dims"]] == [0, 1, 0]
    status, out, _ = diff(place, capsys, "tiny/linear-gd", folder)
    assert status == 1
    assert "seeds of the same T with another loss, certificate or path: 1" in out


def test_entries_of_other_seeds(place, tmp_path, capsys):
    folder = tmp_path / "cells/tiny/linear-gd"
    shutil.copytree(place / "results/cells/tiny/linear-gd", folder)
    path = folder / "d16/s0-1.jsonl"
    lines = path.read_text().splitlines(True)
    (folder / "d16/s1.jsonl").write_text(lines[1])
    path.unlink()
    moved = lines[0].replace("d16/s0", "d16/s2", 1).replace('"seed":0', '"seed":2', 1)
    (folder / "d16/s2.jsonl").write_text(signed(moved))
    status, out, _ = diff(place, capsys, "tiny/linear-gd", folder)
    rows = [line.split() for line in out.splitlines()]
    (row,) = (each for each in rows if each[:1] == ["16"])
    assert (status, row[-4:]) == (1, ["2,", "1", "shared", "0"])
    (row,) = (each for each in rows if each[:1] == ["8"])
    assert row[-2:] == ["2", "0"]


def test_no_factor_of_a_run_that_was_capped(place, tmp_path, capsys):
    path = place / "results/cells/tiny/linear-gd/d16/s0-1.jsonl"
    line = path.read_text().splitlines()[0]
    t = json.loads(line)["outcome"]["iterations"]
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    later = line.replace(f'"iterations":{t},', f'"iterations":{20 * t},', 1)
    one.write_text(f"{line}\n")
    for outcome, last in (("separated", "20"), ("capped", "differs")):
        text = later.replace('"outcome":"separated"', f'"outcome":"{outcome}"', 1)
        other.write_text(signed(text))
        _, out, _ = diff(place, capsys, one, other)
        (row,) = (x.split() for x in out.splitlines() if x.startswith("  iterations"))
        assert row[-1] == last
