import subprocess
import sys

import pytest
from support import make_spec

from gdexp import cells, provenance

SOURCE = '''"""Docstring."""

def f(x):
    """Return x."""
    return x + 1  # one more
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.py").write_text(SOURCE)
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path)
    provenance.digest.cache_clear()
    yield tmp_path
    provenance.digest.cache_clear()


def digest_of(package, source, name="a.py"):
    (package / "models" / name).write_text(source)
    provenance.digest.cache_clear()
    return provenance.digest("models")


def test_comments_and_docstrings_do_not_count(package):
    before = provenance.digest("models")
    same = SOURCE.replace("Return x.", "Other.").replace("one more", "plus one")
    assert digest_of(package, "\n\n" + same) == before


def test_the_program_and_its_files_count(package):
    before = provenance.digest("models")
    assert digest_of(package, SOURCE.replace("x + 1", "x + 2")) != before
    assert digest_of(package, SOURCE) == before
    assert digest_of(package, "", name="b.py") != before


def test_every_module_of_a_record_is_in_the_digest():
    """What the computation of a record imports is what its digest covers."""
    code = (
        "import sys, gdexp.records, gdexp.core.forms._loop;"
        "print(*sorted(m for m in sys.modules if m.startswith('gdexp.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = {name.split(".")[1] for name in done.stdout.split()}
    covered = {name.removesuffix(".py") for name in provenance.NUMERICS}
    assert loaded - covered == {"errors", "files", "provenance"}
    core = {name.partition("/")[0].removesuffix(".py") for name in provenance.CORE}
    assert core == covered


def test_a_record_depends_on_its_own_model_and_dataset_only(monkeypatch):
    seen = []
    monkeypatch.setattr("gdexp.cells.digest", lambda *names: seen.append(names) or "")
    cells._code.cache_clear()
    for change in (
        {},
        {"model": "conv", "kernel": 2, "dataset": "gaussian", "samples": 9},
        {"dataset": "mnist:3-8", "samples": 10},
    ):
        assert make_spec(**change).code
    cells._code.cache_clear()
    linear, conv, images = (set(names) - set(provenance.CORE) for names in seen)
    assert linear == {"models/linear.py", "datasets/two_sample.py"}
    assert conv == {"models/conv.py", "datasets/gaussian.py"}
    assert images == {
        *("models/linear.py", "datasets/images.py", "datasets/readers.py")
    }


def test_made_by():
    origin = provenance.made_by()
    assert set(origin) == {
        "gdexp",
        "commit",
        "dirty",
        "python",
        "numpy",
        "numba",
    }
