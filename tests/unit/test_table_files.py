"""Tables of one's own: what is read, what is refused, in one line each."""

import gzip
import json
import os
from fractions import Fraction
from operator import mul
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support import make_config, make_spec, often, stale_records

from gdexp.cli.main import main
from gdexp.core.datasets.table_file import read_table
from gdexp.core.forms.direct import Direct
from gdexp.figures import places
from gdexp.grid.grid import Grid, load
from gdexp.util.digests import files_digest
from gdexp.util.errors import ConfigError, DataError, GdexpError
from gdexp.work.jobs import run_job

AND, OR, XOR = "0001", "0111", "0110"
PERCEPTRON = {"algorithm": "perceptron", "step": 1, "max_iterations": 1000}


def logic(path, labels):
    rows = [
        f"{a},{b},{y}"
        for (a, b), y in zip(("00", "01", "10", "11"), labels, strict=True)
    ]
    path.write_text("\n".join(["a,b,label", *rows]) + "\n")
    return path


def table(path, **changes):
    return make_spec(dataset=f"table:{path}", **changes)


def by_hand(path, cap):
    """The batch perceptron with a bias from zero, on the text, in rational numbers."""
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    z = [
        [(2 * int(y) - 1) * x for x in (Fraction(a), Fraction(b), 1)]
        for a, b, y in rows
    ]
    w = [Fraction(sum(column), 2 * len(z)) for column in zip(*z, strict=True)]
    for iteration in range(1, cap):
        margins = [sum(map(mul, w, each)) for each in z]
        if min(margins) > 0:
            return "separated", iteration
        wrong = [each for each, m in zip(z, margins, strict=True) if m <= 0]
        for each in wrong:
            w = [x + y / len(z) for x, y in zip(w, each, strict=True)]
    return "capped", cap


@pytest.mark.parametrize(
    ("labels", "outcome"), [(AND, "separated"), (OR, "separated"), (XOR, "capped")]
)
def test_logic_with_a_bias(tmp_path, labels, outcome):
    """XOR is never separated; what is separated is so for certain."""
    path = logic(tmp_path / "t.csv", labels)
    spec = table(path, bias=True, **PERCEPTRON)
    done = spec.run(3, 0)
    assert (done.status, done.iterations) == by_hand(path, 1000)
    assert done.status == outcome
    if outcome == "separated":
        assert done.certificate.kind in {"bound", "exact"}
    data = spec.problem(3, 0).data
    assert data.labels.tolist() == [2.0 * int(y) - 1 for y in labels]
    assert data.samples[:, 2].tolist() == [1.0] * 4


GOOD = [
    # text, (-1, +1), labels
    ("a,label\n1,0\n2,1\n", ("0", "1"), [-1, 1]),
    ("a,label\n1,10\n2,9\n", ("9", "10"), [1, -1]),
    ("a,label\n1,b\n2,B\n", ("B", "b"), [1, -1]),
    ("a,label\n1,1\n2,1.0\n3,-2\n", ("-2", "1"), [1, 1, -1]),
    ("a,label\n1,10\n2,9x\n", ("10", "9x"), [-1, 1]),
    ("label,a\n 1 , 5\n\n\n2,6", ("1", "2"), [-1, 1]),
    ("\ufeffa,label\r\n1,0\r\n2,1\r\n", ("0", "1"), [-1, 1]),
    ('"a, b","label"\n"1","x\ny"\n2,"z"\n', ("x\ny", "z"), [-1, 1]),
    ("a,label\n1,1" + "0" * 30 + "1\n2,1" + "0" * 30 + "2\n", None, [-1, 1]),
    ("a,label\n1,-1e999999999\n2,1\n", ("-1e999999999", "1"), [-1, 1]),
]


@pytest.mark.parametrize(("text", "classes", "labels"), GOOD)
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_what_is_read(tmp_path, text, classes, labels, name):
    path, raw = tmp_path / name, text.encode()
    path.write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    found = read_table(path)
    assert found.labels.tolist() == labels
    assert classes in (None, found.classes)
    assert "\n" not in table(path).family.about


def test_numbers_are_those_of_the_text(tmp_path):
    texts = ["0.1", "-1e-3", "+.5", "5.", "1e100", "-0", "3" * 40, "-0.0e5", "0E-999"]
    path = tmp_path / "t.csv"
    rows = "".join(f"{text},{i},{i % 2}\n" for i, text in enumerate(texts))
    path.write_text(f"a,b,label\n{rows}")
    assert read_table(path).samples[:, 0].tolist() == [float(text) for text in texts]


