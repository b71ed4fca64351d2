"""Any damage of a table, of ours or of the user's: it is read as it is, or refused."""

import csv
import gzip
import io
import random

import numpy as np
import pytest
from mutations import SEED, damaged, limited, one_line, seeds
from support import ROOT, make_config, make_spec

from gdexp.core.datasets.table_file import read_table as read_own
from gdexp.grid.grid import Grid
from gdexp.records.record import Record
from gdexp.records.tables import CELLS, cells_table
from gdexp.util.errors import DataError, GdexpError, RecordError
from gdexp.util.tables import TEXT, joined, read_table, write_table


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    grid = Grid.of(make_config())
    records = [
        Record.of(cell, cell.spec.run(cell.dim, cell.seed))
        for job in grid.jobs()
        for cell in grid.cells(job)
    ]
    path = tmp_path_factory.mktemp("tables") / "cells.csv"
    write_table(cells_table(records), path)
    return path.read_bytes()


@pytest.mark.slow
def test_tables_of_ours(cells, tmp_path):
    some_of_ours(cells, tmp_path, seeds(600))


def test_some_tables_of_ours(cells, tmp_path):
    some_of_ours(cells, tmp_path, range(25))


def some_of_ours(cells, tmp_path, numbers):
    path = tmp_path / "cells.csv"
    read = 0
    for number in numbers:
        rng = random.Random(f"{SEED} ours {number}")
        raw = damaged(cells, rng, cells)
        path.write_bytes(raw)
        with limited():
            for reader in (read_table, lambda path, types: joined([path], types)):
                try:
                    table = reader(path, CELLS)
                except RecordError as error:
                    said = str(error)
                    assert one_line(said), (number, said)
                    assert str(path) in said
                    assert "delete" in said
                    continue
                read += 1
                rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
                assert len(table) == len(rows)
                texts = [name for name, kind in CELLS.items() if kind == TEXT]
                for name in texts:
                    if name in table and rows and name in rows[0]:
                        assert list(table[name]) == [row[name] for row in rows], number
    assert read > len(numbers) / 10


SHIFTED = {
    "a field too many": ("a,b\n1,x,9\n", "line 2 has 3 fields"),
    "one too few": ("a,b\n1,x\n2\n", "line 3 has 1 fields"),
    "a name twice": ("a,b,a\n1,x,2\n", "two columns have one name"),
    "a cut": ("a,b\n1,x\n2,xyz", "its last line is cut"),
    "no text": ("a,b\n1,\udcff\n", "UnicodeDecodeError"),
    "too large": ("a,b\n99999999999999999999,x\n", "damaged"),
}


@pytest.mark.parametrize("kind", SHIFTED)
def test_what_pandas_would_fill_in_or_shift(tmp_path, kind):
    text, words = SHIFTED[kind]
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RecordError, match=words):
        read_table(path, {"a": "int64", "b": "str"})
    if kind != "too large":
        with pytest.raises(RecordError, match=words):
            joined([path], {"a": "int64"})


OWN = (
    (ROOT / "docs" / "examples" / "fruit.csv").read_bytes(),
    b"a,b,label\n1,2,yes\n0.5,-3e2,no\n4,1e-3,yes\n",
    b'\xef\xbb\xbf"a, b","label",c\r\n1,0,5\r\n2,1,6\r\n',
)


@pytest.mark.slow
def test_own_tables(tmp_path):
    some_own(tmp_path, seeds(900))


def test_some_own_tables(tmp_path):
    some_own(tmp_path, range(30))


def some_own(tmp_path, numbers):
    for number in numbers:
        rng = random.Random(f"{SEED} own {number}")
        raw = damaged(rng.choice(OWN), rng, rng.choice(OWN))
        packed = rng.random() < 0.2
        path = tmp_path / f"t{number}.csv{'.gz' * packed}"
        if packed:
            raw = gzip.compress(raw, mtime=0)
            raw = damaged(raw, rng, raw) if rng.random() < 0.5 else raw
        path.write_bytes(raw)
        with limited():
            found, said = None, ""
            try:
                found = read_own(path)
            except DataError as error:
                said = str(error)
            if found is None:
                assert one_line(said), (number, said)
                assert path.name in said
                continue
            assert np.isfinite(found.samples).all()
            assert {*found.labels} == {-1.0, 1.0}
            assert len(found.labels) == len(found.samples)
            changes = {"bias": bool(number % 2), "unit": bool(number % 3)}
            spec = make_spec(dataset=f"table:{path}", max_iterations=20, **changes)
            try:
                dim = spec.family.dim(None)
                spec.check(dim)
                outcome = spec.run(dim, 0)
                assert outcome.status in {"separated", "capped", "diverged"}
            except GdexpError as error:
                said = str(error)
            assert not said or one_line(said), (number, said)
        path.unlink()


def test_a_table_is_not_changed_by_who_reads_it(tmp_path):
    """It is kept for all cells."""
    path = tmp_path / "t.csv"
    path.write_bytes(OWN[1])
    kept = read_own(path)
    with pytest.raises(ValueError, match="read-only"):
        kept.samples[0, 0] = 7
    spec = make_spec(dataset=f"table:{path}")
    data = spec.problem(2, 0).data
    data.samples[...] = 0
    assert spec.problem(2, 0).data.samples[0, 0] == 1
