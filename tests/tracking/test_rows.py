"""Rows in MLflow's tables are runs as MLflow's client would have logged them."""

import dataclasses
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from rows import awkward, compare
from sqlalchemy import create_engine
from support import pip

from gdexp.tracking import (
    ClientStore,
    NotYet,
    RowStore,
    database,
    log_cell,
    make_store,
    open_store,
)
from gdexp.tracking.connect import sqlite_address
from gdexp.tracking.run import Run
from gdexp.tracking.store import mark_of
from gdexp.tracking.tables import TABLES
from gdexp.util.errors import TrackingError


@pytest.fixture
def empty(tmp_path):
    folder = tmp_path / "empty"
    database(folder).parent.mkdir(parents=True)
    return folder


def test_a_run_by_rows_is_a_run_by_the_client(empty, records):
    compare(sys.executable, empty, "", awkward(records[-1]))
    with sqlite3.connect(database(empty)) as connection:
        for table in TABLES:
            count = connection.execute(f"SELECT count(*) FROM {table}")
            assert count.fetchone() == (0,)
    connection.close()


CHANGES = {
    "ALTER TABLE runs ADD COLUMN kind VARCHAR(20)": "runs: new column kind",
    "ALTER TABLE metrics ADD COLUMN epoch INTEGER": "metrics: new column epoch",
    "ALTER TABLE tags RENAME COLUMN value TO content": "tags: new column content",
    "CREATE UNIQUE INDEX one ON params (value)": "",  # an index is none of a table's
    "CREATE TRIGGER noted AFTER INSERT ON runs BEGIN SELECT 1; END": "trigger noted",
    "DROP TABLE latest_metrics": "no table latest_metrics",
}


@pytest.mark.parametrize("change", [change for change in CHANGES if CHANGES[change]])
def test_tables_that_are_not_as_known_are_left_to_the_client(change, results, capsys):
    with sqlite3.connect(database(results)) as connection:
        connection.execute(change)
    connection.close()
    if "ADD" in change or "TRIGGER" in change:  # else MLflow could not use it either
        store = open_store(results, ["tiny"])
        assert isinstance(store, ClientStore)
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert CHANGES[change] in said
    with pytest.raises(TrackingError, match=CHANGES[change]):
        RowStore(results, ["tiny"])


MAKE = "import sys; from gdexp.tracking import create_store as c; c(sys.argv[1], ['e'])"


def test_a_store_that_is_being_made_is_not_there_yet(tmp_path):
    """Its tables are on their way through all versions of MLflow."""
    waited = 0
    with subprocess.Popen([sys.executable, "-c", MAKE, str(tmp_path)]) as making:
        while True:
            try:
                store = RowStore(tmp_path, ["e"])
            except NotYet:
                waited += database(tmp_path).exists()
                assert making.poll() is None or not making.returncode
            else:
                break
    assert waited > 10
    assert set(store.experiments) == {"e"}


def test_tables_are_compared_once_the_experiments_are_there(tmp_path):
    """In a database there is no file that says that MLflow still migrates it."""
    from mlflow.store.tracking.dbmodels.initial_models import Base

    database(tmp_path).parent.mkdir()
    engine = create_engine(sqlite_address(database(tmp_path)))
    Base.metadata.create_all(engine)
    engine.dispose()
    with pytest.raises(NotYet, match="no tables"):
        RowStore(tmp_path, ["e"])
    with closing(sqlite3.connect(database(tmp_path))) as connection:
        connection.execute("CREATE TABLE experiment_tags (experiment_id, key, value)")
    with pytest.raises(NotYet, match="no experiment 'e'"):
        RowStore(tmp_path, ["e"])


def test_a_store_with_runs_is_nobodys_unfinished_work(results, view, records):
    """Put in the place of one whose maker was killed, say: it is not made anew."""
    log_cell(open_store(results, ["tiny"]), records[0], "")
    mark_of(database(results)).touch()
    with pytest.raises(NotYet, match=r"delete it and \.mlflow\.db\.making"):
        open_store(results, ["tiny"])
    store = make_store(results, ["tiny"])
    assert len(list(store.logged())) == 1
    assert not mark_of(database(results)).exists()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_store_whose_maker_was_killed_is_made_anew(tmp_path, share):
    """MLflow could not go on with it: tables that it makes are there already."""
    some = int(40 * share)
    with subprocess.Popen([sys.executable, "-c", MAKE, str(tmp_path)]) as making:
        while tables_of(database(tmp_path)) < some:
            assert making.poll() is None
        making.kill()
    made = make_store(tmp_path, ["e"], writer="client")
    assert set(made.experiments) == {"e"}
    assert not list(database(tmp_path).parent.glob(".*making"))