BAD = [
    ("", "is empty"),
    ("\n\n", "is empty"),
    ("1,2\n3,4\n", "has no header"),
    ("0,1,1\n2,3,0\n", "has no header"),
    ("a,b\n3,4\n", "has no column 'label'; its columns are 'a', 'b'"),
    ("a,Label\n3,4\n", "its columns are 'a', 'Label'"),
    ("label\n0\n1\n", "no feature"),
    ("a,label\n", "column 'label' has no value; allowed: two values"),
    ("a,label\n1,x\n2,x\n", "column 'label' has 'x'; allowed: two values"),
    ("a,label\n1,x\n2,y\n3,x\n4,z\n", "has 'x', 'y', 'z' (in line 5)"),
    ("a,label\n1,1\n2,1.0\n", "column 'label' has '1'; allowed"),
    ("a,label\n1,x\n2,\n", "line 3, column 'label': no label"),
    ("a,label\n1,x\n2,NaN\n", "line 3, column 'label': no label"),
    ("a,label\n1,x\n2,NA\n3,x\n", "line 3, column 'label': no label"),
    ("a,label\n1,null\n2,x\n3,x\n", "line 2, column 'label': no label"),
    ("a,label\nnan,x\n2,y\n", "line 2, column 'a': 'nan'; allowed: a finite number"),
    ("a,label\n1,x\n-inf,y\n", "line 3, column 'a': '-inf'"),
    ("a,label\n1,x\n,y\n", "line 3, column 'a': no value"),
    ("a,label\n1,x\ntwo,y\n", "line 3, column 'a': 'two'"),
    ("a,label\n1,x\n1_0,y\n", "line 3, column 'a': '1_0'"),
    ("a,label\n1,x\n٣,y\n", "line 3, column 'a': '٣'"),
    ("a,label\n1,x\n0x10,y\n", "line 3, column 'a': '0x10'"),
    ("a,label\n1,x\n1e101,y\n", "line 3, column 'a': '1e101'; allowed: 0, or from"),
    ("a,label\n1,x\n1e999,y\n", "line 3, column 'a': '1e999'"),
    ("a,label\n1,x\n1e-400,y\n", "line 3, column 'a': '1e-400'; allowed: 0, or"),
    ("a,label\n1,x\n-.0010E-999999,y\n", "line 3, column 'a': '-.0010E-999999'"),
    ("a,label\n1,x\n1e-200,y\n", "line 3, column 'a': '1e-200'"),
    ("a,a,label\n1,2,x\n", "two columns are named 'a', 1 and 2"),
    ("a,label,label\n1,2,x\n", "two columns are named 'label', 2 and 3"),
    ("a,,label\n1,2,x\n", "column 2 has no name"),
    ("a,label\n1,x\n2,y,3\n", "line 3 has 3 fields; allowed: 2"),
    ("a,label\n1,x\n2\n", "line 3 has 1 fields"),
    ("a,b,label\n1,5,x\n2,5.0,y\n", "column 'b' is 5 in every row"),
    ('a,label\n1,"x\n2,y\n', "line 3: unexpected end of data"),
    ('a,label\n1,"x"y\n2,y\n', "line 2: "),
    (f"a,label\n1,{'x' * 200_000}\n", "line 2: field larger than"),
    (f"{'a' * 500},label\n,x\n", "column 'aaa"),
]


def refused(path):
    with pytest.raises(DataError) as error:
        read_table(path)
    said = str(error.value)
    assert "\n" not in said
    assert len(said) < 250 + len(str(path))
    assert str(path) in said
    return said


@pytest.mark.parametrize(("text", "words"), BAD)
def test_what_is_refused(tmp_path, text, words):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    assert words in refused(path)


def test_files_that_are_no_tables(tmp_path):
    assert "No such file" in refused(tmp_path / "no.csv")
    assert "is a folder" in refused(tmp_path)
    assert "is no file" in refused(Path("/dev/null"))
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,label\n1,x\n2,\xff\n")
    assert "line 3 is no UTF-8 text" in refused(path)
    packed = tmp_path / "t.csv.gz"
    for raw in (b"a,label\n1,x\n", gzip.compress(b"a,label\n1,x\n2,y\n")[:-4]):
        packed.write_bytes(raw)
        assert "no whole gzip file" in refused(packed)


FIELDS = st.sampled_from(
    [*("0", "1", "-2.5", "nan", "", "label", "a", '"', "'", "1e400", "\ufeff", "\x00")]
)
TEXTS = st.one_of(
    st.lists(st.lists(FIELDS, max_size=4).map(",".join), max_size=5).map("\n".join),
    st.text(max_size=60),
)