def tables_of(path):
    """How many tables an sqlite file has, 0 if it is not there."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            (count,) = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
            ).fetchone()
        except sqlite3.Error:  # locked, or not yet in its mode
            return 0
    return int(count)


def test_constraints_that_are_not_as_known(results):
    """SQLite changes no constraint of a table that is there: it is made anew."""
    with sqlite3.connect(database(results)) as connection:
        (made,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'runs'"
        ).fetchone()
        assert "'FINISHED'" in made
        connection.execute("DROP TABLE runs")
        connection.execute(made.replace("'FINISHED'", "'DONE'"))
    connection.close()
    with pytest.raises(TrackingError, match=r"runs: check .*'DONE'"):
        RowStore(results, ["tiny"])


def test_a_store_that_took_the_place_of_another_gets_no_rows(results, records):
    """The same file, filled anew: the experiments are others under the same ids."""
    store = RowStore(results, ["tiny"])
    with sqlite3.connect(database(results)) as connection:
        connection.execute("UPDATE experiments SET creation_time = creation_time + 1")
    connection.close()
    with pytest.raises(TrackingError, match="was replaced"):
        log_cell(store, records[0], "")
    assert log_cell(RowStore(results, ["tiny"]), records[0], "")


def test_an_experiment_deleted_in_mid_run_gets_no_rows(results, view, records):
    store = RowStore(results, ["tiny"])
    view.client.delete_experiment(store.experiments["tiny"])
    with pytest.raises(TrackingError, match="'tiny' was deleted"):
        log_cell(store, records[0], "")


def test_a_transaction_is_whole_or_not_at_all(results, view, records):
    store = RowStore(results, ["tiny"])
    run = Run.of(records[0], store.results, "")
    with sqlite3.connect(database(results)) as connection:  # the last table is full
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON latest_metrics"
            " BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
        with pytest.raises(TrackingError, match="no room"):
            store.log([run, run])
        for table in TABLES:
            count = connection.execute(f"SELECT count(*) FROM {table}")
            assert count.fetchone() == (0,)
        connection.execute("DROP TRIGGER full")
    connection.close()
    store.log([run, run])
    assert len(list(view.search(view.experiments["tiny"]))) == 2


@pytest.mark.parametrize("key", ["new\nline", "a/b", "x" * 251, "größe"])
def test_what_mlflow_might_refuse_goes_through_its_client(key, results, view, records):
    run = dataclasses.replace(Run.of(records[0], "", ""), params={key: "1"})
    store = RowStore(results, ["tiny"])
    if key in ("a/b", "größe"):
        (made,) = store.log([run])
        assert view.client.get_run(made).data.params == {key: "1"}
    else:
        with pytest.raises(TrackingError, match=r"[Ii]nvalid|exceed"):
            store.log([run])


def test_the_client_alone_if_one_says_so(results):
    assert isinstance(open_store(results, ["tiny"], writer="client"), ClientStore)


def test_rows_import_no_mlflow(results, records, tmp_path):
    from gdexp.records.record import write_records

    path = tmp_path / "records.jsonl"
    write_records(path, records)
    code = (
        "import sys; from gdexp.records.record import read_records\n"
        "from gdexp.tracking import open_store, sync\n"
        "store = open_store(sys.argv[1], ['tiny'])\n"
        "print(sync(store, read_records([sys.argv[2]]), ''))\n"
        "assert 'mlflow' not in sys.modules and 'sqlalchemy' in sys.modules"
    )
    command = [sys.executable, "-c", code, str(results), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "Synced(kept=0, added=12, removed=0)\n"


@pytest.mark.slow
@pytest.mark.parametrize("version", ["mlflow==3.10.0", "mlflow<4"])
def test_with_the_oldest_mlflow_and_the_newest(version, empty, records, tmp_path):
    install = ["install", "--upgrade", version]
    python = Path(sys.executable)
    # or it is the one that is here
    if "Would install" in pip(python, *install, "--dry-run", "--no-deps"):
        subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
        python = tmp_path / "venv" / "bin" / "python"
        pip(python, *install, "-q")
    compare(python, empty, "", awkward(records[-1]))