@often(5, suppress_health_check=list(HealthCheck))
@given(TEXTS, st.sampled_from(["", "a,b,label\n", "a,label\n1,x\n2,y\n"]))
def test_any_text(tmp_path_factory, text, start):
    path = tmp_path_factory.mktemp("table", numbered=True) / "t.csv"
    path.write_text(start + text, "utf-8", errors="surrogatepass")
    said = ""
    try:
        found = read_table(path)
    except DataError as error:
        said = str(error)
    assert "\n" not in said
    if not said:
        assert np.isfinite(found.samples).all()
        assert set(found.labels) == {-1.0, 1.0}


def test_options(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,label\n3,4,x\n0,2,y\n")
    spec = table(path, unit=True, bias=True)
    samples = spec.problem(3, 0).data.samples
    np.testing.assert_array_equal(samples, [[0.6, 0.8, 1], [0, 1, 1]])
    assert spec.parameters()["labels"] == "x = -1, y = +1"
    assert spec.family.about == (
        "2 rows, 2 features, labels x = -1, y = +1, rows of unit norm, a bias column"
    )
    path.write_text("a,b,label\n3,4,x\n0,0,y\n")
    with pytest.raises(DataError, match="row 2 is 0 in every feature"):
        table(path, unit=True).check(2)
    with pytest.raises(ConfigError, match="bias 1; allowed: true or false"):
        table(path, bias=1)
    with pytest.raises(ConfigError, match=r"dim 2 .* allowed: 3 only"):
        table(path, bias=True).check(2)


def test_the_last_rows_are_held_out(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,label\n1,2,x\n3,4,y\n5,6,x\n7,8,x\n")
    spec = table(path, test_samples=2, bias=True)
    data = spec.problem(3, 0).data
    assert spec.n == 2
    assert data.samples.tolist() == [[1, 2, 1], [3, 4, 1]]
    assert data.test_samples.tolist() == [[5, 6, 1], [7, 8, 1]]
    assert data.test_labels.tolist() == [-1, -1]
    with pytest.raises(ConfigError, match=r"test_samples 3 .* 4 rows; allowed: 2 or"):
        table(path, test_samples=3).check(2)
    path.write_text("a,b,label\n1,2,x\n3,4,x\n5,6,x\n7,8,y\n")
    with pytest.raises(DataError, match="one label in its first 3 rows"):
        table(path, test_samples=1).check(2)


RUN = ["run", "--model=linear", "--algorithm=perceptron", "--step=1"]


def test_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    logic(tmp_path / "x.csv", AND)
    for words in (["--bias"], ["--bias=true"], ["--bias", "true"]):
        assert main([*RUN, "--dataset=table:x.csv", *words]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert (answer["outcome"], answer["iterations"]) == ("separated", 9)
        cell = answer["cell"]
        assert (cell["dataset"], cell["dim"], cell["samples"]) == ("table:x.csv", 3, 4)
        assert (cell["bias"], cell["unit"]) == (True, False)
        assert cell["labels"] == "0 = -1, 1 = +1"
    for words, said in [
        (["--dataset=table:x.csv", "--dim=3"], "dim 3 for dataset 'table:x.csv'"),
        (["--dataset=table:x.csv", "--samples=3"], "samples 3"),
        (["--dataset=table:no.csv"], "cannot read table no.csv: No such file"),
        (["--dataset=table:"], "'table:'; allowed: table:FILE"),
        (["--dataset=table"], "'table'; allowed: table:FILE"),
        (["--dataset=table:http://me:secret@host/x"], "an address, not shown here"),
        (["--dataset=table:a\0b"], "cannot read table"),
        ([f"--dataset=table:{'x' * 900}"], "File name too long"),
        (["--dataset=c1", "--dim=4", "--bias"], "bias True is no setting of"),
        (["--dataset=c1", "--dim=4", "--test-samples=2"], "test_samples 2 for dataset"),
        (["--dataset=table:x.csv", "--test-samples=0"], "--test-samples 0; allowed: 1"),
        (["--dataset=table:x.csv", "--unit"], "row 1 is 0 in every feature"),
    ]:
        assert main([*RUN, *words]) == 1
        error = capsys.readouterr().err
        assert error.startswith("gdexp: ")
        assert error.count("\n") == 1
        assert said in error
        assert "secret" not in error


def config_of(**changes):
    """A configuration of a table alone."""
    entry = {"model": "linear", "algorithm": "perceptron", "step": 1}
    experiment = {"dataset": "table:x.csv", "seeds": 1, "max_iterations": 1000}
    experiment |= {"models": {"one": entry}} | changes
    return {"experiments": {"own": experiment}, "tracking": {"mode": "none"}}


def test_a_relative_path_starts_at_the_folder_of_the_configuration(
    tmp_path, monkeypatch
):
    there, here = tmp_path / "there with ä", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    logic(there / "x.csv", AND)
    (there / "c.yaml").write_text(json.dumps(config_of(bias=True)))
    grid = load(there / "c.yaml")
    experiment = grid.experiments["own"]
    assert experiment.dims == (3,)
    assert experiment.files == (Path("../there with ä/x.csv"),)
    assert grid.files == []
    assert set(places(grid)) == {"own/trajectories", "own/iterations"}
    cell = experiment.cell("one", 3, 0).parameters()
    assert cell["dataset"] == "table:x.csv"
    assert str(tmp_path) not in json.dumps(cell)
    config = json.loads((there / "c.yaml").read_text()) | {"tables": str(there)}
    (here / "c.yaml").write_text(json.dumps(config))
    assert load(here / "c.yaml").experiments["own"].dims == (3,)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dims": [3]}, "experiments.own: dim 3 for dataset 'table:x.csv', whose d is"),
        ({"bias": "yes"}, "experiments.own: bias 'yes'; allowed: true or false"),
        ({"bais": True}, "unknown key 'bais' in experiments.own"),
        ({"dataset": "c1", "dims": [4], "bias": True}, "own: bias True is no setting"),
        ({"dataset": "c1"}, "experiments.own: missing key 'dims'; dataset 'c1'"),
        ({"samples": 3}, "samples 3 for dataset 'table:x.csv'; allowed: 4"),
        ({"dataset": "table:no.csv"}, "cannot read table no.csv"),
        ({"test_samples": 9}, "test_samples 9 for dataset 'table:x.csv'"),
        (
            {"dataset": "c1", "dims": [4], "test_samples": 2},
            "which has no more samples",
        ),
        (
            {
                "models": {
                    "one": {"model": "linear", "algorithm": "perceptron", "bias": True}
                }
            },
            "experiments.own.models.one: bias True is no setting of an entry",
        ),
    ],
)
def test_mistakes_in_a_configuration(tmp_path, monkeypatch, changes, words):
    monkeypatch.chdir(tmp_path)
    logic(tmp_path / "x.csv", AND)
    with pytest.raises(GdexpError) as error:
        Grid.of(config_of(**changes))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_records_of_another_table_are_stale(tmp_path, monkeypatch):
    """Also where the time of the file does not say so."""
    monkeypatch.chdir(tmp_path)
    logic(tmp_path / "x.csv", AND)
    config = config_of() | make_config(tracking={"mode": "none"}, results="r")
    config["experiments"] |= config_of(bias=True)["experiments"]
    grid = Grid.of(config)
    for job in grid.jobs():
        run_job(grid, job, Path("r", "cells", job.path))
    assert list(stale_records(grid)) == []
    (record,) = Path("r/cells/own").rglob("*.jsonl")
    assert len(json.loads(record.read_text())["made_by"]["data"]) == 12
    lines = Path("x.csv").read_text().splitlines(keepends=True)
    Path("x.csv").write_text("".join([lines[0], *reversed(lines[1:])]))
    assert list(stale_records(Grid.of(config))) == [str(record)]


def test_what_is_read_is_what_the_digest_is_of(tmp_path):
    """Also where a file takes the place of one of its size and time, as a copy may."""
    path = logic(tmp_path / "t.csv", AND)
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    before = read_table(path).labels, files_digest([path])
    other = logic(tmp_path / "other.csv", OR)
    os.utime(other, ns=times)
    other.replace(path)
    assert path.stat().st_mtime_ns == times[1]
    assert files_digest([path]) != before[1]
    assert read_table(path).labels.tolist() != before[0].tolist()


def test_a_table_that_is_changed_while_its_cell_runs(tmp_path, monkeypatch):
    """A record is of the numbers that its digest is of, or there is none."""
    path = logic(tmp_path / "t.csv", AND)
    entry = {"model": "diagonal", "alpha": 0.5, "algorithm": "gd", "step": 0.1}
    config = make_config(results=str(tmp_path), tracking={"mode": "none"})
    tiny = {"dataset": f"table:{path}", "seeds": 1, "max_iterations": 50}
    config["experiments"] = {"tiny": tiny | {"models": {"good": entry}}}
    (job,) = Grid.of(config).jobs()
    output = tmp_path / "s0.jsonl"

    def edited(state):
        logic(path, OR)
        return 10**9

    with monkeypatch.context() as patch:
        patch.setattr(Direct, "stride", property(edited))
        words = "a file of dataset .*t.csv' was changed while tiny/good/d2/s0"
        with pytest.raises(DataError, match=words):
            run_job(Grid.of(config), job, output)
        assert not output.exists()
    (record,) = run_job(Grid.of(config), job, output)
    assert record.made_by["data"] == files_digest([path])
